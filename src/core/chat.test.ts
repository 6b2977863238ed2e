import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ProcessBus } from '../buses/process-bus.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { Chat } from './chat.ts'
import type { Command, Draft } from './command.ts'
import type { Delivery } from './event.ts'
import { RateLimit } from './limits.ts'
import type { App, AppId, Role, Room, RoomId, User, UserId } from './model.ts'
import type { RoomDraft } from './ports.ts'
import { houseSession, type Session } from './session.ts'

const app: App = { id: 'app' as AppId, name: 'App', origins: [] }
const other: App = { id: 'other' as AppId, name: 'Other', origins: [] }
const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const house = houseSession(app)

let now: number
let store: SqliteStore
let chat: Chat
let heard: Delivery[]
let made: number

beforeEach(() => {
  now = 1_700_000_000_000
  made = 0
  heard = []
  store = new SqliteStore({ path: ':memory:', log: quiet, now: () => now })
  const bus = new ProcessBus(quiet)
  bus.listen((delivery) => heard.push(delivery))
  const rate = new RateLimit({ perSecond: 10, burst: 20, now: () => now })
  chat = new Chat({ store, bus, now: () => now, rate, maxBodyChars: 100, maxDetailChars: 50 })
})

afterEach(() => store.close())

async function someone(role: Role, of: App = app): Promise<Session & { user: User }> {
  const identity = { protocol: 'commu', externalId: `${made++}` } as const
  const user = await store.users.create({ appId: of.id, role, name: `${role} ${made}`, identity })
  return { app: of, user, origin: `line ${made}` }
}

async function room(more: Partial<RoomDraft> & { people?: readonly Session[] } = {}): Promise<Room> {
  const { people = [], ...draft } = more
  const members = people.flatMap(({ user }) => (user ? [{ userId: user.id, role: user.role }] : []))
  const base = {
    appId: app.id,
    key: `${made++}`,
    kind: 'channel',
    name: '',
    state: 'active',
    ownerId: null,
    members,
  } as const
  return (await store.rooms.ensure({ ...base, ...draft })).room
}

const consultation = (customer: Session, state: Room['state'] = 'closed'): Promise<Room> =>
  room({ kind: 'consultation', state, ownerId: customer.user?.id ?? null, people: [customer] })

function say(session: Session, { id }: Room, body: string, more: Partial<Draft> = {}) {
  return chat.execute(session, { type: 'post', roomId: id, draft: { type: 'text', body, ...more } })
}

const told = (): string[] => heard.map(({ event }) => event.type)

test('what is posted is stored, answered, and told to everyone once, the sender included', async () => {
  const ana = await someone('member')
  const channel = await room({ people: [ana] })
  const outcome = await say(ana, channel, 'hello', { meta: { a: 1 } })
  const [event] = outcome.events
  assert.partialDeepStrictEqual(event, {
    type: 'message_posted',
    seq: 1,
    actorId: ana.user.id,
    origin: ana.origin,
    at: now,
  })
  assert.deepEqual(heard, [{ event, room: outcome.room }])
  const sender = { id: ana.user.id, name: ana.user.name, role: 'member' }
  assert.partialDeepStrictEqual(await store.messages.byId(channel.id, 1), { body: 'hello', sender, meta: { a: 1 } })
})

