import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ChatScene } from '../../test/support/chat-scene.ts'
import type { Command } from './command.ts'
import type { Room, RoomId, User, UserId } from './model.ts'
import type { Session } from './session.ts'

let scene: ChatScene

beforeEach(() => {
  scene = new ChatScene()
})

afterEach(() => scene.store.close())

const consultation = (customer: Session, state: Room['state'] = 'closed'): Promise<Room> =>
  scene.room({ kind: 'consultation', state, ownerId: customer.user?.id ?? null, people: [customer] })

test('what is posted is stored, answered, and told to everyone once, the sender included', async () => {
  const ana = await scene.someone('member')
  const channel = await scene.room({ people: [ana] })
  const outcome = await scene.say(ana, channel, 'hello', { meta: { a: 1 } })
  const [event] = outcome.events
  assert.partialDeepStrictEqual(event, {
    type: 'message_posted',
    seq: 1,
    actorId: ana.user.id,
    origin: ana.origin,
    at: scene.now,
  })
  assert.deepEqual(scene.heard, [{ event, room: outcome.room }])
  const sender = { id: ana.user.id, name: ana.user.name, role: 'member' }
  assert.partialDeepStrictEqual(await scene.store.messages.byId(channel.id, 1), {
    body: 'hello',
    sender,
    meta: { a: 1 },
  })
})

test('events are told in the order of seq, before they are answered', async () => {
  const ana = await scene.someone('member')
  const channel = await scene.room({ people: [ana] })
  const heardAtAnswer: number[] = []
  const posts = Array.from({ length: 10 }, async (_, n) => {
    await scene.say(ana, channel, `${n}`)
    heardAtAnswer.push(scene.heard.length)
  })
  await Promise.all(posts)
  assert.deepEqual(
    scene.heard.map(({ event }) => 'seq' in event && event.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  heardAtAnswer.forEach((count, n) => assert.ok(count > n))
})

test('a customer who writes in a closed consultation opens it again', async () => {
  const customer = await scene.someone('customer')
  const closed = await consultation(customer)
  const first = await scene.say(customer, closed, 'help')
  assert.deepEqual(scene.told(), ['room_reopened', 'message_posted'])
  assert.partialDeepStrictEqual(first.room, { state: 'waiting', episodes: 1, lastId: 1, lastSeq: 2 })
  assert.equal(first.room.episode?.firstId, 1)
  const second = await scene.say(customer, closed, 'anybody?')
  assert.deepEqual(
    second.events.map(({ type }) => type),
    ['message_posted'],
  )
  assert.equal((await scene.store.messages.byId(closed.id, 2))?.episodeId, 1)
})

test('a farewell is written before the close, in one step with it', async () => {
  const [customer, agent] = [await scene.someone('customer'), await scene.someone('agent')]
  const { id: roomId } = await consultation(customer, 'waiting')
  await scene.chat.execute(agent, { type: 'assign', roomId, agentId: agent.user.id })
  const { events, room: after } = await scene.chat.execute(agent, { type: 'close', roomId, farewell: 'Good-bye' })
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
    closedAt: scene.now,
  })
  await assert.rejects(scene.chat.execute(agent, { type: 'close', roomId, farewell: 'Again' }), { code: 'conflict' })
  assert.equal((await scene.store.rooms.byId(scene.app.id, roomId))?.lastId, 1)
  const silent = await scene.chat.execute(scene.house, { type: 'close', roomId, farewell: 'From the house' })
  assert.deepEqual(silent.events, [], 'the house finds it closed already')
})

test('of two agents who take a room at once one has it, and the other hears conflict', async () => {
  const [customer, first, second] = [
    await scene.someone('customer'),
    await scene.someone('agent'),
    await scene.someone('agent'),
  ]
  const { id: roomId } = await consultation(customer, 'waiting')
  const take = (session: Session & { user: User }) =>
    scene.chat.execute(session, { type: 'assign', roomId, agentId: session.user.id })
  const [one, two] = await Promise.allSettled([take(first), take(second)])
  assert.equal(one.status, 'fulfilled')
  assert.equal(two.status === 'rejected' && two.reason.code, 'conflict')
  await assert.rejects(take(first), { code: 'conflict' })
  assert.equal((await scene.store.rooms.byId(scene.app.id, roomId))?.assigneeId, first.user.id)
  assert.deepEqual(scene.told(), ['room_assigned'])
})

