import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import type { RoomId } from '../../core/model.ts'
import { NetworkProxy } from '../../../test/support/network-proxy.ts'
import { LogNode } from '../../../test/support/log-ear.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'

describe('a room log in Redis', () => {
  it('gives every node the same order, its own entries among the others', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    let before = 'none'
    for (let i = 0; i < 50; i++) before = await (i % 2 ? one : other).append(3, before, `m${i}`, `m${i}-more`)
    await one.append(19, 'none', 'same-partition')
    await one.append(4, 'none', 'another-partition')
    for (const { ear } of [one, other]) await ear.reads('same-partition', 'another-partition')
    assert.deepEqual(one.ear.uids(3), Array.from({ length: 50 }, (_, i) => [`m${i}`, `m${i}-more`]).flat())
    const ofPartition = ({ ear }: LogNode): unknown[] => ear.entries.filter(({ roomId }) => roomId % 16 === 3)
    assert.deepEqual(ofPartition(one), ofPartition(other))
    assert.equal(one.ear.entries[0]?.text, '{"uid":"m0"}')
    assert.deepEqual([one.ear.losses, other.ear.losses], [[], []])
    assert.notEqual(one.log.lagMs, null)
  })

  it('refuses what was decided upon another end, and says which is the end', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    assert.equal(await one.append(1, 'a', 'b'), 'b')
    assert.equal(await other.append(1, 'a', 'c'), 'b')
    assert.equal(await one.append(1, 'a', 'b'), 'b', 'what was done before is done')
    assert.equal(await other.append(1, 'b', 'd'), 'd')
    await other.ear.reads('d')
    assert.deepEqual(other.ear.uids(), ['b', 'd'])
    assert.equal(other.log.counts.refused, 1)
  })

  it('lets one of many win', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    const tries = Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).append(1, 'start', `u${i}`))
    const ends = new Set(await Promise.all(tries))
    assert.equal(ends.size, 1)
    await one.append(1, [...ends][0] ?? '', 'last')
    await one.ear.reads('last')
    assert.deepEqual(one.ear.uids(), [...ends, 'last'])
  })

  it('believes a room without an end, and one that it forgot', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    assert.equal(await node.append(1, 'from-the-store', 'a'), 'a')
    await node.log.forget(1 as RoomId, 'from-the-store')
    assert.equal(await node.append(1, 'anything', 'b'), 'a', 'that isn’t the end')
    await node.log.forget(1 as RoomId, 'a')
    assert.equal(await node.append(1, 'anything', 'b'), 'b')
  })

  it('starts from what is not settled', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url)
    await one.append(1, 'none', 'a')
    await one.append(1, 'a', 'b')
    await one.ear.reads('b')
    one.log.settle(1, { upTo: one.ear.positionOf('a'), kept: ['a'], void: [] })
    assert.deepEqual(
      one.ear.told,
      [{ upTo: one.ear.positionOf('a'), kept: ['a'], void: [] }],
      'heard at once by who says it',
    )
    await one.append(1, 'b', 'c')
    await using other = await LogNode.open(redis.url)
    assert.deepEqual(other.ear.uids(), ['b', 'c'], 'all read when the promise resolves')
  })

  it('tells the others what is settled, once each and after it was read', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url, { nodeId: 'one' })
    await using other = await LogNode.open(redis.url, { nodeId: 'other' })
    await one.append(1, 'none', 'a')
    await one.append(1, 'a', 'b')
    await one.ear.reads('b')
    const settled = { upTo: one.ear.positionOf('b'), kept: ['a'], void: ['b'] }
    one.log.settle(1, settled)
    await other.ear.until(() => other.ear.told.length > 0)
    assert.deepEqual(other.ear.told, [settled])
    assert.deepEqual(other.ear.uids(), ['a', 'b'])
    await one.append(1, 'b', 'c')
    await one.ear.reads('c')
    assert.equal(one.ear.told.length, 1)
  })

  it('drops and counts what no node of ours wrote', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    const client = new Redis(redis.url)
    const epoch = Number.parseInt((await client.get('{test:p1}:epoch')) ?? '', 10)
    const foreign = [
      ['x', 'y'],
      ['settled', '{"upTo":1}'],
      ['settled', 'no JSON'],
      ['1 u', 'text', 'more', 'fields'],
      ['__proto__ u', '{}'],
    ]
    for (const fields of foreign) await client.xadd('{test:p1}:log', `${epoch}-*`, ...fields)
    await node.append(1, 'a', 'b')
    await node.ear.reads('b')
    assert.deepEqual(node.ear.uids(), ['a', 'b'])
    assert.equal(node.log.counts.dropped, foreign.length)
    assert.deepEqual(node.ear.losses, [])
    client.disconnect()
  })

  it('gets over an entry whose id is of nobody’s epoch', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    const client = new Redis(redis.url)
    await client.xadd('{test:p1}:log', '99999999999999-7', 'x', 'y')
    await node.ear.until(() => node.ear.losses.length > 0)
    await node.appendAtLast(1, 'a', 'b')
    await node.ear.reads('b')
    client.disconnect()
  })

  it('keeps settled entries for those that lag, and trims older ones', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url, { keepEntries: 300 })
    const client = new Redis(redis.url)
    let before = 'none'
    for (let i = 0; i < 20; i++) {
      const uids = Array.from({ length: 50 }, (_, j) => `${i}-${j}`)
      before = await node.append(1, before, ...uids)
    }
    assert.equal(await client.xlen('{test:p1}:log'), 1001)
    await node.ear.reads('19-49')
    node.log.settle(1, { upTo: node.ear.positionOf('9-49'), kept: [], void: [] })
    await node.append(1, before, 'next')
    assert.ok((await client.xlen('{test:p1}:log')) >= 502, 'what is not settled stays, whatever it costs')
    node.log.settle(1, { upTo: node.ear.positionOf('19-49'), kept: [], void: [] })
    await node.append(1, 'next', 'last')
    const length = await client.xlen('{test:p1}:log')
    assert.ok(length >= 300 && length <= 500, `${length} entries`)
    client.disconnect()
  })

  it('does once what was sent once more because the answer was lost', async () => {
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    await using node = await LogNode.open(proxy.url.replace('http', 'redis'))
    await using other = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    // Redis does it and the answer doesn't come back.
    proxy.deafen()
    const unsure = node.append(1, 'a', 'b')
    await other.ear.reads('b')
    proxy.cut()
    proxy.mend()
    await assert.rejects(unsure, { code: 'unavailable' })
    assert.equal(await node.appendAtLast(1, 'a', 'b'), 'b')
    await node.append(1, 'b', 'c')
    for (const { ear } of [node, other]) {
      await ear.reads('c')
      assert.deepEqual(ear.uids(), ['a', 'b', 'c'])
      assert.deepEqual(ear.losses, [], 'the same Redis, the same epoch')
    }
  })
})
