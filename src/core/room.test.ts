import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomEvent } from './event.ts'
import type { AppId, Ban, Member, Message, Room, RoomId, Sender, UserId } from './model.ts'
import { fold, stamp, type Change } from './room.ts'

const customer: Sender = { id: 1 as UserId, name: 'Cy', role: 'customer' }
const agent = 2 as UserId
const second = 3 as UserId

function closed(): Room {
  return {
    id: 1 as RoomId,
    appId: 'app' as AppId,
    key: 'k',
    kind: 'consultation',
    name: '',
    parentId: null,
    open: false,
    state: 'closed',
    frozen: false,
    ownerId: customer.id,
    assigneeId: null,
    lastAssigneeId: null,
    episode: null,
    episodes: 0,
    lastId: 0,
    lastSeq: 0,
    lastMessage: null,
    closedAt: null,
    pinnedAt: null,
    meta: {},
    createdAt: 0,
    updatedAt: 0,
  }
}

/** A room in memory, to which things happen at the times given. */
class Memory {
  room = closed()
  readonly members = new Map<UserId, Member>()
  readonly bans = new Map<UserId, Ban>()
  readonly messages: Message[] = []

  happen(at: number, change: Change): RoomEvent {
    const target = 'messageId' in change ? (this.messages[change.messageId - 1] ?? null) : null
    const event = stamp(this, change, { actorId: null, origin: null, at }, target)
    if (event.type === 'message_posted') this.messages.push(event.message)
    this.room = fold(this.room, this, event)
    return event
  }
}

function post(body: string, more: Partial<Extract<Change, { type: 'post' }>> = {}): Change {
  return { type: 'post', sender: customer, messageType: 'text', body, detail: '', audience: 'all', meta: null, ...more }
}

test('a consultation waits, is held, given back, closed and opened again', () => {
  const memory = new Memory()
  memory.happen(1, { type: 'reopen' })
  assert.partialDeepStrictEqual(memory.room, { state: 'waiting', episodes: 1, closedAt: null })
  assert.deepEqual(memory.room.episode, { number: 1, firstId: 1, waitingSince: 1, assignedAt: null })
  memory.happen(1, post('help'))
  assert.equal(memory.messages[0]?.episodeId, 1)
  memory.happen(2, { type: 'assign', agentId: agent })
  assert.partialDeepStrictEqual(memory.room, { state: 'active', assigneeId: agent })
  assert.equal(memory.room.episode?.assignedAt, 2)
  assert.deepEqual(memory.members.get(agent), {
    userId: agent,
    role: 'agent',
    readId: 0,
    readAt: null,
    deliveredId: 0,
    deliveredAt: null,
    joinedAt: 2,
  })
  memory.happen(3, { type: 'assign', agentId: second })
  assert.deepEqual([...memory.members.keys()], [second], 'who handed over is out')
  memory.happen(4, { type: 'release' })
  assert.partialDeepStrictEqual(memory.room, { state: 'waiting', assigneeId: null, lastAssigneeId: second })
  assert.partialDeepStrictEqual(memory.room.episode, { number: 1, waitingSince: 4, assignedAt: null })
  memory.happen(5, { type: 'release' })
  assert.equal(memory.room.lastAssigneeId, second)
  memory.happen(6, { type: 'assign', agentId: agent })
  memory.happen(7, { type: 'close' })
  assert.partialDeepStrictEqual(memory.room, {
    state: 'closed',
    assigneeId: null,
    lastAssigneeId: agent,
    episode: null,
    closedAt: 7,
  })
  assert.equal(memory.members.size, 0)
  memory.happen(8, { type: 'reopen' })
  memory.happen(8, post('me again'))
  assert.deepEqual(memory.room.episode, { number: 2, firstId: 2, waitingSince: 8, assignedAt: null })
  assert.partialDeepStrictEqual(memory.messages[1], { id: 2, episodeId: 2, seq: 10 })
})

test('a channel has no episodes', () => {
  const memory = new Memory()
  memory.room = { ...memory.room, kind: 'channel' }
  memory.happen(1, { type: 'reopen' })
  memory.happen(1, post('a'))
  assert.partialDeepStrictEqual(memory.room, { state: 'active', episode: null, episodes: 0 })
  assert.equal(memory.messages[0]?.episodeId, 0)
})