test('a room is handed to another agent, and to nobody else', async () => {
  const [customer, first, second, manager] = await Promise.all([
    scene.someone('customer'),
    scene.someone('agent'),
    scene.someone('agent'),
    scene.someone('manager'),
  ])
  const { id: roomId } = await consultation(customer, 'waiting')
  const hand = (by: Session, to: Session) =>
    scene.chat.execute(by, { type: 'assign', roomId, agentId: to.user?.id ?? (0 as UserId) })
  await hand(first, first)
  await assert.rejects(hand(first, customer), { code: 'not_found', message: 'there is no such agent' })
  await assert.rejects(hand(first, await scene.someone('agent', scene.other)), {
    code: 'not_found',
    message: 'there is no such agent',
  })
  await assert.rejects(hand(second, second), { code: 'conflict' })
  await assert.rejects(hand(second, manager), { code: 'forbidden' })
  await scene.chat.execute(first, { type: 'mark_read', roomId, fromId: 1, toId: 1 })
  await assert.rejects(hand(manager, first), { code: 'conflict' })
  assert.deepEqual((await hand(scene.house, first)).events, [], 'the house finds it so already')
  const { room: handed } = await hand(first, second)
  assert.equal(handed.assigneeId, second.user.id)
  const members = (await scene.store.rooms.withMembers(scene.app.id, roomId))?.members
  assert.deepEqual([...(members?.keys() ?? [])], [customer.user.id, second.user.id])
  await scene.say(second, handed, 'hello')
  await assert.rejects(scene.say(first, handed, 'me too'), { code: 'forbidden' })
  const { room: released } = await scene.chat.execute(second, { type: 'release', roomId })
  assert.partialDeepStrictEqual(released, { state: 'waiting', assigneeId: null, lastAssigneeId: second.user.id })
  assert.deepEqual((await scene.chat.execute(scene.house, { type: 'release', roomId })).events, [])
})

test('a message may be deleted until everyone has read it, where that is asked', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const channel = await scene.room({ people: [ana, bo] })
  const { id: roomId } = channel
  const remove = (messageId: number, unreadOnly = true) =>
    scene.chat.execute(ana, { type: 'delete', roomId, messageId, unreadOnly })
  await scene.say(ana, channel, 'a')
  await scene.say(ana, channel, 'b')
  await scene.chat.execute(bo, { type: 'mark_read', roomId, fromId: 1, toId: 1 })
  await assert.rejects(remove(1), { code: 'conflict' })
  await remove(2)
  await assert.rejects(remove(2), { code: 'not_found' })
  await remove(1, false)
  await assert.rejects(remove(3), { code: 'not_found' })
  await assert.rejects(scene.chat.execute(ana, { type: 'edit', roomId, messageId: 1, body: 'x' }), {
    code: 'not_found',
  })
  assert.deepEqual(await scene.chat.history(ana, roomId, { audience: 'all', limit: 9, keep: 'oldest' }), [])
})

test('who deletes twice at once does it once', async () => {
  const ana = await scene.someone('member')
  const channel = await scene.room({ people: [ana] })
  await scene.say(ana, channel, 'a')
  const remove = () => scene.chat.execute(ana, { type: 'delete', roomId: channel.id, messageId: 1, unreadOnly: false })
  const settled = await Promise.allSettled([remove(), remove()])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(scene.told(), ['message_posted', 'message_deleted'])
})

test('staff notes are hidden from customers, whatever they ask for', async () => {
  const [customer, agent] = [await scene.someone('customer'), await scene.someone('agent')]
  const held = await consultation(customer, 'waiting')
  await scene.chat.execute(agent, { type: 'assign', roomId: held.id, agentId: agent.user.id })
  await scene.say(customer, held, 'help')
  await scene.say(agent, held, 'difficult customer', { audience: 'staff' })
  await assert.rejects(scene.say(customer, held, 'psst', { audience: 'staff' }), { code: 'forbidden' })
  const history = async (session: Session) => {
    const messages = await scene.chat.history(session, held.id, {
      audience: 'staff',
      limit: 9,
      keep: 'newest',
      deleted: true,
    })
    return messages.map(({ body }) => body)
  }
  assert.deepEqual(await history(customer), ['help'])
  assert.deepEqual(await history(agent), ['help', 'difficult customer'])
  const { room: seen } = await scene.chat.look(customer, held.id)
  assert.ok(!JSON.stringify(seen).includes('difficult'))
})

test('blocked users read and write nothing', async () => {
  const ana = await scene.someone('member')
  const channel = await scene.room({ people: [ana] })
  await scene.say(ana, channel, 'before')
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
  for (const command of banned) await assert.rejects(scene.chat.execute(ana, command), { code: 'banned' }, command.type)
  assert.equal((await scene.chat.history(ana, roomId, { audience: 'all', limit: 9, keep: 'oldest' })).length, 1)
  await scene.chat.execute(ana, { type: 'leave', roomId })
  assert.deepEqual(scene.told(), ['message_posted', 'member_left', 'room_closed'])
})

test('in a frozen room only managers write', async () => {
  const [ana, manager] = [await scene.someone('member'), await scene.someone('manager')]
  const channel = await scene.room({ people: [ana, manager] })
  const freeze = (frozen: boolean) => scene.chat.execute(manager, { type: 'freeze', roomId: channel.id, frozen })
  await freeze(true)
  assert.deepEqual((await freeze(true)).events, [])
  await assert.rejects(scene.say(ana, channel, 'x'), { code: 'frozen' })
  await scene.say(manager, channel, 'quiet, please')
  await freeze(false)
  await scene.say(ana, channel, 'x')
  assert.deepEqual(scene.told(), ['room_frozen', 'message_posted', 'room_unfrozen', 'message_posted'])
})