test('events are told in the order of seq, before they are answered', async () => {
  const ana = await someone('member')
  const channel = await room({ people: [ana] })
  const heardAtAnswer: number[] = []
  const posts = Array.from({ length: 10 }, async (_, n) => {
    await say(ana, channel, `${n}`)
    heardAtAnswer.push(heard.length)
  })
  await Promise.all(posts)
  assert.deepEqual(
    heard.map(({ event }) => 'seq' in event && event.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  heardAtAnswer.forEach((count, n) => assert.ok(count > n))
})

test('a customer who writes in a closed consultation opens it again', async () => {
  const customer = await someone('customer')
  const closed = await consultation(customer)
  const first = await say(customer, closed, 'help')
  assert.deepEqual(told(), ['room_reopened', 'message_posted'])
  assert.partialDeepStrictEqual(first.room, { state: 'waiting', episodes: 1, lastId: 1, lastSeq: 2 })
  assert.equal(first.room.episode?.firstId, 1)
  const second = await say(customer, closed, 'anybody?')
  assert.deepEqual(
    second.events.map(({ type }) => type),
    ['message_posted'],
  )
  assert.equal((await store.messages.byId(closed.id, 2))?.episodeId, 1)
})

test('a farewell is written before the close, in one step with it', async () => {
  const [customer, agent] = [await someone('customer'), await someone('agent')]
  const { id: roomId } = await consultation(customer, 'waiting')
  await chat.execute(agent, { type: 'assign', roomId, agentId: agent.user.id })
  const { events, room: after } = await chat.execute(agent, { type: 'close', roomId, farewell: 'Good-bye' })
  assert.deepEqual(
    events.map(({ seq, type }) => [seq, type]),
    [
      [2, 'message_posted'],
      [3, 'room_closed'],
    ],
  )
  assert.partialDeepStrictEqual(events[0], { message: { body: 'Good-bye', type: 'system', sender: null } })
  assert.partialDeepStrictEqual(after, {
    state: 'closed',
    assigneeId: null,
    lastAssigneeId: agent.user.id,
    closedAt: now,
  })
  await assert.rejects(chat.execute(agent, { type: 'close', roomId, farewell: 'Again' }), { code: 'conflict' })
  assert.equal((await store.rooms.byId(app.id, roomId))?.lastId, 1)
  const silent = await chat.execute(house, { type: 'close', roomId, farewell: 'From the house' })
  assert.deepEqual(silent.events, [], 'the house finds it closed already')
})

test('of two agents who take a room at once one has it, and the other hears conflict', async () => {
  const [customer, first, second] = [await someone('customer'), await someone('agent'), await someone('agent')]
  const { id: roomId } = await consultation(customer, 'waiting')
  const take = (session: Session & { user: User }) =>
    chat.execute(session, { type: 'assign', roomId, agentId: session.user.id })
  const [one, two] = await Promise.allSettled([take(first), take(second)])
  assert.equal(one.status, 'fulfilled')
  assert.equal(two.status === 'rejected' && two.reason.code, 'conflict')
  await assert.rejects(take(first), { code: 'conflict' })
  assert.equal((await store.rooms.byId(app.id, roomId))?.assigneeId, first.user.id)
  assert.deepEqual(told(), ['room_assigned'])
})

test('a room is handed to another agent, and to nobody else', async () => {
  const [customer, first, second, manager] = await Promise.all([
    someone('customer'),
    someone('agent'),
    someone('agent'),
    someone('manager'),
  ])
  const { id: roomId } = await consultation(customer, 'waiting')
  const hand = (by: Session, to: Session) =>
    chat.execute(by, { type: 'assign', roomId, agentId: to.user?.id ?? (0 as UserId) })
  await hand(first, first)
  await assert.rejects(hand(first, customer), { code: 'not_found', message: 'there is no such agent' })
  await assert.rejects(hand(first, await someone('agent', other)), {
    code: 'not_found',
    message: 'there is no such agent',
  })
  await assert.rejects(hand(second, second), { code: 'conflict' })
  await assert.rejects(hand(second, manager), { code: 'forbidden' })
  await chat.execute(first, { type: 'mark_read', roomId, fromId: 1, toId: 1 })
  await assert.rejects(hand(manager, first), { code: 'conflict' })
  assert.deepEqual((await hand(house, first)).events, [], 'the house finds it so already')
  const { room: handed } = await hand(first, second)
  assert.equal(handed.assigneeId, second.user.id)
  const members = (await store.rooms.withMembers(app.id, roomId))?.members
  assert.deepEqual([...(members?.keys() ?? [])], [customer.user.id, second.user.id])
  await say(second, handed, 'hello')
  await assert.rejects(say(first, handed, 'me too'), { code: 'forbidden' })
  const { room: released } = await chat.execute(second, { type: 'release', roomId })
  assert.partialDeepStrictEqual(released, { state: 'waiting', assigneeId: null, lastAssigneeId: second.user.id })
  assert.deepEqual((await chat.execute(house, { type: 'release', roomId })).events, [])
})

test('a message may be deleted until everyone has read it, where that is asked', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const channel = await room({ people: [ana, bo] })
  const { id: roomId } = channel
  const remove = (messageId: number, unreadOnly = true) =>
    chat.execute(ana, { type: 'delete', roomId, messageId, unreadOnly })
  await say(ana, channel, 'a')
  await say(ana, channel, 'b')
  await chat.execute(bo, { type: 'mark_read', roomId, fromId: 1, toId: 1 })
  await assert.rejects(remove(1), { code: 'conflict' })
  await remove(2)
  await assert.rejects(remove(2), { code: 'not_found' })
  await remove(1, false)
  await assert.rejects(remove(3), { code: 'not_found' })
  await assert.rejects(chat.execute(ana, { type: 'edit', roomId, messageId: 1, body: 'x' }), { code: 'not_found' })
  assert.deepEqual(await chat.history(ana, roomId, { audience: 'all', limit: 9, keep: 'oldest' }), [])
})

test('who deletes twice at once does it once', async () => {
  const ana = await someone('member')
  const channel = await room({ people: [ana] })
  await say(ana, channel, 'a')
  const remove = () => chat.execute(ana, { type: 'delete', roomId: channel.id, messageId: 1, unreadOnly: false })
  const settled = await Promise.allSettled([remove(), remove()])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(told(), ['message_posted', 'message_deleted'])
})

test('staff notes are hidden from customers, whatever they ask for', async () => {
  const [customer, agent] = [await someone('customer'), await someone('agent')]
  const held = await consultation(customer, 'waiting')
  await chat.execute(agent, { type: 'assign', roomId: held.id, agentId: agent.user.id })
  await say(customer, held, 'help')
  await say(agent, held, 'difficult customer', { audience: 'staff' })
  await assert.rejects(say(customer, held, 'psst', { audience: 'staff' }), { code: 'forbidden' })
  const history = async (session: Session) => {
    const messages = await chat.history(session, held.id, {
      audience: 'staff',
      limit: 9,
      keep: 'newest',
      deleted: true,
    })
    return messages.map(({ body }) => body)
  }
  assert.deepEqual(await history(customer), ['help'])
  assert.deepEqual(await history(agent), ['help', 'difficult customer'])
  const { room: seen } = await chat.look(customer, held.id)
  assert.ok(!JSON.stringify(seen).includes('difficult'))
})

test('blocked users read and write nothing', async () => {
  const ana = await someone('member')
  const channel = await room({ people: [ana] })
  await say(ana, channel, 'before')
  ana.user = { ...ana.user, blocked: true }
  const roomId = channel.id
  const banned: Command[] = [
    { type: 'post', roomId, draft: { type: 'text', body: 'x' } },
    { type: 'edit', roomId, messageId: 1, body: 'x' },
    { type: 'delete', roomId, messageId: 1, unreadOnly: false },
    { type: 'typing', roomId },
    { type: 'notify', roomId, name: 'x', text: 'x' },
    { type: 'describe', roomId, name: 'x' },
  ]
  for (const command of banned) await assert.rejects(chat.execute(ana, command), { code: 'banned' }, command.type)
  assert.equal((await chat.history(ana, roomId, { audience: 'all', limit: 9, keep: 'oldest' })).length, 1)
  await chat.execute(ana, { type: 'leave', roomId })
  assert.deepEqual(told(), ['message_posted', 'member_left', 'room_closed'])
})

test('in a frozen room only managers write', async () => {
  const [ana, manager] = [await someone('member'), await someone('manager')]
  const channel = await room({ people: [ana, manager] })
  const freeze = (frozen: boolean) => chat.execute(manager, { type: 'freeze', roomId: channel.id, frozen })
  await freeze(true)
  assert.deepEqual((await freeze(true)).events, [])
  await assert.rejects(say(ana, channel, 'x'), { code: 'frozen' })
  await say(manager, channel, 'quiet, please')
  await freeze(false)
  await say(ana, channel, 'x')
  assert.deepEqual(told(), ['room_frozen', 'message_posted', 'room_unfrozen', 'message_posted'])
})

test('what is too much is refused before anything happens', async () => {
  const manager = await someone('manager')
  const channel = await room({ people: [manager], ownerId: manager.user.id })
  const roomId = channel.id
  await say(manager, channel, 'x'.repeat(100), { detail: 'x'.repeat(50), meta: { a: 'x'.repeat(40) } })
  const [long, longDetail] = ['x'.repeat(101), 'x'.repeat(51)]
  const tooMuch: Command[] = [
    { type: 'post', roomId, draft: { type: 'text', body: long } },
    { type: 'post', roomId, draft: { type: 'text', body: '', detail: longDetail } },
    { type: 'post', roomId, draft: { type: 'text', body: '', meta: { a: longDetail } } },
    { type: 'announce', roomId, draft: { type: 'text', body: long } },
    { type: 'edit', roomId, messageId: 1, body: long },
    { type: 'edit', roomId, messageId: 1, body: '', detail: longDetail },
    { type: 'close', roomId, farewell: long },
    { type: 'describe', roomId, name: long },
    { type: 'describe', roomId, meta: { a: longDetail } },
    { type: 'notify', roomId, name: 'x', text: long },
    { type: 'notify', roomId, name: longDetail, text: 'x' },
  ]
  for (const command of tooMuch) {
    now += 1000
    await assert.rejects(chat.execute(manager, command), { code: 'too_large' }, JSON.stringify(command))
  }
  assert.deepEqual(told(), ['message_posted'])
})

test('who is too quick waits; others don’t, nor does the house', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const channel = await room({ people: [ana, bo] })
  const settled = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => say(ana, channel, `${n}`)))
  const refused = settled.filter((one) => one.status === 'rejected' && one.reason.code === 'rate_limited')
  assert.equal(refused.length, 5)
  await say(bo, channel, 'hello')
  for (let n = 0; n < 30; n++)
    await chat.execute(house, { type: 'announce', roomId: channel.id, draft: { type: 'system', body: 'x' } })
  await assert.rejects(say(ana, channel, 'x'), { code: 'rate_limited' })
  now += 100
  await say(ana, channel, 'x')
  await assert.rejects(say(ana, channel, 'y'), { code: 'rate_limited' })
})

