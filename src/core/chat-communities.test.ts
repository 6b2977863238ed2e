import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ChatScene } from '../../test/support/chat-scene.ts'
import type { UserId } from './model.ts'

let scene: ChatScene

beforeEach(() => {
  scene = new ChatScene()
})

afterEach(() => scene.store.close())

test('an open channel is joined by who is in its community, and by nobody else', async () => {
  const [ana, bo, cy] = [await scene.someone('member'), await scene.someone('member'), await scene.someone('member')]
  const community = await scene.room({ kind: 'community', people: [ana, bo] })
  const open = await scene.room({ parentId: community.id, open: true, ownerId: ana.user.id, people: [ana] })
  await assert.rejects(scene.chat.execute(cy, { type: 'join', roomId: open.id }), { code: 'not_found' })
  await assert.rejects(scene.chat.look(cy, open.id), { code: 'not_found' })
  assert.deepEqual(await scene.chat.history(bo, open.id, { audience: 'all', limit: 1, keep: 'newest' }), [])
  const { events } = await scene.chat.execute(bo, { type: 'join', roomId: open.id })
  assert.deepEqual(
    events.map((event) => event.type === 'member_joined' && event.userId),
    [bo.user.id],
  )
  await assert.rejects(
    scene.chat.execute(ana, { type: 'post', roomId: community.id, draft: { type: 'text', body: 'x' } }),
    {
      code: 'conflict',
    },
  )
})

test('invitations reach users of the app who are in the community, each once', async () => {
  const [ana, bo, cy] = [await scene.someone('member'), await scene.someone('member'), await scene.someone('member')]
  const alien = await scene.someone('member', scene.other)
  const community = await scene.room({ kind: 'community', people: [ana, bo] })
  const channel = await scene.room({ parentId: community.id, ownerId: ana.user.id, people: [ana] })
  const invite = (userIds: readonly UserId[]) =>
    scene.chat.execute(ana, { type: 'invite', roomId: channel.id, userIds })
  await assert.rejects(invite([bo.user.id, cy.user.id]), { code: 'forbidden' })
  await assert.rejects(invite([alien.user.id]), { code: 'not_found' })
  await assert.rejects(invite(Array.from({ length: 1001 }, () => bo.user.id)), { code: 'too_large' })
  assert.equal((await invite([bo.user.id, bo.user.id, ana.user.id])).events.length, 1)
  assert.equal((await invite([bo.user.id])).events.length, 0)
  const roomful = await scene.store.rooms.withMembers(scene.app.id, channel.id)
  assert.deepEqual([...(roomful?.members.keys() ?? [])], [ana.user.id, bo.user.id])
})

test('the owner of a channel hands it over before leaving, and the last one out closes it', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const channel = await scene.room({ ownerId: ana.user.id, people: [ana, bo] })
  const leave = { type: 'leave', roomId: channel.id } as const
  await assert.rejects(scene.chat.execute(ana, leave), { code: 'conflict' })
  await scene.chat.execute(ana, { type: 'hand_over', roomId: channel.id, toId: bo.user.id })
  await scene.chat.execute(ana, leave)
  const { room: left, events } = await scene.chat.execute(bo, leave)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['member_left', 'room_closed'],
  )
  assert.equal(left.state, 'closed')
})

test('what is broadcast to a named channel is told, and not kept', async () => {
  scene.chat.broadcast(scene.app, { channel: 'a', name: 'n', data: '{}', origin: 'me' })
  assert.deepEqual(scene.heard, [
    {
      event: {
        type: 'broadcast',
        appId: scene.app.id,
        at: scene.now,
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
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const group = await scene.room({ kind: 'group', open: true, people: [ana, bo] })
  await scene.chat.execute(scene.house, { type: 'appoint', roomId: group.id, userId: ana.user.id, role: 'manager' })
  const ban = { type: 'ban', roomId: group.id, userId: bo.user.id, forMs: 1000, reason: 'spam' } as const
  const { events } = await scene.chat.execute(ana, ban)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['member_left', 'user_banned'],
  )
  const join = { type: 'join', roomId: group.id } as const
  await assert.rejects(scene.chat.execute(bo, join), { code: 'banned' })
  const invite = { type: 'invite', roomId: group.id, userIds: [bo.user.id] } as const
  await assert.rejects(scene.chat.execute(scene.house, invite), { code: 'banned' })
  scene.now += 1000
  assert.equal((await scene.chat.execute(bo, join)).events.length, 1)
})

test('a message that is posted again under its own name is answered again, and told once', async () => {
  const ana = await scene.someone('member')
  const { id: roomId } = await scene.room({ people: [ana] })
  const say = { type: 'post', roomId, draft: { type: 'text', body: 'x', clientKey: 'k' } } as const
  const answers = [await scene.chat.execute(ana, say), await scene.chat.execute(ana, say)]
  assert.deepEqual(
    answers.map(({ events: [event] }) => event?.type === 'message_posted' && event.message.id),
    [1, 1],
  )
  assert.equal(scene.heard.length, 1)
})

test('a post may mark the room as read by who posts, and does nothing when it is refused', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const { id: roomId } = await scene.room({ people: [ana, bo] })
  const marks = async () => {
    const member = (await scene.store.rooms.withMembers(scene.app.id, roomId))?.members.get(ana.user.id)
    return [member?.readId, member?.deliveredId]
  }
  const say = (who: typeof ana, marksSender: boolean) =>
    scene.chat.execute(who, { type: 'post', roomId, draft: { type: 'text', body: 'x', marksSender } })
  await say(bo, true)
  await say(ana, false)
  assert.deepEqual(await marks(), [0, 0])
  await scene.chat.execute(scene.house, { type: 'freeze', roomId, frozen: true })
  await assert.rejects(say(ana, true), { code: 'frozen' })
  assert.deepEqual(await marks(), [0, 0])
  await scene.chat.execute(scene.house, { type: 'freeze', roomId, frozen: false })
  await say(ana, true)
  assert.deepEqual(await marks(), [3, 3])
})

test('arrival is told when it moves the mark', async () => {
  const [ana, bo] = [await scene.someone('member'), await scene.someone('member')]
  const { id: roomId } = await scene.room({ people: [ana, bo] })
  await scene.chat.execute(ana, { type: 'post', roomId, draft: { type: 'text', body: 'x' } })
  await scene.chat.execute(bo, { type: 'mark_delivered', roomId, toId: 5 })
  await scene.chat.execute(bo, { type: 'mark_delivered', roomId, toId: 1 })
  assert.deepEqual(
    scene.heard.map(({ event }) => event.type),
    ['message_posted', 'delivered_marked'],
  )
})
