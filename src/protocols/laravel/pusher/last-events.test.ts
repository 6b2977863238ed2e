import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RedisNode, until } from '../../../../test/support/redis-node.ts'
import { RedisServer } from '../../../../test/support/redis-server.ts'
import type { AppId } from '../../../core/model.ts'
import { LastEvents } from './last-events.ts'

const seoul = 'seoul' as AppId
const minute = 60_000
let now = 1_700_000_000_000

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

function lastEvents({ bus, nodes }: RedisNode, maxBytesPerApp = 10_000): LastEvents {
  const shelf = nodes.shelf('cache-channels')
  return new LastEvents({ bus, nodes, shelf, maxBytesPerApp, now: () => now })
}

function say({ bus }: RedisNode, channel: string, data: string): void {
  const words = { channel: `echo:${channel}`, name: 'said', data, meta: null }
  bus.publish({ event: { type: 'broadcast', appId: seoul, at: now, origin: null, ...words }, room: null })
}

test('a node that came later finds what others heard, until it is too old', async () => {
  await using one = new RedisNode(redis)
  const first = lastEvents(one)
  await until('it is connected', () => one.link.state.connected)
  say(one, 'cache-a', '1')
  say(one, 'cache-a', '2')
  say(one, 'plain', '3')
  await using other = new RedisNode(redis)
  const second = lastEvents(other)
  await until('it is connected', () => other.link.state.connected)
  assert.equal(second.of(seoul, 'cache-a'), null)
  const found = await second.find(seoul, 'cache-a')
  assert.deepEqual([found?.data, found && second.ttlMs(found)], ['2', 30 * minute])
  assert.deepEqual(await first.find(seoul, 'cache-a'), first.of(seoul, 'cache-a'))
  assert.equal(await second.find(seoul, 'plain'), null)
  assert.equal(await second.find('incheon' as AppId, 'cache-a'), null)
  now += 30 * minute
  assert.equal(await second.find(seoul, 'cache-a'), null)
})

test('what a node heard of others it remembers, but not over a gap', async () => {
  const [one, other] = await RedisNode.several(redis, 2)
  await using _one = one!
  await using _other = other!
  const second = lastEvents(other!)
  lastEvents(one!)
  say(one!, 'cache-b', '1')
  await until('it is heard', () => second.of(seoul, 'cache-b') !== null)
  await redis.stop()
  await until('it is noticed', () => !one!.link.state.connected && !other!.link.state.connected)
  await redis.start()
  await until('it was a gap', () => second.of(seoul, 'cache-b') === null)
  assert.equal(await second.find(seoul, 'cache-b'), null, 'that Redis keeps nothing')
})

test('what could not be put on the shelf is put there later', async () => {
  await using one = new RedisNode(redis)
  await until('it is connected', () => one.link.state.connected)
  const first = lastEvents(one)
  await redis.stop()
  say(one, 'cache-c', '1')
  await until('it is noticed', () => !one.link.state.connected)
  await redis.start()
  await until('it is there again', () => one.link.state.connected)
  await using other = new RedisNode(redis)
  await until('it is connected', () => other.link.state.connected)
  first.sweep()
  const shelf = other.nodes.shelf('cache-channels')
  let found: string | null = null
  await until('it is on the shelf', () => {
    void shelf.get('seoul 7 cache-c').then((text) => (found = text))
    return found !== null
  })
  assert.equal((await lastEvents(other).find(seoul, 'cache-c'))?.data, '1')
})

test('what has no room any more leaves the shelf too', async () => {
  await using one = new RedisNode(redis)
  await until('it is connected', () => one.link.state.connected)
  const first = lastEvents(one, 1000)
  for (const channel of ['cache-d', 'cache-e', 'cache-f', 'cache-g']) say(one, channel, 'x'.repeat(100))
  assert.equal(await first.find(seoul, 'cache-d'), null)
  assert.notEqual(await first.find(seoul, 'cache-g'), null)
})

test('what is no event is none', async () => {
  await using one = new RedisNode(redis)
  await until('it is connected', () => one.link.state.connected)
  const first = lastEvents(one)
  const shelf = one.nodes.shelf('cache-channels')
  for (const text of ['', '{', 'null', '[]', '{"name":"a","data":1,"at":1}']) {
    await shelf.put('seoul 7 cache-h', text, minute)
    assert.equal(await first.find(seoul, 'cache-h'), null)
  }
})