test('a missing room and somebody else’s are answered alike', async () => {
  const [ana, alien, alienManager] = [
    await someone('member'),
    await someone('member', other),
    await someone('manager', other),
  ]
  const channel = await room({ people: [ana] })
  const outsider = await someone('member')
  const commands = (roomId: RoomId): Command[] => [
    { type: 'post', roomId, draft: { type: 'text', body: 'x' } },
    { type: 'edit', roomId, messageId: 1, body: 'x' },
    { type: 'mark_read', roomId, fromId: 1, toId: 1 },
    { type: 'typing', roomId },
    { type: 'join', roomId },
    { type: 'remove', roomId },
  ]
  const answers = new Set<string>()
  for (const session of [outsider, alien, alienManager]) {
    for (const command of [...commands(channel.id), ...commands(12345 as RoomId)]) {
      now += 1000
      await assert.rejects(
        chat.execute(session, command),
        ({ code, message }) => answers.add(`${code} ${message}`) !== null,
      )
    }
    await assert.rejects(chat.look(session, channel.id), { code: 'not_found' })
    await assert.rejects(chat.history(session, channel.id, { audience: 'all', limit: 9, keep: 'oldest' }), {
      code: 'not_found',
    })
  }
  assert.equal(answers.size, 1)
  assert.deepEqual(heard, [])
})

