import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from './command.ts'
import { ChatError } from './errors.ts'
import type { App, AppId, Ban, Member, Message, Role, Room, RoomId, User, UserId } from './model.ts'
import { mustBeAllowed } from './policy.ts'
import type { Roomful } from './room.ts'

const app: App = { id: 'app' as AppId, name: 'App', origins: [] }
const roomId = 1 as RoomId

function user(id: number, role: Role, more: Partial<User> = {}): User {
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

const owner = user(1, 'customer')
const customer = user(2, 'customer')
const holder = user(3, 'agent')
const agent = user(4, 'agent')
const manager = user(5, 'manager')
const creator = user(6, 'member')
const member = user(7, 'member')
const outsider = user(8, 'member')
const somebody = user(9, 'member')
const mayor = user(10, 'member')
const neighbour = user(11, 'member')
const leader = user(12, 'member')
const banned = user(13, 'member')
const pardoned = user(14, 'member')
const now = 1000
const ban = (userId: UserId, until: number | null): [UserId, Ban] => [
  userId,
  { userId, byId: null, reason: '', until, at: 0 },
]
/** Of every group in the tables. */
const bans = new Map([ban(banned.id, null), ban(pardoned.id, now)])
/** Who is meant at the head of a column. */
const people: Record<string, User> = {
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

function room(more: Partial<Room>): Room {
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

const channel = { kind: 'channel', ownerId: creator.id } as const
const words = { type: 'text', body: 'x' } as const
const message = { roomId, messageId: 5 }

/** What is meant at the head of a row: the command, and whose message it is about. */
const commands: Record<string, (who: User) => [Command, User?]> = {
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

function membersOf(inside: readonly User[], readId = 0): Map<UserId, Member> {
  const roleOf = (who: User) => (who === leader ? 'manager' : who.role)
  return new Map(
    inside.map((who) => [
      who.id,
      { userId: who.id, role: roleOf(who), readId, readAt: null, deliveredId: 0, deliveredAt: null, joinedAt: 0 },
    ]),
  )
}

function verdict(who: User | null, name: string, of: Room, inside: readonly User[], readId = 0): string {
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

const tables: [string, Room, readonly User[], string][] = [
  [
    'a waiting consultation',
    room({ state: 'waiting' }),
    [owner],
    `
                  owner      customer   agent      manager    blocked    alien
    post          ok         not_found  forbidden  ok         banned     not_found
    note          forbidden  not_found  forbidden  ok         banned     not_found
    edit own      ok         not_found  forbidden  ok         banned     not_found
    edit other    forbidden  not_found  forbidden  forbidden  banned     not_found
    delete own    ok         not_found  ok         ok         banned     not_found
    delete other  forbidden  not_found  forbidden  ok         banned     not_found
    read          ok         not_found  forbidden  forbidden  ok         not_found
    delivered     ok         not_found  forbidden  forbidden  ok         not_found
    typing        ok         not_found  forbidden  forbidden  banned     not_found
    join          ok         not_found  forbidden  forbidden  ok         not_found
    leave         ok         not_found  conflict   conflict   ok         not_found
    invite        conflict   not_found  conflict   conflict   banned     not_found
    invite near   conflict   not_found  conflict   conflict   banned     not_found
    expel         conflict   not_found  conflict   conflict   banned     not_found
    ban leader    conflict   not_found  conflict   conflict   banned     not_found
    unban         conflict   not_found  conflict   conflict   banned     not_found
    appoint       conflict   not_found  conflict   conflict   banned     not_found
    give away     conflict   not_found  forbidden  forbidden  banned     not_found
    take          forbidden  not_found  ok         ok         banned     not_found
    hand over     forbidden  not_found  ok         ok         banned     not_found
    release       conflict   not_found  conflict   conflict   banned     not_found
    close         ok         not_found  forbidden  ok         banned     not_found
    announce      forbidden  not_found  forbidden  ok         banned     not_found
    reopen        forbidden  not_found  forbidden  ok         banned     not_found
    freeze        forbidden  not_found  forbidden  ok         banned     not_found
    describe      ok         not_found  forbidden  ok         banned     not_found
    pin           ok         not_found  forbidden  ok         banned     not_found
    notify        ok         not_found  forbidden  ok         banned     not_found
    remove        forbidden  not_found  forbidden  ok         banned     not_found`,
  ],
  [
    'a consultation that is held',
    room({ assigneeId: holder.id }),
    [owner, holder],
    `
                  owner      customer   holder     agent      manager
    post          ok         not_found  ok         forbidden  ok
    note          forbidden  not_found  ok         forbidden  ok
    edit own      ok         not_found  ok         forbidden  ok
    edit other    forbidden  not_found  forbidden  forbidden  forbidden
    delete own    ok         not_found  ok         ok         ok
    delete other  forbidden  not_found  ok         forbidden  ok
    read          ok         not_found  ok         forbidden  forbidden
    delivered     ok         not_found  ok         forbidden  forbidden
    typing        ok         not_found  ok         forbidden  forbidden
    join          ok         not_found  ok         forbidden  forbidden
    leave         ok         not_found  ok         conflict   conflict
    invite        conflict   not_found  conflict   conflict   conflict
    invite near   conflict   not_found  conflict   conflict   conflict
    expel         conflict   not_found  conflict   conflict   conflict
    ban leader    conflict   not_found  conflict   conflict   conflict
    unban         conflict   not_found  conflict   conflict   conflict
    appoint       conflict   not_found  conflict   conflict   conflict
    give away     conflict   not_found  forbidden  forbidden  forbidden
    take          forbidden  not_found  conflict   conflict   conflict
    hand over     forbidden  not_found  ok         forbidden  ok
    release       forbidden  not_found  ok         forbidden  ok
    close         ok         not_found  ok         forbidden  ok
    announce      forbidden  not_found  ok         forbidden  ok
    reopen        forbidden  not_found  ok         forbidden  ok
    freeze        forbidden  not_found  ok         forbidden  ok
    describe      ok         not_found  ok         forbidden  ok
    pin           ok         not_found  ok         forbidden  ok
    notify        ok         not_found  ok         forbidden  ok
    remove        forbidden  not_found  forbidden  forbidden  ok`,
  ],
  [
    'a frozen consultation',
    room({ assigneeId: holder.id, frozen: true }),
    [owner, holder],
    `
                  owner      holder     manager
    post          frozen     frozen     ok
    note          forbidden  frozen     ok
    edit own      frozen     frozen     ok
    read          ok         ok         forbidden
    close         ok         ok         ok
    freeze        forbidden  ok         ok`,
  ],
  [
    'a closed consultation',
    room({ state: 'closed', lastAssigneeId: holder.id }),
    [owner],
    `
                  owner      holder     manager
    post          ok         forbidden  ok
    take          forbidden  conflict   conflict
    hand over     forbidden  conflict   conflict
    release       conflict   conflict   conflict
    close         conflict   conflict   conflict
    reopen        forbidden  forbidden  ok`,
  ],
  [
    'a channel',
    room(channel),
    [creator, member],
    `
                  creator    member     outsider   agent      manager    muted      alien
    post          ok         ok         not_found  not_found  forbidden  banned     not_found
    note          ok         ok         not_found  not_found  forbidden  banned     not_found
    edit own      ok         ok         not_found  not_found  forbidden  banned     not_found
    edit other    forbidden  forbidden  not_found  not_found  forbidden  banned     not_found
    delete own    ok         ok         not_found  not_found  ok         banned     not_found
    delete other  ok         forbidden  not_found  not_found  ok         banned     not_found
    read          ok         ok         not_found  not_found  forbidden  ok         not_found
    delivered     ok         ok         not_found  not_found  forbidden  ok         not_found
    typing        ok         ok         not_found  not_found  forbidden  banned     not_found
    join          ok         ok         not_found  not_found  ok         ok         not_found
    leave         conflict   ok         not_found  not_found  conflict   ok         not_found
    invite        ok         ok         not_found  not_found  forbidden  banned     not_found
    invite near   ok         ok         not_found  not_found  forbidden  banned     not_found
    expel         ok         forbidden  not_found  not_found  ok         banned     not_found
    ban leader    ok         forbidden  not_found  not_found  ok         banned     not_found
    unban         ok         forbidden  not_found  not_found  ok         banned     not_found
    appoint       ok         forbidden  not_found  not_found  ok         banned     not_found
    give away     ok         forbidden  not_found  not_found  forbidden  banned     not_found
    take          forbidden  forbidden  not_found  not_found  conflict   banned     not_found
    hand over     forbidden  forbidden  not_found  not_found  conflict   banned     not_found
    release       conflict   conflict   not_found  not_found  conflict   banned     not_found
    close         ok         forbidden  not_found  not_found  ok         banned     not_found
    announce      forbidden  forbidden  not_found  not_found  ok         banned     not_found
    reopen        ok         forbidden  not_found  not_found  ok         banned     not_found
    freeze        forbidden  forbidden  not_found  not_found  ok         banned     not_found
    describe      ok         forbidden  not_found  not_found  ok         banned     not_found
    pin           ok         forbidden  not_found  not_found  ok         banned     not_found
    notify        ok         forbidden  not_found  not_found  ok         banned     not_found
    remove        ok         forbidden  not_found  not_found  ok         banned     not_found`,
  ],
  [
    'a frozen channel with a manager in it',
    room({ ...channel, frozen: true }),
    [creator, member, manager],
    `
                  creator    member     manager
    post          frozen     frozen     ok
    edit own      frozen     frozen     ok
    read          ok         ok         ok`,
  ],
  [
    'a closed channel',
    room({ ...channel, state: 'closed' }),
    [creator, member, manager],
    `
                  creator    member     manager
    post          conflict   conflict   conflict
    edit own      conflict   conflict   conflict
    delete own    ok         ok         ok
    invite        conflict   conflict   conflict
    close         conflict   conflict   conflict
    reopen        ok         forbidden  ok`,
  ],
]

const community: Roomful = {
  room: room({ id: 9 as RoomId, kind: 'community', ownerId: mayor.id }),
  members: membersOf([mayor, neighbour, creator, member]),
  bans: new Map(),
}
const ofTown = { ...channel, parentId: community.room.id } as const
const group = { kind: 'group', ownerId: null } as const
const groupTables: typeof tables = [
  [
    'a group with a leader',
    room(group),
    [leader, member],
    `
                  leader     member     outsider   banned     pardoned   manager    alien
    post          ok         ok         not_found  banned     not_found  forbidden  not_found
    edit other    forbidden  forbidden  not_found  banned     not_found  forbidden  not_found
    delete other  ok         forbidden  not_found  banned     not_found  ok         not_found
    join          ok         ok         not_found  banned     not_found  ok         not_found
    invite        ok         ok         not_found  banned     not_found  forbidden  not_found
    expel         ok         forbidden  not_found  banned     not_found  ok         not_found
    ban leader    conflict   forbidden  not_found  banned     not_found  ok         not_found
    unban         ok         forbidden  not_found  banned     not_found  ok         not_found
    appoint       ok         forbidden  not_found  banned     not_found  ok         not_found
    freeze        ok         forbidden  not_found  banned     not_found  ok         not_found
    describe      ok         forbidden  not_found  banned     not_found  ok         not_found
    remove        forbidden  forbidden  not_found  banned     not_found  ok         not_found`,
  ],
  [
    'an open group',
    room({ ...group, open: true }),
    [leader, member],
    `
                  member     outsider   banned     pardoned   alien
    post          ok         forbidden  banned     forbidden  not_found
    join          ok         ok         banned     ok         not_found`,
  ],
  [
    'a frozen group',
    room({ ...group, frozen: true }),
    [leader, member],
    `
                  leader     member     manager
    post          ok         frozen     forbidden`,
  ],
]

/** What changes for the people of a channel's community. */
const communityTables: typeof tables = [
  [
    'an open channel of a community',
    room({ ...ofTown, open: true }),
    [creator, member],
    `
                  mayor      neighbour  creator    member     outsider   manager    alien
    post          forbidden  forbidden  ok         ok         not_found  forbidden  not_found
    edit other    forbidden  forbidden  forbidden  forbidden  not_found  forbidden  not_found
    delete other  ok         forbidden  ok         forbidden  not_found  ok         not_found
    join          ok         ok         ok         ok         not_found  ok         not_found
    leave         conflict   conflict   conflict   ok         not_found  conflict   not_found
    invite        forbidden  forbidden  forbidden  forbidden  not_found  forbidden  not_found
    invite near   forbidden  forbidden  ok         ok         not_found  forbidden  not_found
    give away     forbidden  forbidden  ok         forbidden  not_found  forbidden  not_found
    close         forbidden  forbidden  ok         forbidden  not_found  ok         not_found
    describe      forbidden  forbidden  ok         forbidden  not_found  ok         not_found`,
  ],
  [
    'a private channel of a community',
    room(ofTown),
    [creator, member],
    `
                  mayor      neighbour  creator    member     outsider   manager    alien
    delete other  not_found  not_found  ok         forbidden  not_found  ok         not_found
    join          not_found  not_found  ok         ok         not_found  ok         not_found
    invite near   not_found  not_found  ok         ok         not_found  forbidden  not_found
    describe      not_found  not_found  ok         forbidden  not_found  ok         not_found`,
  ],
  [
    'a closed open channel of a community',
    room({ ...ofTown, open: true, state: 'closed' }),
    [creator, member],
    `
                  mayor      neighbour  creator    member
    post          conflict   conflict   conflict   conflict
    join          conflict   conflict   ok         ok
    invite near   conflict   conflict   conflict   conflict`,
  ],
]

for (const [name, of, inside, table] of [...tables, ...communityTables, ...groupTables]) {
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

test('every command stands in the tables of the two kinds of rooms', () => {
  for (const index of [0, 4]) {
    const rows = (tables[index]?.[3] ?? '').split('\n').slice(2)
    assert.deepEqual(
      rows.map((row) => row.trim().split(/\s{2,}/)[0]),
      Object.keys(commands),
    )
  }
})

test('the house may do everything', () => {
  for (const [, of, inside] of tables) {
    for (const command of Object.keys(commands)) assert.equal(verdict(null, command, of, inside), 'ok', command)
  }
})

test('a message that everyone else has read is not deleted by who asks for unread ones only', () => {
  const attempt = (readId: number, inside: readonly User[]) => {
    const roomful = { room: room(channel), members: membersOf(inside, readId), bans: new Map() }
    const target = { id: 5, sender: { id: member.id, name: '', role: member.role } } as Message
    const command = { type: 'delete', ...message, unreadOnly: true } as const
    return () =>
      mustBeAllowed({ app, user: member, origin: null }, command, roomful, { message: target, parent: null, now })
  }
  attempt(4, [member, creator])()
  assert.throws(attempt(5, [member, creator]), { code: 'conflict' })
  attempt(9, [member])()
})
