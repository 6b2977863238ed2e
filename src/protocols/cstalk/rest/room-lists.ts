import { ChatError } from '../../../core/errors.ts'
import type { Room } from '../../../core/model.ts'
import type { RoomPage, RoomQuery } from '../../../core/ports.ts'
import { hasRole } from '../../../core/session.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { customerRoomKey } from '../identity.ts'
import { roomFor } from '../talk.ts'
import type { Caller } from './door.ts'
import { isYes, toRange } from './parameters.ts'

export const roomLists = ['findReadyState', 'findIngState', 'findSearchCloseState'] as const
type RoomList = (typeof roomLists)[number]

export interface RoomListQuery {
  readonly searchType?: string
  readonly searchValue?: string
  readonly sort?: string
  readonly checkSelf?: string
  readonly startDate?: string
  readonly endDate?: string
  readonly page: number
  readonly pageSize: number
}

const states = {
  findReadyState: ['waiting'],
  findIngState: ['active'],
  findSearchCloseState: ['closed', 'discontinued'],
} as const

export function isRoomList(queryId: string): queryId is RoomList {
  return (roomLists as readonly string[]).includes(queryId)
}

/**
 * A page of the company's consultations, newest change first; those that wait come in the order of waiting unless
 * `sort` is `joinDate`.
 *
 * `checkSelf` yes: what the caller holds or held last. No: everybody's. Not said: of rooms in progress a manager's
 * list has everybody's and an agent's its own, as the two look at them; other lists have everybody's.
 */
export async function listRooms(
  desk: Desk,
  caller: Caller,
  list: RoomList,
  query: RoomListQuery,
): Promise<{ rooms: object[]; total: number }> {
  const { company, session, user } = caller
  const own =
    query.checkSelf === undefined ? list === 'findIngState' && !hasRole(session, 'manager') : isYes(query.checkSelf)
  const wanted: RoomQuery = {
    appId: company.app.id,
    kind: 'consultation',
    states: states[list],
    ...(own ? { heldById: user.id } : {}),
    ...(own && list === 'findIngState' ? { assigneeId: user.id } : {}),
    ...(list === 'findReadyState' && query.sort !== 'joinDate' ? { order: 'waiting' as const } : {}),
    ...(list === 'findSearchCloseState' ? closedBetween(company, query) : {}),
    ...toRange(query),
  }
  const page = await searched(desk, wanted, query)
  const shown = page.rooms.map(async ({ id }) => {
    const roomful = await desk.store.rooms.withMembers(company.app.id, id)
    return roomful && roomFor(desk, company, session, roomful)
  })
  return { rooms: (await Promise.all(shown)).filter((room) => room !== null), total: page.total }
}

async function searched(
  desk: Desk,
  wanted: RoomQuery,
  { searchType, searchValue = '' }: RoomListQuery,
): Promise<RoomPage> {
  if (searchValue === '') return desk.store.rooms.find(wanted)
  switch (searchType) {
    case 'customerName':
      return desk.store.rooms.find({ ...wanted, nameLike: searchValue })
    case 'message':
      return desk.store.rooms.find({ ...wanted, textLike: searchValue })
    case 'memberName': {
      const { users } = await desk.store.users.find({
        protocol: 'cstalk',
        appId: wanted.appId,
        roles: ['agent', 'manager'],
        nameLike: searchValue,
        limit: 1,
      })
      const [member] = users
      if (!member || (wanted.heldById !== undefined && wanted.heldById !== member.id)) return { rooms: [], total: 0 }
      return desk.store.rooms.find({ ...wanted, heldById: member.id })
    }
    case 'gasappMemberNumber': {
      const room = await desk.store.rooms.byKey(wanted.appId, customerRoomKey(searchValue))
      const rooms = room && fits(room, wanted) ? [room] : []
      return { rooms: rooms.slice(wanted.offset), total: rooms.length }
    }
    default:
      return desk.store.rooms.find(wanted)
  }
}

function fits(room: Room, { states: wantedStates, heldById, closedFrom = 0, closedTo = Infinity }: RoomQuery): boolean {
  if (wantedStates && !wantedStates.includes(room.state)) return false
  if (heldById !== undefined && room.assigneeId !== heldById && room.lastAssigneeId !== heldById) return false
  return room.closedAt === null || (room.closedAt >= closedFrom && room.closedAt <= closedTo)
}

function closedBetween(
  company: Company,
  { startDate, endDate }: RoomListQuery,
): Pick<RoomQuery, 'closedFrom' | 'closedTo'> {
  return {
    ...(startDate === undefined ? {} : { closedFrom: moment(company, 'startDate', startDate, 'first') }),
    ...(endDate === undefined ? {} : { closedTo: moment(company, 'endDate', endDate, 'last') }),
  }
}

function moment(company: Company, field: string, date: string, end: 'first' | 'last'): number {
  const at = company.time.moment(date, end)
  if (at === null) throw new ChatError('invalid', `${field} must be a date, yyyy-MM-dd`, field)
  return at
}