test('reading is told when it moves the mark, with the range it covers', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const channel = await room({ people: [ana, bo] })
  for (const body of ['a', 'b', 'c']) await say(ana, channel, body)
  heard = []
  const read = (fromId: number, toId: number) =>
    chat.execute(bo, { type: 'mark_read', roomId: channel.id, fromId, toId })
  await read(1, 2)
  await read(1, 2)
  await read(NaN, 99)
  const covered = heard.map(({ event }) =>
    event.type === 'read_marked' ? [event.userId, event.fromId, event.toId] : assert.fail(),
  )
  assert.deepEqual(covered, [
    [bo.user.id, 1, 2],
    [bo.user.id, 1, 3],
  ])
})

test('typing and notices are told and not kept', async () => {
  const ana = await someone('member')
  const channel = await room({ people: [ana], ownerId: ana.user.id })
  await chat.execute(ana, { type: 'typing', roomId: channel.id })
  await chat.execute(ana, { type: 'notify', roomId: channel.id, name: 'greeting', text: 'hello' })
  assert.deepEqual(told(), ['typing', 'notice'])
  assert.equal((await store.rooms.byId(app.id, channel.id))?.lastSeq, 0)
})

test('a removed room is told, and is gone', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const channel = await room({ people: [ana, bo], ownerId: ana.user.id })
  const remove = (session: Session) => chat.execute(session, { type: 'remove', roomId: channel.id })
  await assert.rejects(remove(bo), { code: 'forbidden' })
  const settled = await Promise.allSettled([remove(ana), remove(ana)])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(told(), ['room_removed'])
  await assert.rejects(chat.look(ana, channel.id), { code: 'not_found' })
})

