import { Type, type Static } from 'typebox'
import type { RoomId } from '../../../core/model.ts'
import type { MessageQuery } from '../../../core/ports.ts'
import { customerIdentity, customerRoomKey } from '../identity.ts'
import { alreadyRead, noSuchMessage } from '../reasons.ts'
import { messagesFor } from '../talk.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { callerOf } from './door.ts'
import { companyId, customerNumber, id, idParams } from './parameters.ts'
import { inWords, missing } from './refusal.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const unread = Type.Object({ gasappMemberNumber: customerNumber, companyId: Type.Optional(companyId) })
const place = Type.Object({ roomId: Type.Optional(id) })

const query = (pageSize: number, maxPageSize: number) =>
  Type.Object({
    queryId: Type.Enum(['findByRoomIdAll', 'findByRoomIdToSpeaker', 'findByRoomIdToAdmin', 'findRangeById']),
    roomId: id,
    startId: Type.Optional(count),
    endId: Type.Optional(count),
    pageSize: Type.Optional(
      Type.Integer({ minimum: 1, maximum: maxPageSize, description: `${pageSize}; of a range ${maxPageSize}` }),
    ),
  })

export function messageRoutes(scope: Scope, { desk, door, pageSize, maxPageSize }: Rest): void {
  const listed = query(pageSize, maxPageSize)

  scope.get(
    '/api/message',
    { onRequest: door.anyone, schema: { summary: 'Messages of a room', querystring: listed } },
    async (request) => {
      const { company, session } = callerOf(request)
      const { roomId } = request.query
      return messagesFor(desk, { company, session }, roomId as RoomId, toQuery(request.query, pageSize, maxPageSize))
    },
  )

  scope.delete(
    '/api/message/:id',
    {
      onRequest: door.staff,
      schema: { summary: 'Delete a message that is unread', params: idParams, querystring: place, body: place },
    },
    async (request) => {
      const { session, user } = callerOf(request)
      // Messages count per room, and the original's client names none.
      const roomId = request.query.roomId ?? request.body.roomId ?? desk.seats.of(user.id)
      if (roomId === null) throw missing('roomId')
      const command = {
        type: 'delete',
        roomId: roomId as RoomId,
        messageId: request.params.id,
        unreadOnly: true,
      } as const
      await inWords({ conflict: alreadyRead, not_found: noSuchMessage }, desk.chat.execute(session, command))
      return { success: true }
    },
  )

  scope.get(
    '/api/message/noreadForCustomer',
    { onRequest: door.visitors, schema: { summary: 'What a customer has yet to read', querystring: unread } },
    async (request) => {
      const { gasappMemberNumber, companyId } = request.query
      const companies = [...desk.companies.values()].filter(
        (company) => companyId === undefined || company.id === companyId,
      )
      const counts = await Promise.all(companies.map((company) => unreadOf(desk, company, gasappMemberNumber)))
      return { count: counts.reduce((sum, one) => sum + one, 0) }
    },
  )
}

function toQuery(asked: Static<ReturnType<typeof query>>, pageSize: number, maxPageSize: number): MessageQuery {
  const { queryId, startId, endId } = asked
  // Chat shows customers no staff notes, whatever is asked here.
  const audience = queryId === 'findByRoomIdToSpeaker' ? 'all' : 'staff'
  if (queryId !== 'findRangeById') {
    const before = startId ? { before: startId } : {}
    return { ...before, audience, limit: asked.pageSize ?? pageSize, keep: 'newest' }
  }
  if (startId === undefined || endId === undefined)
    throw missing(...(startId === undefined ? ['startId'] : []), ...(endId === undefined ? ['endId'] : []))
  return { after: startId - 1, before: endId + 1, audience, limit: asked.pageSize ?? maxPageSize, keep: 'oldest' }
}

/** Nothing for a number that nobody has: asking makes no customer. */
async function unreadOf(desk: Desk, company: Company, number: string): Promise<number> {
  const appId = company.app.id
  const user = await desk.store.users.byIdentity(appId, customerIdentity(number))
  const room = user && (await desk.store.rooms.byKey(appId, customerRoomKey(number)))
  return user && room ? desk.store.rooms.unread(room.id, user.id, 'all') : 0
}
