import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatError } from '../../src/core/errors.ts'
import type { AppId, Room } from '../../src/core/model.ts'
import type { RoomQuery } from '../../src/core/ports.ts'
import { nobody, nowhere, post, type Desk } from './desk.ts'

export function roomContract(desk: () => Desk): void {
  const keys = async (appId: AppId, query: Partial<RoomQuery>): Promise<string[]> => {
    const { rooms, total } = await desk().store.rooms.find({ appId, limit: 100, ...query })
    if (query.limit === undefined && query.offset === undefined) assert.equal(total, rooms.length)
    return rooms.map(({ key }) => key)
  }

  test('ensure makes one room of a key, however many ask at once', async () => {
    const app = desk().newApp()
    const owner = await desk().user(app)
    const members = [{ userId: owner.id, role: 'manager' } as const, { userId: owner.id, role: 'member' } as const]
    const draft = desk().roomDraft(app, {
      key: 'k',
      kind: 'group',
      name: 'Group',
      ownerId: owner.id,
      members,
      meta: { a: 1 },
    })
    const made = await Promise.all(Array.from({ length: 10 }, () => desk().store.rooms.ensure(draft)))
    assert.equal(made.filter(({ created }) => created).length, 1)
    assert.equal(new Set(made.map(({ room }) => room.id)).size, 1)
    const room = made[0]?.room ?? assert.fail()
    assert.partialDeepStrictEqual(room, {
      appId: app,
      key: 'k',
      kind: 'group',
      name: 'Group',
      state: 'active',
      frozen: false,
      ownerId: owner.id,
      assigneeId: null,
      lastAssigneeId: null,
      episode: null,
      episodes: 0,
      lastId: 0,
      lastSeq: 0,
      lastMessage: null,
      closedAt: null,
      meta: { a: 1 },
      createdAt: desk().now,
      updatedAt: desk().now,
    })
    const again = await desk().store.rooms.ensure({ ...draft, name: 'Other', members: [] })
    assert.deepEqual(again, { room, created: false })
    const roomful = await desk().store.rooms.withMembers(app, room.id)
    const joined = [...(roomful?.members.values() ?? [])]
    assert.equal(joined.length, 1)
    assert.partialDeepStrictEqual(joined[0], { userId: owner.id, role: 'manager', readId: 0, joinedAt: desk().now })
    assert.deepEqual(await desk().store.messages.since(room.id, 0, 10), [], 'creating writes no event')
  })

  test('the same key in another app is another room, and neither app sees the other’s', async () => {
    const [app, other] = [desk().newApp(), desk().newApp()]
    const [room, alien] = [await desk().room(app, { key: 'k' }), await desk().room(other, { key: 'k' })]
    assert.notEqual(room.id, alien.id)
    const { rooms } = desk().store
    assert.equal((await rooms.byKey(app, 'k'))?.id, room.id)
    assert.equal(await rooms.byKey(app, 'K'), null)
    assert.equal(await rooms.byId(app, alien.id), null)
    assert.equal(await rooms.withMembers(app, alien.id), null)
    assert.equal(await rooms.byId(app, nowhere), null)
    assert.equal(await rooms.withMembers(app, nowhere), null)
    assert.deepEqual(await keys(app, {}), ['k'])
    for (const key of ['__proto__', 'constructor', '', '😀', "'"]) {
      assert.equal(await rooms.byKey(app, key), null)
      assert.equal((await desk().room(app, { key })).key, key)
    }
  })

  test('the channels of a community are found by it, and one’s own among them', async () => {
    const app = desk().newApp()
    const [ana, bo] = [await desk().user(app), await desk().user(app)]
    const community = await desk().room(app, { kind: 'community' })
    const parentId = community.id
    const members = [{ userId: ana.id, role: 'member' } as const]
    await desk().room(app, { key: 'elsewhere', members })
    const open = await desk().room(app, { key: 'open', parentId, open: true })
    await desk().room(app, { key: 'private', parentId, members })
    assert.deepEqual([community.parentId, community.open, open.parentId, open.open], [null, false, parentId, true])
    assert.deepEqual((await keys(app, { parentId })).sort(), ['open', 'private'])
    assert.deepEqual(await keys(app, { parentId, memberId: ana.id }), ['private'])
    assert.deepEqual(await keys(app, { parentId, memberId: bo.id }), [])
    assert.deepEqual(await keys(desk().newApp(), { parentId }), [])
    await desk().step(open, { type: 'describe', name: null, meta: null, open: false })
    await desk().step(open, { type: 'hand_over', toId: bo.id })
    const reopened = await (await desk().reopen()).rooms.byId(app, open.id)
    assert.deepEqual([reopened?.parentId, reopened?.open, reopened?.ownerId], [parentId, false, bo.id])
  })

  test('a room that was ensured can be written to in the same turn', async () => {
    const app = desk().newApp()
    const draft = desk().roomDraft(app)
    const { room } = await desk().store.rooms.ensure(draft)
    const [, , { room: known, created }] = await Promise.all([
      desk().say(room, null, 'a'),
      desk().say(room, null, 'b'),
      desk().store.rooms.ensure({ ...draft, key: `${draft.key}2` }),
    ])
    assert.ok(created)
    const both = await Promise.all([desk().say(known, null, 'c'), desk().say(room, null, 'd')])
    assert.deepEqual(
      both.flat().map(({ id }) => id),
      [1, 3],
    )
  })

  test('everything optional narrows', async () => {
    const app = desk().newApp()
    const [ana, bo, agent, second] = await Promise.all([
      desk().user(app),
      desk().user(app),
      desk().user(app, 'agent'),
      desk().user(app, 'agent'),
    ])
    const consultation = { kind: 'consultation', state: 'waiting' } as const
    const one = await desk().room(app, { ...consultation, key: 'one', name: 'Alpha_1', ownerId: ana.id })
    const two = await desk().room(app, {
      ...consultation,
      key: 'two',
      name: 'Beta',
      ownerId: bo.id,
      members: [{ userId: ana.id, role: 'member' }],
    })
    const three = await desk().room(app, { ...consultation, key: 'three', name: 'alphaX1', ownerId: ana.id })
    await desk().room(app, { key: 'four', kind: 'channel', name: 'Gamma' })
    desk().pass(10)
    await desk().step(one, { type: 'assign', agentId: agent.id })
    desk().pass(10)
    await desk().step(three, { type: 'assign', agentId: agent.id }, { type: 'close' })
    desk().pass(10)
    await desk().step(two, { type: 'assign', agentId: second.id }, post(bo, 'a needle here'))

    assert.deepEqual(await keys(app, {}), ['two', 'three', 'one', 'four'], 'newest change first')
    assert.deepEqual(await keys(app, { kind: 'consultation' }), ['two', 'three', 'one'])
    assert.deepEqual(await keys(app, { kind: 'consultation', states: ['active'] }), ['two', 'one'])
    assert.deepEqual(await keys(app, { kind: 'consultation', states: ['active', 'closed'] }), ['two', 'three', 'one'])
    assert.deepEqual(await keys(app, { states: [] }), [])
    assert.deepEqual(await keys(app, { assigneeId: agent.id }), ['one'])
    assert.deepEqual(await keys(app, { heldById: agent.id }), ['three', 'one'])
    assert.deepEqual(await keys(app, { ownerId: ana.id }), ['three', 'one'])
    assert.deepEqual(await keys(app, { memberId: ana.id }), ['two'])
    assert.deepEqual(await keys(app, { memberId: agent.id }), ['one'], 'the close took the agent out')
    assert.deepEqual(await keys(app, { nameLike: 'alpha' }), ['three', 'one'])
    assert.deepEqual(await keys(app, { nameLike: 'a_1' }), ['one'], 'wildcards are taken literally')
    assert.deepEqual(await keys(app, { textLike: 'needle' }), ['two'])
    assert.deepEqual(await keys(app, { textLike: 'needles' }), [])
    const closedAt = (await desk().store.rooms.byId(app, three.id))?.closedAt ?? assert.fail()
    assert.deepEqual(await keys(app, { closedFrom: closedAt, closedTo: closedAt }), ['three'])
    assert.deepEqual(await keys(app, { closedFrom: closedAt + 1 }), [])
    assert.deepEqual(await keys(app, { kind: 'consultation', ownerId: ana.id, states: ['closed'], nameLike: 'X' }), [
      'three',
    ])
    assert.deepEqual(await keys(app, { assigneeId: nobody }), [])
  })

  test('find counts all and gives a page', async () => {
    const app = desk().newApp()
    for (const key of ['a', 'b', 'c', 'd']) {
      desk().pass(1)
      await desk().room(app, { key })
    }
    const page = await desk().store.rooms.find({ appId: app, limit: 2, offset: 1 })
    assert.deepEqual([page.rooms.map(({ key }) => key), page.total], [['c', 'b'], 4])
    const beyond = await desk().store.rooms.find({ appId: app, limit: 2, offset: 9 })
    assert.deepEqual([beyond.rooms, beyond.total], [[], 4])
    for (const limit of [0, -1, NaN]) assert.deepEqual((await desk().store.rooms.find({ appId: app, limit })).rooms, [])
  })

  test('waiting rooms come in the order they began to wait', async () => {
    const app = desk().newApp()
    const wait = async (key: string) => {
      desk().pass(10)
      const room = await desk().room(app, { key, kind: 'consultation', state: 'closed' })
      await desk().step(room, { type: 'reopen' }, post(null, 'help'))
      return room
    }
    const first = await wait('first')
    await wait('second')
    desk().pass(10)
    await desk().step(first, post(null, 'still here'))
    assert.deepEqual(await keys(app, { states: ['waiting'], order: 'waiting' }), ['first', 'second'])
    assert.deepEqual(await keys(app, { states: ['waiting'] }), ['first', 'second'])
  })

  test('pinned rooms come first, the last pinned on top', async () => {
    const app = desk().newApp()
    const rooms = new Map<string, Room>()
    for (const key of ['a', 'b', 'c', 'd']) {
      desk().pass(1)
      rooms.set(key, await desk().room(app, { key }))
    }
    const pin = async (key: string, pinned: boolean) => {
      desk().pass(1)
      await desk().step(rooms.get(key) ?? assert.fail(), { type: 'pin', pinned })
    }
    await pin('c', true)
    await pin('a', true)
    await pin('d', true)
    await pin('d', false)
    assert.deepEqual(await keys(app, { order: 'pinned' }), ['a', 'c', 'd', 'b'])
  })

  test('a removed room is gone with all that was in it, and its number is not given again', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const draft = desk().roomDraft(app, { members: [{ userId: user.id, role: 'member' }] })
    const { store } = desk()
    const { room } = await store.rooms.ensure(draft)
    assert.equal(await store.rooms.remove(desk().newApp(), room.id), false)
    // In the turn in which it was written to and is written to again.
    const settled = await Promise.allSettled([
      desk().step(room, post(user, 'a'), { type: 'freeze', frozen: true }),
      store.errands.add({ appId: app, kind: `k${room.id}`, roomId: room.id, body: {}, dueAt: 0 }),
      store.rooms.remove(app, room.id),
      desk().step(room, post(user, 'b')),
      store.rooms.remove(app, room.id),
    ])
    assert.deepEqual(
      settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as ChatError).code)).slice(2),
      [true, 'not_found', false],
    )
    await desk().reopen()
    assert.equal(await desk().store.rooms.byId(app, room.id), null)
    const page = await desk().store.messages.page(room.id, {
      audience: 'staff',
      limit: 9,
      keep: 'oldest',
      deleted: true,
    })
    assert.deepEqual(page, [])
    assert.deepEqual(await desk().store.errands.due(`k${room.id}`, desk().now, 9), [])
    assert.equal(await desk().store.messages.since(room.id, 0, 9), null)
    assert.deepEqual(await keys(app, { memberId: user.id }), [])
    const { room: next, created } = await desk().store.rooms.ensure(draft)
    assert.ok(created)
    assert.notEqual(next.id, room.id)
    assert.deepEqual([next.lastId, next.frozen], [0, false])
  })

  test('a cleared room keeps its counts, and says that there is a gap', async () => {
    const app = desk().newApp()
    const room = await desk().room(app)
    await desk().step(room, post(null, 'a'), { type: 'freeze', frozen: true }, post(null, 'b'), {
      type: 'freeze',
      frozen: false,
    })
    assert.equal(await desk().store.rooms.clear(app, room.id, desk().now), false, 'an open room is left alone')
    await desk().step(room, { type: 'close' })
    assert.equal(await desk().store.rooms.clear(app, room.id, desk().now - 1), false, 'closed too lately')
    assert.equal(await desk().store.rooms.clear(desk().newApp(), room.id, desk().now), false)
    assert.equal(await desk().store.rooms.clear(app, room.id, desk().now), true)
    assert.partialDeepStrictEqual(await desk().store.rooms.byId(app, room.id), {
      lastId: 2,
      lastSeq: 5,
      lastMessage: null,
    })
    const since = async (seq: number) =>
      (await desk().store.messages.since(room.id, seq, 9))?.map((event) => event.seq) ?? null
    assert.deepEqual([await since(0), await since(4), await since(5)], [null, null, []])
    const [message] = await desk().say(room, null, 'c')
    assert.partialDeepStrictEqual(message, { id: 3, seq: 6 })
    assert.deepEqual([await since(4), await since(5), await since(6)], [null, [6], []])
    await desk().step(room, { type: 'freeze', frozen: true })
    assert.deepEqual([await since(4), await since(5), await since(6)], [null, [6, 7], [7]])
    const before = await desk().store.rooms.byId(app, room.id)
    await desk().reopen()
    assert.deepEqual(await desk().store.rooms.byId(app, room.id), before)
  })

  test('counts are of one kind in one app', async () => {
    const app = desk().newApp()
    const agent = await desk().user(app, 'agent')
    const room = () => desk().room(app, { kind: 'consultation', state: 'waiting' })
    const [held, closed] = [await room(), await room()]
    await room()
    await desk().room(app)
    await desk().step(held, { type: 'assign', agentId: agent.id })
    await desk().step(closed, { type: 'assign', agentId: agent.id }, { type: 'close' })
    const byState = { waiting: 1, active: 1, closed: 1, discontinued: 0 }
    assert.deepEqual(await desk().store.rooms.counts(app, 'consultation', agent.id), { byState, held: 1 })
    assert.deepEqual(await desk().store.rooms.counts(app, 'consultation', null), { byState, held: 0 })
    const none = { waiting: 0, active: 0, closed: 0, discontinued: 0 }
    assert.deepEqual(await desk().store.rooms.counts(desk().newApp(), 'consultation', agent.id), {
      byState: none,
      held: 0,
    })
  })

  test('unread counts what others said and one may see, at most 1,000', async () => {
    const app = desk().newApp()
    const [ana, bo] = [await desk().user(app), await desk().user(app, 'agent')]
    const room = await desk().room(app, { members: [ana, bo].map(({ id, role }) => ({ userId: id, role })) })
    await desk().say(room, bo, 'a', 'b')
    await desk().say(room, ana, 'mine')
    await desk().say(room, null, 'the house’s')
    await desk().step(room, post(bo, 'note', { audience: 'staff' }))
    await desk().step(room, post(bo, 'gone'))
    await desk().step(room, { type: 'delete', messageId: 6 })
    const unread = (user = ana, audience: 'all' | 'staff' = 'all') =>
      desk().store.rooms.unread(room.id, user.id, audience)
    assert.equal(await unread(), 2)
    assert.equal(await unread(ana, 'staff'), 3)
    assert.equal(await unread(bo), 1)
    await desk().store.mark(app, room.id, ana.id, 'read', 1)
    assert.equal(await unread(), 1)
    await desk().store.mark(app, room.id, ana.id, 'read', 6)
    assert.equal(await unread(), 0)
    await desk().say(room, bo, ...Array.from({ length: 1005 }, (_, n) => `${n}`))
    assert.equal(await unread(), 1000)
    assert.equal(await desk().store.rooms.unread((room.id + 2 ** 32) as typeof room.id, ana.id, 'all'), 0)
    assert.equal(await desk().store.rooms.unread(nowhere, ana.id, 'all'), 0)
  })

  test('rooms, members and marks are there after opening again', async () => {
    const app = desk().newApp()
    const user = await desk().user(app)
    const room = await desk().room(app, { meta: { a: [1, { b: null }] } })
    await desk().step(room, { type: 'join', userId: user.id, role: 'manager' }, post(null, 'a'))
    await desk().store.mark(app, room.id, user.id, 'read', 1)
    const before = structuredClone(await desk().store.rooms.withMembers(app, room.id))
    assert.equal(before?.members.get(user.id)?.readId, 1)
    await desk().reopen()
    assert.deepEqual(await desk().store.rooms.withMembers(app, room.id), before)
    assert.equal((await desk().room(app, { key: room.key })).id, room.id)
  })
}