test('joining and leaving happen once', async () => {
  const [ana, manager] = [await someone('member'), await someone('manager')]
  const channel = await room({ people: [ana] })
  const { id: roomId } = channel
  await chat.execute(manager, { type: 'join', roomId })
  await chat.execute(manager, { type: 'join', roomId })
  await chat.execute(manager, { type: 'leave', roomId })
  await assert.rejects(chat.execute(manager, { type: 'leave', roomId }), { code: 'conflict' })
  assert.deepEqual(told(), ['member_joined', 'member_left'])
})

test('an open channel is joined by who is in its community, and by nobody else', async () => {
  const [ana, bo, cy] = [await someone('member'), await someone('member'), await someone('member')]
  const community = await room({ kind: 'community', people: [ana, bo] })
  const open = await room({ parentId: community.id, open: true, ownerId: ana.user.id, people: [ana] })
  await assert.rejects(chat.execute(cy, { type: 'join', roomId: open.id }), { code: 'not_found' })
  await assert.rejects(chat.look(cy, open.id), { code: 'not_found' })
  assert.deepEqual(await chat.history(bo, open.id, { audience: 'all', limit: 1, keep: 'newest' }), [])
  const { events } = await chat.execute(bo, { type: 'join', roomId: open.id })
  assert.deepEqual(
    events.map((event) => event.type === 'member_joined' && event.userId),
    [bo.user.id],
  )
  await assert.rejects(chat.execute(ana, { type: 'post', roomId: community.id, draft: { type: 'text', body: 'x' } }), {
    code: 'conflict',
  })
})

