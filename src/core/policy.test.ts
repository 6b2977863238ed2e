import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  app,
  channel,
  commands,
  creator,
  holder,
  manager,
  member,
  membersOf,
  message,
  now,
  owner,
  room,
  type Table,
  testTables,
  verdict,
} from '../../test/support/policy-tables.ts'
import type { Message, User } from './model.ts'
import { mustBeAllowed } from './policy.ts'

const tables: readonly Table[] = [
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

testTables(tables)

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