test('what is too much is refused before anything happens', async () => {
  const manager = await scene.someone('manager')
  const channel = await scene.room({ people: [manager], ownerId: manager.user.id })
  const roomId = channel.id
  await scene.say(manager, channel, 'x'.repeat(100), { detail: 'x'.repeat(50), meta: { a: 'x'.repeat(40) } })
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
    scene.now += 1000
    await assert.rejects(scene.chat.execute(manager, command), { code: 'too_large' }, JSON.stringify(command))
  }
  assert.deepEqual(scene.told(), ['message_posted'])
})

test('who is too quick waits; others don’t, nor does the house', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const channel = await scene.room({ people: [ana, bo] })
  const settled = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => scene.say(ana, channel, `${n}`)))
  const refused = settled.filter((one) => one.status === 'rejected' && one.reason.code === 'rate_limited')
  assert.equal(refused.length, 5)
  await scene.say(bo, channel, 'hello')
  for (let n = 0; n < 30; n++)
    await scene.chat.execute(scene.house, {
      type: 'announce',
      roomId: channel.id,
      draft: { type: 'system', body: 'x' },
    })
  await assert.rejects(scene.say(ana, channel, 'x'), { code: 'rate_limited' })
  scene.now += 100
  await scene.say(ana, channel, 'x')
  await assert.rejects(scene.say(ana, channel, 'y'), { code: 'rate_limited' })
})

test('a missing room and somebody else’s are answered alike', async () => {
  const [ana, alien, alienManager] = [
    await scene.someone('member'),
    await scene.someone('member', scene.other),
    await scene.someone('manager', scene.other),
  ]
  const channel = await scene.room({ people: [ana] })
  const outsider = await scene.someone('member')
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
      scene.now += 1000
      await assert.rejects(
        scene.chat.execute(session, command),
        ({ code, message }) => answers.add(`${code} ${message}`) !== null,
      )
    }
    await assert.rejects(scene.chat.look(session, channel.id), { code: 'not_found' })
    await assert.rejects(scene.chat.history(session, channel.id, { audience: 'all', limit: 9, keep: 'oldest' }), {
      code: 'not_found',
    })
  }
  assert.equal(answers.size, 1)
  assert.deepEqual(scene.heard, [])
})

test('reading is told when it moves the mark, with the range it covers', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const channel = await scene.room({ people: [ana, bo] })
  for (const body of ['a', 'b', 'c']) await scene.say(ana, channel, body)
  scene.heard.length = 0
  const read = (fromId: number, toId: number) =>
    scene.chat.execute(bo, { type: 'mark_read', roomId: channel.id, fromId, toId })
  await read(1, 2)
  await read(1, 2)
  await read(NaN, 99)
  const covered = scene.heard.map(({ event }) =>
    event.type === 'read_marked' ? [event.userId, event.fromId, event.toId] : assert.fail(),
  )
  assert.deepEqual(covered, [
    [bo.user.id, 1, 2],
    [bo.user.id, 1, 3],
  ])
})

test('typing and notices are told and not kept', async () => {
  const ana = await scene.someone('member')
  const channel = await scene.room({ people: [ana], ownerId: ana.user.id })
  await scene.chat.execute(ana, { type: 'typing', roomId: channel.id })
  await scene.chat.execute(ana, { type: 'notify', roomId: channel.id, name: 'greeting', text: 'hello' })
  assert.deepEqual(scene.told(), ['typing', 'notice'])
  assert.equal((await scene.store.rooms.byId(scene.app.id, channel.id))?.lastSeq, 0)
})

test('a removed room is told, and is gone', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const channel = await scene.room({ people: [ana, bo], ownerId: ana.user.id })
  const remove = (session: Session) => scene.chat.execute(session, { type: 'remove', roomId: channel.id })
  await assert.rejects(remove(bo), { code: 'forbidden' })
  const settled = await Promise.allSettled([remove(ana), remove(ana)])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(scene.told(), ['room_removed'])
  await assert.rejects(scene.chat.look(ana, channel.id), { code: 'not_found' })
})

test('joining and leaving happen once', async () => {
  const [ana, manager] = [await scene.someone('member'), await scene.someone('manager')]
  const channel = await scene.room({ people: [ana] })
  const { id: roomId } = channel
  await scene.chat.execute(manager, { type: 'join', roomId })
  await scene.chat.execute(manager, { type: 'join', roomId })
  await scene.chat.execute(manager, { type: 'leave', roomId })
  await assert.rejects(scene.chat.execute(manager, { type: 'leave', roomId }), { code: 'conflict' })
  assert.deepEqual(scene.told(), ['member_joined', 'member_left'])
})