test('invitations reach users of the app who are in the community, each once', async () => {
  const [ana, bo, cy] = [await someone('member'), await someone('member'), await someone('member')]
  const alien = await someone('member', other)
  const community = await room({ kind: 'community', people: [ana, bo] })
  const channel = await room({ parentId: community.id, ownerId: ana.user.id, people: [ana] })
  const invite = (userIds: readonly UserId[]) => chat.execute(ana, { type: 'invite', roomId: channel.id, userIds })
  await assert.rejects(invite([bo.user.id, cy.user.id]), { code: 'forbidden' })
  await assert.rejects(invite([alien.user.id]), { code: 'not_found' })
  await assert.rejects(invite(Array.from({ length: 1001 }, () => bo.user.id)), { code: 'too_large' })
  assert.equal((await invite([bo.user.id, bo.user.id, ana.user.id])).events.length, 1)
  assert.equal((await invite([bo.user.id])).events.length, 0)
  const roomful = await store.rooms.withMembers(app.id, channel.id)
  assert.deepEqual([...(roomful?.members.keys() ?? [])], [ana.user.id, bo.user.id])
})

test('the owner of a channel hands it over before leaving, and the last one out closes it', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const channel = await room({ ownerId: ana.user.id, people: [ana, bo] })
  const leave = { type: 'leave', roomId: channel.id } as const
  await assert.rejects(chat.execute(ana, leave), { code: 'conflict' })
  await chat.execute(ana, { type: 'hand_over', roomId: channel.id, toId: bo.user.id })
  await chat.execute(ana, leave)
  const { room: left, events } = await chat.execute(bo, leave)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['member_left', 'room_closed'],
  )
  assert.equal(left.state, 'closed')
})

test('what is broadcast to a named channel is told, and not kept', async () => {
  chat.broadcast(app, { channel: 'a', name: 'n', data: '{}', origin: 'me' })
  assert.deepEqual(heard, [
    {
      event: {
        type: 'broadcast',
        appId: app.id,
        at: now,
        channel: 'a',
        name: 'n',
        data: '{}',
        meta: null,
        origin: 'me',
      },
      room: null,
    },
  ])
})

test('a banned member is out, and stays out until the time is over', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const group = await room({ kind: 'group', open: true, people: [ana, bo] })
  await chat.execute(house, { type: 'appoint', roomId: group.id, userId: ana.user.id, role: 'manager' })
  const ban = { type: 'ban', roomId: group.id, userId: bo.user.id, forMs: 1000, reason: 'spam' } as const
  const { events } = await chat.execute(ana, ban)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['member_left', 'user_banned'],
  )
  const join = { type: 'join', roomId: group.id } as const
  await assert.rejects(chat.execute(bo, join), { code: 'banned' })
  const invite = { type: 'invite', roomId: group.id, userIds: [bo.user.id] } as const
  await assert.rejects(chat.execute(house, invite), { code: 'banned' })
  now += 1000
  assert.equal((await chat.execute(bo, join)).events.length, 1)
})

test('a message that is posted again under its own name is answered again, and told once', async () => {
  const ana = await someone('member')
  const { id: roomId } = await room({ people: [ana] })
  const say = { type: 'post', roomId, draft: { type: 'text', body: 'x', clientKey: 'k' } } as const
  const answers = [await chat.execute(ana, say), await chat.execute(ana, say)]
  assert.deepEqual(
    answers.map(({ events: [event] }) => event?.type === 'message_posted' && event.message.id),
    [1, 1],
  )
  assert.equal(heard.length, 1)
})

test('arrival is told when it moves the mark', async () => {
  const [ana, bo] = [await someone('member'), await someone('member')]
  const { id: roomId } = await room({ people: [ana, bo] })
  await chat.execute(ana, { type: 'post', roomId, draft: { type: 'text', body: 'x' } })
  await chat.execute(bo, { type: 'mark_delivered', roomId, toId: 5 })
  await chat.execute(bo, { type: 'mark_delivered', roomId, toId: 1 })
  assert.deepEqual(
    heard.map(({ event }) => event.type),
    ['message_posted', 'delivered_marked'],
  )
})
