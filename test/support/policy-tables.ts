import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from '../../src/core/command.ts'
import { ChatError } from '../../src/core/errors.ts'
import type { App, AppId, Ban, Member, Message, Role, Room, RoomId, User, UserId } from '../../src/core/model.ts'
import { mustBeAllowed } from '../../src/core/policy.ts'
import type { Roomful } from '../../src/core/room.ts'

export const app: App = { id: 'app' as AppId, name: 'App', origins: [] }
const roomId = 1 as RoomId

export function user(id: number, role: Role, more: Partial<User> = {}): User {
  return {
    id: id as UserId,
    appId: app.id,
    role,
    name: `${id}`,
    blocked: false,
    meta: {},
    createdAt: 0,
    updatedAt: 0,
    ...more,
  }
}

export const owner = user(1, 'customer')
export const customer = user(2, 'customer')
export const holder = user(3, 'agent')
export const agent = user(4, 'agent')
export const manager = user(5, 'manager')
export const creator = user(6, 'member')
export const member = user(7, 'member')
export const outsider = user(8, 'member')
const somebody = user(9, 'member')
export const mayor = user(10, 'member')
export const neighbour = user(11, 'member')
export const leader = user(12, 'member')
export const banned = user(13, 'member')
export const pardoned = user(14, 'member')
export const now = 1000
export const ban = (userId: UserId, until: number | null): [UserId, Ban] => [
  userId,
  { userId, byId: null, reason: '', until, at: 0 },
]
/** Of every group in the tables. */
export const bans = new Map([ban(banned.id, null), ban(pardoned.id, now)])
/** Who is meant at the head of a column. */
export const people: Record<string, User> = {
  owner,
  customer,
  holder,
  agent,
  manager,
  creator,
  member,
  outsider,
  mayor,
  neighbour,
  leader,
  banned,
  pardoned,
  blocked: { ...owner, blocked: true },
  muted: { ...member, blocked: true },
  alien: { ...manager, appId: 'other' as AppId },
}

export function room(more: Partial<Room>): Room {
  return {
    id: roomId,
    appId: app.id,
    key: 'k',
    kind: 'consultation',
    name: '',
    parentId: null,
    open: false,
    state: 'active',
    frozen: false,
    ownerId: owner.id,
    assigneeId: null,
    lastAssigneeId: null,
    episode: null,
    episodes: 0,
    lastId: 9,
    lastSeq: 9,
    lastMessage: null,
    closedAt: null,
    pinnedAt: null,
    meta: {},
    createdAt: 0,
    updatedAt: 0,
    ...more,
  }
}

export const channel = { kind: 'channel', ownerId: creator.id } as const
const words = { type: 'text', body: 'x' } as const
export const message = { roomId, messageId: 5 }

/** What is meant at the head of a row: the command, and whose message it is about. */
export const commands: Record<string, (who: User) => [Command, User?]> = {
  post: () => [{ type: 'post', roomId, draft: words }],
  note: () => [{ type: 'post', roomId, draft: { ...words, audience: 'staff' } }],
  'edit own': (who) => [{ type: 'edit', ...message, body: '' }, who],
  'edit other': () => [{ type: 'edit', ...message, body: '' }, somebody],
  'delete own': (who) => [{ type: 'delete', ...message, unreadOnly: false }, who],
  'delete other': () => [{ type: 'delete', ...message, unreadOnly: false }, somebody],
  read: () => [{ type: 'mark_read', roomId, fromId: 1, toId: 2 }],
  delivered: () => [{ type: 'mark_delivered', roomId, toId: 2 }],
  typing: () => [{ type: 'typing', roomId }],
  join: () => [{ type: 'join', roomId }],
  leave: () => [{ type: 'leave', roomId }],
  invite: () => [{ type: 'invite', roomId, userIds: [outsider.id] }],
  'invite near': () => [{ type: 'invite', roomId, userIds: [neighbour.id] }],
  expel: () => [{ type: 'expel', roomId, userId: member.id }],
  'ban leader': () => [{ type: 'ban', roomId, userId: leader.id, forMs: 1, reason: '' }],
  unban: () => [{ type: 'unban', roomId, userId: banned.id }],
  appoint: () => [{ type: 'appoint', roomId, userId: member.id, role: 'manager' }],
  'give away': () => [{ type: 'hand_over', roomId, toId: member.id }],
  take: (who) => [{ type: 'assign', roomId, agentId: who.id }],
  'hand over': () => [{ type: 'assign', roomId, agentId: 77 as UserId }],
  release: () => [{ type: 'release', roomId }],
  close: () => [{ type: 'close', roomId, farewell: null }],
  announce: () => [{ type: 'announce', roomId, draft: words }],
  reopen: () => [{ type: 'reopen', roomId }],
  freeze: () => [{ type: 'freeze', roomId, frozen: true }],
  describe: () => [{ type: 'describe', roomId, name: 'x' }],
  pin: () => [{ type: 'pin', roomId, pinned: true }],
  notify: () => [{ type: 'notify', roomId, name: 'x', text: 'x' }],
  remove: () => [{ type: 'remove', roomId }],
}

export function membersOf(inside: readonly User[], readId = 0): Map<UserId, Member> {
  const roleOf = (who: User) => (who === leader ? 'manager' : who.role)
  return new Map(
    inside.map((who) => [
      who.id,
      { userId: who.id, role: roleOf(who), readId, readAt: null, deliveredId: 0, deliveredAt: null, joinedAt: 0 },
    ]),
  )
}

export function verdict(who: User | null, name: string, of: Room, inside: readonly User[], readId = 0): string {
  const members = membersOf(inside, readId)
  const [command, author] = commands[name]?.(who ?? somebody) ?? assert.fail(`no such command: ${name}`)
  const target = author ? ({ id: 5, sender: { id: author.id, name: '', role: author.role } } as Message) : null
  try {
    const parent = of.parentId === null ? null : community
    const roomful = { room: of, members, bans: of.kind === 'group' ? bans : new Map() }
    mustBeAllowed({ app, user: who, origin: null }, command, roomful, { message: target, parent, now })
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof ChatError, String(error))
    return error.code
  }
}

export const community: Roomful = {
  room: room({ id: 9 as RoomId, kind: 'community', ownerId: mayor.id }),
  members: membersOf([mayor, neighbour, creator, member]),
  bans: new Map(),
}

/** A kind of room, who is in it, and a table: commands down, people across, what becomes of it. */
export type Table = readonly [name: string, of: Room, inside: readonly User[], rows: string]

export function testTables(tables: readonly Table[]): void {
  for (const [name, of, inside, table] of tables) {
    const [head = '', ...rows] = table.split('\n').slice(1)
    const columns = head.trim().split(/\s+/)
    describe(name, () => {
      for (const row of rows) {
        const [command = '', ...expected] = row.trim().split(/\s{2,}/)
        test(command, () => {
          const actual = columns.map((column) => verdict(people[column] ?? assert.fail(column), command, of, inside))
          assert.deepEqual(actual, expected, `${command}: ${columns.join(', ')}`)
        })
      }
    })
  }
}
