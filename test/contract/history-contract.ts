import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Meta, Room, RoomId } from '../../src/core/model.ts'
import type { MessageQuery } from '../../src/core/ports.ts'
import { nowhere, post, type Desk } from './desk.ts'

const whole = { audience: 'staff', limit: 100, keep: 'oldest' } as const

export function historyContract(desk: () => Desk): void {
  const ids = async (room: Room, query: Partial<MessageQuery>): Promise<number[]> =>
    (await desk().store.messages.page(room.id, { ...whole, ...query })).map(({ id }) => id)

  test('a page is ascending, and the limit keeps the end that was asked for', async () => {
    const room = await desk().room(desk().newApp())
    await desk().say(room, null, 'a', 'b', 'c', 'd', 'e')
    assert.deepEqual(await ids(room, { limit: 2, keep: 'newest' }), [4, 5])
    assert.deepEqual(await ids(room, { limit: 2, keep: 'oldest' }), [1, 2])
    assert.deepEqual(await ids(room, { before: 4, limit: 2, keep: 'newest' }), [2, 3])
    assert.deepEqual(await ids(room, { after: 2, limit: 2, keep: 'oldest' }), [3, 4])
    assert.deepEqual(await ids(room, { after: 1, before: 5 }), [2, 3, 4])
    assert.deepEqual(await ids(room, { before: 1 }), [])
    assert.deepEqual(await ids(room, { after: 5 }), [])
  })

  test('numbers that no message has bound nothing, and reach into no other room', async () => {
    const app = desk().newApp()
    const [first, room, last] = [await desk().room(app), await desk().room(app), await desk().room(app)]
    for (const one of [first, room, last]) await desk().say(one, null, 'a', 'b')
    for (const far of [3, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33, 2 ** 53, Infinity]) {
      assert.deepEqual(await ids(room, { before: far }), [1, 2], `before ${far}`)
      assert.deepEqual(await ids(room, { after: far }), [], `after ${far}`)
    }
    for (const low of [0, -1, -(2 ** 32), -Infinity, NaN]) {
      assert.deepEqual(await ids(room, { after: low }), [1, 2], `after ${low}`)
      assert.deepEqual(await ids(room, { before: low }), [], `before ${low}`)
    }
    for (const limit of [0, -1, NaN, -Infinity]) assert.deepEqual(await ids(room, { limit }), [], `limit ${limit}`)
    for (const id of [0, 3, -1, 1.5, NaN, 2 ** 32 + 1, 2 ** 53]) {
      assert.equal(await desk().store.messages.byId(room.id, id), null, `${id}`)
    }
    // Numbers of rooms that don't exist, and that would be this one's if some of their bits were lost.
    for (const alias of [room.id + 2 ** 32, room.id + 2 ** 31, room.id + 0.5, 0 - room.id, NaN] as RoomId[]) {
      assert.deepEqual(await desk().store.messages.page(alias, whole), [], `${alias}`)
      assert.equal(await desk().store.messages.byId(alias, 1), null, `${alias}`)
      assert.equal(await desk().store.messages.since(alias, 0, 10), null, `${alias}`)
      assert.equal(await desk().store.rooms.byId(app, alias), null, `${alias}`)
    }
  })

  test('staff notes, deleted messages, old ones and other words are left out as asked', async () => {
    const app = desk().newApp()
    const agent = await desk().user(app, 'agent')
    const room = await desk().room(app)
    await desk().step(room, post(agent, 'one apple'))
    await desk().step(room, post(agent, 'two apples', { audience: 'staff' }))
    const noon = desk().now + 1000
    desk().pass(1000)
    await desk().step(room, post(agent, '100% pears'))
    await desk().step(room, post(agent, 'an Apple'))
    await desk().step(room, { type: 'delete', messageId: 3 })
    assert.deepEqual(await ids(room, {}), [1, 2, 4])
    assert.deepEqual(await ids(room, { audience: 'all' }), [1, 4])
    assert.deepEqual(await ids(room, { deleted: true }), [1, 2, 3, 4])
    assert.deepEqual(await ids(room, { since: noon, deleted: true }), [3, 4])
    assert.deepEqual(await ids(room, { textLike: 'apple' }), [1, 2, 4])
    await desk().step(room, post(agent, '100% plums'))
    await desk().step(room, post(agent, '100 plums'))
    assert.deepEqual(await ids(room, { textLike: '0% p' }), [5], 'wildcards are taken literally')
    assert.deepEqual(await ids(room, { textLike: '_' }), [])
    assert.deepEqual(await ids(room, { textLike: 'x'.repeat(100_000) }), [])
  })

  test('every kind of text comes back as it was told', async () => {
    const room = await desk().room(desk().newApp())
    const texts = [
      '',
      '상담사',
      '😀',
      'a\u0000b',
      'line\r\nbreak',
      `'; DROP TABLE messages; --`,
      'half \ud83d',
      'x'.repeat(100_000),
    ]
    for (const text of texts) {
      const { events } = await desk().step(
        room,
        post(null, text, {
          detail: text,
          meta: JSON.parse(`{"__proto__": 1, "constructor": ${JSON.stringify([text, 1.5])}}`) as Meta,
        }),
      )
      const [event] = events
      const told = event?.type === 'message_posted' ? event.message : assert.fail()
      assert.deepEqual(await desk().store.messages.byId(room.id, told.id), told)
    }
  })

  test('a sender is shown with the name and role of today', async () => {
    const app = desk().newApp()
    const user = await desk().user(app, 'member', { name: 'Ana' })
    const room = await desk().room(app)
    await desk().say(room, user, 'hello')
    await desk().store.users.update(app, user.id, { name: 'Anna' })
    assert.deepEqual((await desk().store.messages.byId(room.id, 1))?.sender, {
      id: user.id,
      name: 'Anna',
      role: 'member',
    })
  })

  test('since says everything after a seq, at most the limit, and null for a place that never was', async () => {
    const room = await desk().room(desk().newApp())
    await desk().step(room, post(null, 'a'), { type: 'freeze', frozen: true }, post(null, 'b'), {
      type: 'freeze',
      frozen: false,
    })
    const seqs = async (seq: number, limit: number) =>
      (await desk().store.messages.since(room.id, seq, limit))?.map((event) => [event.seq, event.type])
    assert.deepEqual(await seqs(0, 10), [
      [1, 'message_posted'],
      [2, 'room_frozen'],
      [3, 'message_posted'],
      [4, 'room_unfrozen'],
    ])
    assert.deepEqual(await seqs(1, 2), [
      [2, 'room_frozen'],
      [3, 'message_posted'],
    ])
    assert.deepEqual(await seqs(4, 10), [])
    assert.deepEqual(await seqs(0, 0), [])
    for (const seq of [5, -1, 0.5, NaN, 2 ** 32, 2 ** 53, Infinity])
      assert.equal(await seqs(seq, 10), undefined, `${seq}`)
    assert.equal(await desk().store.messages.since(nowhere, 0, 10), null)
  })

  test('since gives edited and deleted messages as they are now', async () => {
    const room = await desk().room(desk().newApp())
    await desk().say(room, null, 'a', 'b')
    await desk().step(room, { type: 'edit', messageId: 1, body: 'A', detail: null })
    await desk().step(room, { type: 'edit', messageId: 2, body: 'B', detail: null })
    await desk().step(room, { type: 'delete', messageId: 2 })
    const events = await desk().store.messages.since(room.id, 0, 10)
    const said = events?.map((event) =>
      'message' in event ? [event.type, event.message.body, event.message.deletedAt !== null] : event.type,
    )
    assert.deepEqual(said, [
      ['message_posted', 'A', false],
      ['message_posted', '', true],
      ['message_edited', 'A', false],
      ['message_edited', '', true],
      ['message_deleted', '', true],
    ])
  })
}
