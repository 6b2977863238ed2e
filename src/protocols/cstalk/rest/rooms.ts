import { Type, type Static } from 'typebox'
import { ChatError } from '../../../core/errors.ts'
import type { RoomId, UserId } from '../../../core/model.ts'
import { houseSession } from '../../../core/session.ts'
import { drawAutoMessage } from '../auto-messages.ts'
import type { Desk } from '../desk.ts'
import { alreadyClosed, alreadyTaken, farewell, noSuchMember } from '../reasons.ts'
import { roomFor } from '../talk.ts'
import { callerOf, type Caller } from './door.ts'
import { findConsultations } from './join-history.ts'
import { id, idParams, pageFields, searchFields, text, yesNo } from './parameters.ts'
import { inWords, missing } from './refusal.ts'
import type { Rest } from './rest.ts'
import { companyCounters, ownCounters } from './room-counters.ts'
import { isRoomList, listRooms, roomLists } from './room-lists.ts'
import type { Scope } from './type-provider.ts'

const match = Type.Object({ timeMessage: Type.Optional(text(1000)) })
const transfer = Type.Object({ transferType: Type.Enum(['ready', 'toMember']), memberId: Type.Optional(id) })
const search = Type.Object({ message: Type.Optional(text(100)) })

export function roomRoutes(scope: Scope, { desk, door, maxPageSize }: Rest): void {
  const query = Type.Object({
    queryId: Type.Enum(['getCurrentTimeStats', 'getRoomStateCountByLoginMember', ...roomLists]),
    ...searchFields(['customerName', 'memberName', 'gasappMemberNumber', 'message']),
    sort: Type.Optional(Type.Enum(['joinDate', 'waitTime'])),
    checkSelf: Type.Optional(yesNo),
    startDate: Type.Optional(text(10)),
    endDate: Type.Optional(text(10)),
    ...pageFields(maxPageSize),
  })
  const path = '/api/room/:id'
  const staff = { onRequest: door.staff }

  scope.get(
    '/api/room',
    { ...staff, schema: { summary: 'Rooms, or counters of them', querystring: query } },
    async (request, reply) => {
      const caller = callerOf(request)
      const { queryId, ...asked } = request.query
      if (!isRoomList(queryId))
        return queryId === 'getCurrentTimeStats' ? companyCounters(desk, caller) : ownCounters(desk, caller)
      const { rooms, total } = await listRooms(desk, caller, queryId, asked)
      reply.header('x-total-count', total)
      return rooms
    },
  )

  scope.get(path, { onRequest: door.anyone, schema: { summary: 'A room', params: idParams } }, async (request) => {
    return shown(desk, callerOf(request), request.params.id as RoomId)
  })

  scope.post(
    `${path}/matchRoom`,
    { ...staff, schema: { summary: 'Take a waiting room', params: idParams, body: match } },
    async (request, reply) => {
      const caller = callerOf(request)
      const room = await take(desk, caller, request.params.id as RoomId, request.body.timeMessage ?? '')
      // Fastify sends nothing at all for null, which is no JSON.
      return room ?? reply.type('application/json; charset=utf-8').send('null')
    },
  )

  scope.post(
    `${path}/closeRoom`,
    { ...staff, schema: { summary: 'End the consultation', params: idParams } },
    async (request) => {
      const caller = callerOf(request)
      const roomId = request.params.id as RoomId
      await inWords({ conflict: alreadyClosed }, desk.chat.execute(caller.session, { type: 'close', roomId, farewell }))
      return shown(desk, caller, roomId)
    },
  )

  scope.post(
    `${path}/transferRoom`,
    {
      ...staff,
      schema: { summary: 'Give the room back to the queue, or to another member', params: idParams, body: transfer },
    },
    async (request) => {
      const caller = callerOf(request)
      const roomId = request.params.id as RoomId
      await handOver(desk, caller, roomId, request.body)
      return shown(desk, caller, roomId)
    },
  )

  scope.get(
    `${path}/findSearchJoinHistory`,
    { ...staff, schema: { summary: 'Consultations of the room', params: idParams, querystring: search } },
    async (request) =>
      findConsultations(desk, callerOf(request), request.params.id as RoomId, request.query.message ?? ''),
  )
}

/** As the caller sees it; for a customer all rooms but its own are missing. */
async function shown(desk: Desk, { company, session }: Caller, roomId: RoomId): Promise<object> {
  return roomFor(desk, company, session, await desk.chat.look(session, roomId))
}

/** Null when there is no such room, as the original has it. */
async function take(desk: Desk, caller: Caller, roomId: RoomId, timeMessage: string): Promise<object | null> {
  const { session, user, company } = caller
  try {
    await inWords({ conflict: alreadyTaken }, desk.chat.execute(session, { type: 'assign', roomId, agentId: user.id }))
  } catch (error) {
    if (error instanceof ChatError && error.code === 'not_found') return null
    throw error
  }
  // By the house, which no limit stops: the room is taken, so what belongs to it must follow.
  const house = houseSession(company.app)
  for (const body of [timeMessage, await drawAutoMessage(desk.store, company.app.id, 0)]) {
    if (body) await desk.chat.execute(house, { type: 'announce', roomId, draft: { type: 'system', body } })
  }
  return shown(desk, caller, roomId)
}

async function handOver(
  desk: Desk,
  { session }: Caller,
  roomId: RoomId,
  asked: Static<typeof transfer>,
): Promise<void> {
  if (asked.transferType === 'ready') {
    await desk.chat.execute(session, { type: 'release', roomId })
    return
  }
  if (asked.memberId === undefined) throw missing('memberId')
  // Afterwards, what is not found can only be the member.
  await desk.chat.look(session, roomId)
  const agentId = asked.memberId as UserId
  await inWords(
    { conflict: alreadyTaken, not_found: noSuchMember },
    desk.chat.execute(session, { type: 'assign', roomId, agentId }),
  )
}
