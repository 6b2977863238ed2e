import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../src/core/errors.ts'
import type { AppId } from '../../src/core/model.ts'
import type { Change } from '../../src/core/room.ts'
import { house, nobody, nowhere, post, type Desk } from './desk.ts'

export function appendContract(desk: () => Desk): void {
  test('ids and seqs count up from 1 without gaps, in the order asked', async () => {
    const room = await desk().room(desk().newApp())
    const [first] = await desk().say(room, null, 'one')
    const rest = await desk().say(room, null, 'two', 'three', 'four')
    assert.deepEqual(
      [first, ...rest].map((message) => [message?.id, message?.seq, message?.body]),
      [
        [1, 1, 'one'],
        [2, 2, 'two'],
        [3, 3, 'three'],
        [4, 4, 'four'],
      ],
    )
  })

  test('an append says the room as it is after it', async () => {
    const room = await desk().room(desk().newApp())
    desk().pass(5)
    const { room: after, events } = await desk().step(room, post(null, 'hello'))
    assert.equal(after.lastId, 1)
    assert.equal(after.lastSeq, 1)
    assert.equal(after.updatedAt, desk().now)
    assert.deepEqual(after.lastMessage, { id: 1, type: 'text', preview: 'hello', senderId: null, at: desk().now })
    assert.equal(events[0]?.at, desk().now)
    assert.deepEqual(await desk().store.rooms.byId(room.appId, room.id), after)
  })

  test('several changes are one step', async () => {
    const app = desk().newApp()
    const [customer, agent] = [await desk().user(app, 'customer'), await desk().user(app, 'agent')]
    const room = await desk().room(app, { kind: 'consultation', state: 'closed', ownerId: customer.id })
    const { room: after, events } = await desk().step(
      room,
      { type: 'reopen' },
      post(customer, 'help'),
      { type: 'assign', agentId: agent.id },
      post(agent, 'yes?'),
    )
    assert.deepEqual(
      events.map(({ seq, type }) => [seq, type]),
      [
        [1, 'room_reopened'],
        [2, 'message_posted'],
        [3, 'room_assigned'],
        [4, 'message_posted'],
      ],
    )
    assert.deepEqual([after.lastId, after.lastSeq, after.state, after.assigneeId], [2, 4, 'active', agent.id])
    assert.deepEqual(
      events.map((event) => (event.type === 'message_posted' ? event.message.episodeId : null)),
      [null, 1, null, 1],
    )
  })

  test('a refusal in a step leaves nothing of the step', async () => {
    const room = await desk().room(desk().newApp())
    await desk().say(room, null, 'one')
    const step = desk().step(
      room,
      post(null, 'two'),
      { type: 'freeze', frozen: true },
      { type: 'delete', messageId: 9 },
    )
    await assert.rejects(step, { name: 'ChatError', code: 'not_found' })
    const after = await desk().store.rooms.byId(room.appId, room.id)
    assert.deepEqual([after?.lastId, after?.lastSeq, after?.frozen], [1, 1, false])
    assert.equal((await desk().store.messages.since(room.id, 0, 10))?.length, 1)
    await desk().reopen()
    assert.deepEqual(await desk().store.rooms.byId(room.appId, room.id), after)
  })

  test('neighbours in the same turn are not touched by a refusal', async () => {
    const app = desk().newApp()
    const [room, other] = [await desk().room(app), await desk().room(app)]
    const refuse = (): never => {
      throw new ChatError('frozen', 'no')
    }
    const refused = desk().store.append(app, room.id, refuse, house)
    const asked = [
      desk().step(room, post(null, 'a')),
      refused.durable,
      desk().step(other, post(null, 'b')),
      desk().step(room, { type: 'edit', messageId: 77, body: 'x', detail: null }),
      desk().step(room, post(null, 'c')),
    ]
    const settled = await Promise.allSettled(asked)
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    await assert.rejects(refused.ordered, { code: 'frozen' })
    const page = await desk().store.messages.page(room.id, { audience: 'staff', limit: 9, keep: 'oldest' })
    assert.deepEqual(
      page.map(({ id, body }) => [id, body]),
      [
        [1, 'a'],
        [2, 'c'],
      ],
    )
  })

  test('a decision that breaks, or asks for what can’t be stored, fails alone', async () => {
    const room = await desk().room(desk().newApp())
    const broken = (): never => {
      throw new TypeError('a bug')
    }
    const unstorable = { ...post(null, 'x'), body: { toWellFormed: () => ({ slice: () => 'x' }) } } as unknown as Change
    const unwritable: Change = { type: 'describe', name: null, meta: { big: 1n }, open: null }
    const settled = await Promise.allSettled([
      desk().step(room, post(null, 'a')),
      desk().store.append(room.appId, room.id, broken, house).durable,
      desk().step(room, post(null, 'b'), unstorable),
      desk().step(room, unwritable),
      desk().step(room, post(null, 'c')),
      desk().step(room, { type: 'freeze', frozen: true }),
    ])
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
    )
    for (const one of settled) if (one.status === 'rejected') assert.ok(!(one.reason instanceof ChatError))
    const remembered = await desk().store.rooms.byId(room.appId, room.id)
    assert.deepEqual([remembered?.lastId, remembered?.lastSeq, remembered?.frozen], [2, 3, true])
    await desk().reopen()
    assert.deepEqual(await desk().store.rooms.byId(room.appId, room.id), remembered)
    assert.equal(await desk().store.check(), null)
  })

  test('each decision sees what those before it in the same turn did', async () => {
    const app = desk().newApp()
    const agents = await Promise.all([1, 2, 3].map(() => desk().user(app, 'agent')))
    const room = await desk().room(app, { kind: 'consultation', state: 'waiting' })
    const race = agents.map((agent) =>
      desk().store.append(
        app,
        room.id,
        ({ room: now }) => {
          if (now.state !== 'waiting') throw new ChatError('conflict', 'taken')
          return [{ type: 'assign', agentId: agent.id }]
        },
        house,
      ),
    )
    const settled = await Promise.allSettled(race.map(({ durable }) => durable))
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    )
    assert.equal((await desk().store.rooms.byId(app, room.id))?.assigneeId, agents[0]?.id)
  })

  test('`ordered` settles in the order of seq', async () => {
    const room = await desk().room(desk().newApp())
    const seen: (number | undefined)[] = []
    const durable = Array.from({ length: 20 }, (_, n) => {
      const append = desk().store.append(room.appId, room.id, () => [post(null, `${n}`)], house)
      void append.ordered.then(({ events }) => seen.push(events[0]?.seq))
      return append.durable
    })
    await Promise.all(durable)
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
  })

  test('rooms that take turns in one batch keep their own counts', async () => {
    const app = desk().newApp()
    const rooms = await Promise.all(Array.from({ length: 5 }, () => desk().room(app)))
    const posted = await Promise.all(
      Array.from({ length: 25 }, (_, n) => desk().say(rooms[n % 5] ?? assert.fail(), null, `${n}`)),
    )
    assert.deepEqual(
      posted.flat().map(({ id }) => id),
      Array.from({ length: 25 }, (_, n) => Math.floor(n / 5) + 1),
    )
    for (const room of rooms) assert.equal((await desk().store.rooms.byId(app, room.id))?.lastId, 5)
  })

  test('a missing room and another app’s are both not_found', async () => {
    const room = await desk().room(desk().newApp())
    const append = (app: AppId, id: typeof room.id) =>
      desk().store.append(app, id, () => assert.fail('asked about a room of somebody else'), house).durable
    const answers = await Promise.allSettled([append(desk().newApp(), room.id), append(room.appId, nowhere)])
    const reasons = answers.map((answer) =>
      answer.status === 'rejected' ? (answer.reason as ChatError) : assert.fail(),
    )
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['not_found', 'not_found'],
    )
    assert.equal(reasons[0]?.message, reasons[1]?.message)
  })

  test('a decision to do nothing changes nothing', async () => {
    const room = await desk().room(desk().newApp())
    desk().pass(5)
    assert.deepEqual(await desk().step(room), { room, events: [] })
    assert.deepEqual(await desk().store.rooms.byId(room.appId, room.id), room)
  })

  test('who did it and from where is on the event', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const room = await desk().room(app)
    const by = { actorId: user.id, origin: 'line 1' }
    const { events } = await desk().store.append(app, room.id, () => [{ type: 'freeze', frozen: true }], by).durable
    assert.deepEqual(events, [
      { type: 'room_frozen', appId: app, roomId: room.id, seq: 1, at: desk().now, actorId: user.id, origin: 'line 1' },
    ])
  })

  test('a deleted message keeps its id, loses its words, and can’t be changed again', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const room = await desk().room(app)
    await desk().step(room, post(user, 'secret', { detail: 'more', meta: { a: 1 } }))
    desk().pass(5)
    await desk().step(room, { type: 'delete', messageId: 1 })
    const message = await desk().store.messages.byId(room.id, 1)
    assert.deepEqual(
      [message?.id, message?.body, message?.detail, message?.meta, message?.deletedAt],
      [1, '', '', null, desk().now],
    )
    assert.equal((await desk().store.rooms.byId(app, room.id))?.lastMessage?.preview, '')
    await assert.rejects(desk().step(room, { type: 'delete', messageId: 1 }), { code: 'not_found' })
    await assert.rejects(desk().step(room, { type: 'edit', messageId: 1, body: 'x', detail: null }), {
      code: 'not_found',
    })
    for (const messageId of [0, -1, 2, 1.5, NaN, 2 ** 32, 2 ** 53, Infinity]) {
      await assert.rejects(desk().step(room, { type: 'delete', messageId }), { code: 'not_found' }, `${messageId}`)
    }
    assert.equal((await desk().say(room, user, 'next'))[0]?.id, 2)
  })

  test('an edit changes the words and nothing else', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const room = await desk().room(app)
    await desk().step(room, post(user, 'before', { detail: 'detail', meta: { a: 1 } }))
    const before = await desk().store.messages.byId(room.id, 1)
    desk().pass(5)
    const { room: after } = await desk().step(room, { type: 'edit', messageId: 1, body: 'after', detail: null })
    assert.deepEqual(await desk().store.messages.byId(room.id, 1), { ...before, body: 'after', updatedAt: desk().now })
    assert.equal(after.lastMessage?.preview, 'after')
    await desk().step(room, { type: 'edit', messageId: 1, body: 'again', detail: 'other' })
    assert.equal((await desk().store.messages.byId(room.id, 1))?.detail, 'other')
  })

  test('read marks go forward only, and not beyond the newest message', async () => {
    const app = desk().newApp()
    const [ana, bo] = [await desk().user(app), await desk().user(app)]
    const room = await desk().room(app, { members: [{ userId: ana.id, role: 'member' }] })
    const mark = (toId: number, user = ana) => desk().store.mark(app, room.id, user.id, 'read', toId)
    assert.equal(await mark(5), null, 'nothing to read')
    await desk().say(room, null, 'a', 'b', 'c')
    const marked = await mark(2)
    assert.deepEqual([marked?.fromId, marked?.toId, marked?.room.lastId], [1, 2, 3])
    for (const toId of [2, 1, 0, -1, NaN, 2.5]) assert.equal(await mark(toId), null, `${toId}`)
    const further = await mark(1_000_000)
    assert.deepEqual([further?.fromId, further?.toId], [3, 3])
    assert.equal(await mark(3, bo), null, 'not a member')
    assert.equal(await desk().store.mark(desk().newApp(), room.id, ana.id, 'read', 3), null, 'another app')
    assert.equal(await desk().store.mark(app, nowhere, nobody, 'read', 3), null)
    await desk().reopen()
    assert.equal((await desk().store.rooms.withMembers(app, room.id))?.members.get(ana.id)?.readId, 3)
  })

  test('a look at what was read already is remembered, and moves nothing', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const room = await desk().room(app, { members: [{ userId: user.id, role: 'member' }] })
    const member = async () => (await desk().store.rooms.withMembers(app, room.id))?.members.get(user.id)
    assert.equal((await member())?.readAt, null)
    await desk().say(room, null, 'a')
    await desk().store.mark(app, room.id, user.id, 'read', 1)
    desk().pass(7)
    assert.equal(await desk().store.mark(app, room.id, user.id, 'read', 0), null)
    const expected = { readId: 1, readAt: desk().now }
    assert.partialDeepStrictEqual(await member(), expected)
    await desk().reopen()
    assert.partialDeepStrictEqual(await member(), expected)
  })

  test('what was accepted before close is there after it', async () => {
    const room = await desk().room(desk().newApp())
    const saying = desk().say(room, null, 'last words')
    await desk().reopen()
    await saying
    assert.equal((await desk().store.messages.byId(room.id, 1))?.body, 'last words')
  })
}
