import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import type { Delivery, RoomEvent } from '../../core/event.ts'
import type { AppId, Room, RoomId, User, UserId } from '../../core/model.ts'

const appId = 'seoul' as AppId
const room: Room = {
  id: 7 as RoomId,
  appId,
  key: 'seven',
  kind: 'group',
  name: '일곱',
  parentId: null,
  open: false,
  state: 'active',
  frozen: false,
  ownerId: null,
  assigneeId: null,
  lastAssigneeId: null,
  episode: null,
  episodes: 0,
  lastId: 0,
  lastSeq: 0,
  lastMessage: null,
  closedAt: null,
  pinnedAt: null,
  meta: { color: 'blue' },
  createdAt: 1,
  updatedAt: 1,
}
const user: User = {
  id: 3 as UserId,
  appId,
  role: 'member',
  name: 'ana',
  blocked: true,
  meta: {},
  createdAt: 1,
  updatedAt: 2,
}

let redis: RedisServer
let ana: RedisNode
let bo: RedisNode
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => ([ana, bo] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]))
afterEach(() => Promise.all([ana.close(), bo.close()]))

function typing(at: number): Delivery {
  return { event: { type: 'typing', appId, roomId: room.id, userId: user.id, at, origin: 'a line' }, room }
}

test('what a listener publishes comes after what it heard, everywhere', async () => {
  ana.bus.listen(({ event }) => {
    if (event.type === 'user_changed') ana.bus.publish(typing(2))
  })
  ana.bus.publish({ event: { type: 'user_changed', appId, user, at: 1, origin: null }, room: null })
  await until('bo hears both', () => bo.heard.length === 2)
  for (const { heard } of [ana, bo]) {
    assert.deepEqual(
      heard.map(({ event }) => event.type),
      ['user_changed', 'typing'],
    )
  }
})

test('a signal is heard at once where it is published, and as foreign elsewhere, with its room, in order', async () => {
  const changed: Delivery = { event: { type: 'user_changed', appId, user, at: 1, origin: null }, room: null }
  const published = [changed, ...Array.from({ length: 100 }, (_, index) => typing(index))]
  for (const delivery of published) ana.bus.publish(delivery)
  assert.deepEqual(ana.heard, published)
  assert.deepEqual(bo.heard, [])
  await until('bo hears', () => bo.heard.length === published.length)
  assert.deepEqual(
    bo.heard,
    published.map((delivery) => ({ ...delivery, foreign: true })),
  )
  assert.deepEqual(ana.heard, published, 'one’s own don’t come back')
  assert.equal(bo.link.latencyMs !== null && bo.link.latencyMs.mean < 1000, true)
})

test('what is said in one turn leaves in one piece', async () => {
  const pieces: unknown[] = []
  bo.connections
    .subscriber()
    .on('ready', function (this: { subscribe(name: string): void }) {
      this.subscribe('test:all')
      pieces.push('ready')
    })
    .on('message', (_, text) => pieces.push(text))
  await until('the wire is tapped', () => pieces.length > 0)
  for (let n = 0; n < 50; n++) ana.bus.publish(typing(n))
  await until('bo hears', () => bo.heard.length === 50)
  assert.equal(pieces.filter((piece) => String(piece).includes('"signal"')).length, 1)
})

test('events of rooms and what is for this node alone stay here', async () => {
  const event = { type: 'room_frozen', appId, roomId: room.id, seq: 1, at: 1, actorId: null, origin: null } as RoomEvent
  ana.bus.publish({ event, room })
  assert.deepEqual(ana.heard, [], 'the room log brings it')
  ana.bus.hear({ event, room })
  ana.bus.publish({ ...typing(1), here: true })
  assert.equal(ana.heard.length, 2)
  ana.bus.publish(typing(2))
  await until('bo hears', () => bo.heard.length > 0)
  assert.deepEqual(
    bo.heard.map(({ event: { at } }) => at),
    [2],
  )
})

test('what a listener publishes is heard everywhere after what it answers to', async () => {
  bo.bus.listen(({ event }) => {
    if (event.at < 3) bo.bus.publish(typing(event.at + 1))
  })
  ana.bus.publish(typing(1))
  await until('ana hears the answers', () => ana.heard.length === 3)
  assert.deepEqual(
    ana.heard.map(({ event: { at }, foreign }) => [at, foreign]),
    [
      [1, undefined],
      [2, true],
      [3, true],
    ],
  )
})

test('a Redis that is away is no reason to wait, and what it was not told is a gap', async () => {
  let gaps = 0
  bo.nodes.onGap(() => gaps++)
  await redis.stop()
  await until('the loss is noticed', () => !ana.link.state.connected && !bo.link.state.connected)
  for (let n = 0; n < 1000; n++) ana.bus.publish(typing(n))
  assert.equal(ana.heard.length, 1000)
  await until('they are dropped', () => ana.link.dropped.away >= 1000)
  assert.match(ana.link.state.reason ?? '', /lost/)
  gaps = 0
  await redis.start()
  await until('bo knows of its gap', () => gaps > 0)
  await until('ana can speak again', () => ana.link.commands.status === 'ready')
  ana.bus.publish(typing(5000))
  await until('bo hears again', () => bo.heard.length > 0)
  assert.deepEqual(
    bo.heard.map(({ event: { at } }) => at),
    [5000],
  )
})

test('a Redis that hangs neither blocks nor fills the memory', async () => {
  redis.pause()
  const large = { ...typing(1), event: { ...typing(1).event, type: 'notice', name: 'n', text: 'x'.repeat(100_000) } }
  for (let n = 0; n < 200; n++) ana.bus.publish(large as Delivery)
  assert.equal(ana.heard.length, 200)
  await until('too much is dropped', () => ana.link.dropped.full > 0)
  redis.resume()
  await until('it goes on', () => ana.link.state.connected && bo.link.state.connected)
})

test('one that misses some of what a node says has a gap, even when nothing more is said', async () => {
  let gaps = 0
  await until('the gaps of the beginning are over', () => bo.heard.length === 0 && bo.link.gaps > 0)
  await new Promise((resolve) => setTimeout(resolve, 400))
  bo.nodes.onGap(() => gaps++)
  // Too large for one piece: nobody is sent it.
  const notice = { ...typing(1).event, type: 'notice', name: 'n', text: 'x'.repeat(1_100_000) }
  ana.bus.publish({ event: notice, room } as Delivery)
  assert.equal(ana.link.dropped.too_large, 1)
  await until('bo knows', () => gaps > 0)
})
