import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Room, User } from '../../src/core/model.ts'
import { post, type Desk } from './desk.ts'

/** What groups ask of a store beside what all rooms do. */
export function groupContract(desk: () => Desk): void {
  test('bans come and go with their room, and are there after opening the store again', async () => {
    const app = desk().newApp()
    const [ana, bo] = [await desk().user(app), await desk().user(app)]
    const members = [{ userId: bo.id, role: 'member' } as const]
    const room = await desk().room(app, { kind: 'group', members })
    await desk().step(room, { type: 'leave', userId: bo.id }, { type: 'ban', userId: bo.id, reason: 'spam', forMs: 50 })
    await desk().step(room, { type: 'ban', userId: ana.id, reason: '', forMs: null })
    await desk().step(room, { type: 'unban', userId: ana.id })
    const expected = { userId: bo.id, byId: null, reason: 'spam', until: desk().now + 50, at: desk().now }
    for (const store of [desk().store, await desk().reopen()]) {
      const roomful = await store.rooms.withMembers(app, room.id)
      assert.deepEqual([...(roomful?.bans.values() ?? [])], [expected])
      assert.equal(roomful?.members.size, 0)
    }
    await desk().store.rooms.remove(app, room.id)
    const again = await desk().room(app, { key: room.key, kind: 'group' })
    assert.equal((await desk().store.rooms.withMembers(app, again.id))?.bans.size, 0)
  })

  test('bans that are over are forgotten when another comes', async () => {
    const app = desk().newApp()
    const [ana, bo, cy] = [await desk().user(app), await desk().user(app), await desk().user(app)]
    const room = await desk().room(app, { kind: 'group' })
    await desk().step(room, { type: 'ban', userId: ana.id, reason: '', forMs: 50 })
    await desk().step(room, { type: 'ban', userId: bo.id, reason: '', forMs: null })
    desk().pass(50)
    await desk().step(room, { type: 'ban', userId: cy.id, reason: '', forMs: 50 })
    for (const store of [desk().store, await desk().reopen()]) {
      const roomful = await store.rooms.withMembers(app, room.id)
      assert.deepEqual(new Set(roomful?.bans.keys()), new Set([bo.id, cy.id]))
    }
  })

  test('a member’s role in the room changes alone', async () => {
    const app = desk().newApp()
    const ana = await desk().user(app)
    const room = await desk().room(app, { kind: 'group', members: [{ userId: ana.id, role: 'member' }] })
    await desk().step(room, { type: 'appoint', userId: ana.id, role: 'manager' })
    for (const store of [desk().store, await desk().reopen()]) {
      assert.equal((await store.rooms.withMembers(app, room.id))?.members.get(ana.id)?.role, 'manager')
    }
    assert.equal((await desk().store.users.byId(app, ana.id))?.role, 'member')
  })

  test('what has arrived is marked apart from what was read', async () => {
    const app = desk().newApp()
    const ana = await desk().user(app)
    const room = await desk().room(app, { members: [{ userId: ana.id, role: 'member' }] })
    await desk().say(room, null, 'a', 'b', 'c')
    desk().pass(5)
    const mark = (which: 'read' | 'delivered', toId: number) => desk().store.mark(app, room.id, ana.id, which, toId)
    assert.partialDeepStrictEqual(await mark('delivered', 9), { fromId: 1, toId: 3 })
    assert.equal(await mark('delivered', 2), null)
    assert.partialDeepStrictEqual(await mark('read', 2), { fromId: 1, toId: 2 })
    const { store } = desk()
    assert.partialDeepStrictEqual((await store.rooms.withMembers(app, room.id))?.members.get(ana.id), {
      readId: 2,
      deliveredId: 3,
      deliveredAt: desk().now,
    })
    const reopened = await desk().reopen()
    assert.partialDeepStrictEqual((await reopened.rooms.withMembers(app, room.id))?.members.get(ana.id), {
      readId: 2,
      deliveredId: 3,
    })
  })

  test('the same client key of the same sender in the same room is one message, however often it comes', async () => {
    const app = desk().newApp()
    const [ana, bo] = [await desk().user(app), await desk().user(app)]
    const [room, other] = [await desk().room(app), await desk().room(app)]
    let decided = 0
    const say = (to: Room, who: User | null, body: string, clientKey: string) =>
      desk().store.append(app, to.id, () => (decided++, [post(who, body)]), {
        actorId: who?.id ?? null,
        origin: null,
        clientKey,
      }).durable
    const [first, second] = await Promise.all([say(room, ana, 'one', 'k'), say(room, ana, 'two', 'k')])
    assert.deepEqual([first?.repeated, second?.repeated], [undefined, true])
    assert.deepEqual(
      second?.events.map((event) => event.type === 'message_posted' && event.message.body),
      ['one'],
    )
    assert.equal(decided, 1, 'a repetition is not asked whether it may')
    assert.equal((await say(room, bo, 'mine', 'k')).repeated, undefined)
    assert.equal((await say(other, ana, 'there', 'k')).repeated, undefined)
    assert.equal((await say(room, null, 'house', 'k')).repeated, undefined)
    assert.equal((await say(room, null, 'house', 'k')).repeated, true)
    await desk().step(room, { type: 'delete', messageId: 1 })
    await desk().reopen()
    const late = await say(room, ana, 'three', 'k')
    assert.equal(late.repeated, true)
    assert.equal(late.room.lastId, 3)
  })

  test('an edit keeps what goes with a message, or replaces it', async () => {
    const app = desk().newApp()
    const room = await desk().room(app)
    await desk().step(room, post(null, 'a', { meta: { a: 1 } }))
    const meta = async () => (await desk().store.messages.byId(room.id, 1))?.meta
    await desk().step(room, { type: 'edit', messageId: 1, body: 'b', detail: null })
    assert.deepEqual(await meta(), { a: 1 })
    await desk().step(room, { type: 'edit', messageId: 1, body: 'b', detail: null, meta: { b: 2 } })
    assert.deepEqual(await meta(), { b: 2 })
    await desk().step(room, { type: 'edit', messageId: 1, body: 'b', detail: null, meta: null })
    assert.equal(await meta(), null)
  })

  test('a post that marks its actor leaves the marks at it, also after opening the store again', async () => {
    const app = desk().newApp()
    const ana = await desk().user(app)
    const room = await desk().room(app, { members: [{ userId: ana.id, role: 'member' }] })
    const by = { actorId: ana.id, origin: null, marksActor: true }
    await desk().say(room, null, 'before')
    await desk().store.append(app, room.id, () => [post(ana, 'mine')], by).durable
    for (const store of [desk().store, await desk().reopen()]) {
      const member = (await store.rooms.withMembers(app, room.id))?.members.get(ana.id)
      assert.deepEqual([member?.readId, member?.deliveredId, member?.readAt], [2, 2, desk().now])
    }
  })
}
