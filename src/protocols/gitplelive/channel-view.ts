import type { Member, Room, User } from '../../core/model.ts'
import type { Roomful } from '../../core/room.ts'
import type { GitpleliveShared } from './gitplelive-shared.ts'
import { personOf } from './person.ts'
import { channelShape, memberShape, messageShape, type ChannelExtras, type ChannelShape, type Look } from './shapes.ts'
import { channelIdOf } from './channel.ts'

/** What of a channel is asked for. */
export interface Show {
  readonly members?: boolean | undefined
  readonly managers?: boolean | undefined
  readonly unread?: boolean | undefined
  readonly readReceipt?: boolean | undefined
  readonly deliveryReceipt?: boolean | undefined
  readonly lastMessage?: boolean | undefined
}

const maxShown = 100

/** A channel with what is asked for of it. */
export async function channelView(
  shared: GitpleliveShared,
  { room, members: all }: Roomful,
  show: Show,
  look: Look,
): Promise<ChannelShape & ChannelExtras> {
  // Copied before the first await: the map goes on changing.
  const members = isAbout(show) ? Array.from(all.values()).toSorted(byJoining) : []
  const first = members.slice(0, maxShown)
  const managers = members.filter(({ role }) => role === 'manager')
  const named = show.members || show.unread || show.readReceipt || show.deliveryReceipt ? first : []
  const wanted = [...named, ...(show.managers ? managers : [])]
  const people = await shared.people.load(
    room.appId,
    wanted.map(({ userId }) => userId),
  )
  const shapes = (list: readonly Member[]) => usersOf(list, people).map(memberShape)
  const times = (timeOf: (member: Member) => number | null) => byUserId(first, people, timeOf)
  const lastMessage = show.lastMessage ? await newest(shared, room, look) : null
  return {
    ...channelShape(room, await shared.counts.of(room)),
    ...(show.members && { members: shapes(first) }),
    ...(show.managers && { managers: shapes(managers) }),
    ...(show.unread && { unread: await unread(shared, room.lastId, first, people, room.id) }),
    ...(show.readReceipt && { read_receipt: times(({ readAt }) => readAt) }),
    ...(show.deliveryReceipt && { delivery_receipt: times(({ deliveredAt }) => deliveredAt) }),
    ...(lastMessage && { last_message: lastMessage }),
  }
}

/** Whether it is about members. Sorting thousands of them for nothing is dear. */
function isAbout({ members, managers, unread, readReceipt, deliveryReceipt }: Show): boolean {
  return [members, managers, unread, readReceipt, deliveryReceipt].includes(true)
}

/** Those who joined first, first. */
export function byJoining(a: Member, b: Member): number {
  return a.joinedAt - b.joinedAt || a.userId - b.userId
}

function usersOf(members: readonly Member[], people: ReadonlyMap<number, User>): User[] {
  return members.map(({ userId }) => people.get(userId)).filter((user) => user !== undefined)
}

/** Who has none is left out. */
function byUserId(
  members: readonly Member[],
  people: ReadonlyMap<number, User>,
  valueOf: (member: Member) => number | null,
): Record<string, number> {
  const entries = members.map((member) => [people.get(member.userId), valueOf(member)] as const)
  return Object.fromEntries(
    entries.flatMap(([user, value]) => (user && value !== null ? [[personOf(user).userId, value]] : [])),
  )
}

async function unread(
  { store }: GitpleliveShared,
  lastId: number,
  members: readonly Member[],
  people: ReadonlyMap<number, User>,
  roomId: Roomful['room']['id'],
): Promise<Record<string, number>> {
  const counted = await Promise.all(
    members.map(async (member) => {
      // Most have read everything, which needs no look into the store.
      const count = member.readId >= lastId ? 0 : await store.rooms.unread(roomId, member.userId, 'all')
      return [member.userId, count] as const
    }),
  )
  const counts = new Map(counted)
  return byUserId(members, people, ({ userId }) => counts.get(userId) ?? 0)
}

async function newest({ store, people }: GitpleliveShared, room: Room, look: Look) {
  const [message] = await store.messages.page(room.id, { audience: 'all', limit: 1, keep: 'newest' })
  if (!message) return null
  const authors = await people.load(room.appId, message.sender ? [message.sender.id] : [])
  return messageShape(
    message,
    (message.sender && authors.get(message.sender.id)) ?? null,
    channelIdOf(room) ?? '',
    look,
  )
}