test('the last message is the newest that everyone may see, as it is now', () => {
  const memory = new Memory()
  memory.happen(1, post('first'))
  memory.happen(2, post('second'))
  memory.happen(3, post('a note of the staff', { audience: 'staff' }))
  assert.deepEqual(memory.room.lastMessage, { id: 2, type: 'text', preview: 'second', senderId: customer.id, at: 2 })
  assert.equal(memory.room.lastId, 3)
  memory.happen(4, { type: 'edit', messageId: 3, body: 'changed note', detail: null })
  memory.happen(4, { type: 'edit', messageId: 1, body: 'changed first', detail: null })
  assert.equal(memory.room.lastMessage?.preview, 'second')
  memory.happen(5, { type: 'edit', messageId: 2, body: 'changed', detail: null })
  assert.equal(memory.room.lastMessage?.preview, 'changed')
  memory.happen(6, { type: 'delete', messageId: 1 })
  assert.equal(memory.room.lastMessage?.preview, 'changed')
  memory.happen(7, { type: 'delete', messageId: 2 })
  assert.equal(memory.room.lastMessage?.preview, '')
})

test('a preview has 1,000 characters and no half of one', () => {
  const memory = new Memory()
  memory.happen(1, post('x'.repeat(1500)))
  assert.equal(memory.room.lastMessage?.preview, 'x'.repeat(1000))
  memory.happen(1, post(`${'x'.repeat(999)}😀`))
  assert.equal(memory.room.lastMessage?.preview, 'x'.repeat(999))
  memory.happen(1, post(`${'x'.repeat(998)}😀😀`))
  assert.equal(memory.room.lastMessage?.preview, `${'x'.repeat(998)}😀`)
})

test('text that has no UTF-8 is told as it will be stored', () => {
  const memory = new Memory()
  memory.happen(1, post('half \ud83d', { detail: '\udc00' }))
  assert.partialDeepStrictEqual(memory.messages[0], { body: 'half \ufffd', detail: '\ufffd' })
  const edited = memory.happen(2, { type: 'edit', messageId: 1, body: '\ud83d', detail: null })
  assert.partialDeepStrictEqual(edited, { message: { body: '\ufffd', detail: '\ufffd' } })
  memory.happen(3, { type: 'describe', name: '\ud83d', meta: null, open: null })
  assert.equal(memory.room.name, '\ufffd')
})

test('unread counts everyone else who may see the message', () => {
  const memory = new Memory()
  memory.happen(1, { type: 'join', userId: customer.id, role: 'customer' })
  memory.happen(1, { type: 'join', userId: agent, role: 'agent' })
  memory.happen(1, { type: 'join', userId: second, role: 'agent' })
  const unread = (change: Change) => {
    const event = memory.happen(2, change)
    return event.type === 'message_posted' ? event.unread : assert.fail()
  }
  assert.equal(unread(post('a')), 2)
  assert.equal(unread(post('a', { sender: { id: 99 as UserId, name: '', role: 'manager' } })), 3, 'from outside')
  assert.equal(unread(post('a', { sender: { id: agent, name: '', role: 'agent' }, audience: 'staff' })), 1)
  assert.equal(unread(post('a', { sender: null })), 0)
})

test('joining again changes nothing', () => {
  const memory = new Memory()
  memory.happen(1, { type: 'join', userId: agent, role: 'manager' })
  memory.happen(2, { type: 'join', userId: agent, role: 'member' })
  assert.deepEqual(memory.members.get(agent), {
    userId: agent,
    role: 'manager',
    readId: 0,
    readAt: null,
    deliveredId: 0,
    deliveredAt: null,
    joinedAt: 1,
  })
  memory.happen(3, { type: 'leave', userId: agent })
  assert.equal(memory.members.size, 0)
})

test('freezing, pinning and describing', () => {
  const memory = new Memory()
  memory.happen(1, { type: 'freeze', frozen: true })
  memory.happen(2, { type: 'pin', pinned: true })
  memory.happen(3, { type: 'describe', name: 'Name', meta: null, open: null })
  memory.happen(4, { type: 'describe', name: null, meta: { a: 1 }, open: null })
  assert.partialDeepStrictEqual(memory.room, {
    frozen: true,
    pinnedAt: 2,
    name: 'Name',
    meta: { a: 1 },
    lastSeq: 4,
    updatedAt: 4,
  })
  memory.happen(5, { type: 'freeze', frozen: false })
  memory.happen(6, { type: 'pin', pinned: false })
  assert.partialDeepStrictEqual(memory.room, { frozen: false, pinnedAt: null })
})

test('an edit without its message is a bug, and said so', () => {
  assert.throws(
    () => new Memory().happen(1, { type: 'edit', messageId: 1, body: '', detail: null }),
    /without its message/,
  )
})
