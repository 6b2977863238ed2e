import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import type { RoomId } from '../../src/core/model.ts'
import { LogNode } from '../support/log-ear.ts'
import { NetworkProxy } from '../support/network-proxy.ts'
import { RedisServer } from '../support/redis-server.ts'

// Every second, Redis puts off what it writes while the disk is busy.
const always = ['--appendfsync', 'always']
const partitions = 16
const inAll = Array.from({ length: partitions }, (_, i) => i)

describe('a room log whose Redis fails', () => {
  it('begins a new epoch when Redis was restarted, and reads again what is not settled', async () => {
    await using redis = await RedisServer.start({ keeps: true, options: always })
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    await one.append(1, 'none', 'a')
    await one.append(1, 'a', 'b')
    await one.ear.reads('b')
    one.log.settle(1, { upTo: one.ear.positionOf('a'), kept: ['a'], void: [] })
    await other.ear.until(() => other.ear.told.length > 0)
    await redis.stop()
    await redis.start()
    for (const { ear } of [one, other]) {
      await ear.until(() => ear.losses.length === partitions && ear.uids().length === 3)
      assert.deepEqual(ear.losses.toSorted(byNumber), inAll)
      assert.deepEqual(ear.uids(), ['a', 'b', 'b'])
    }
    assert.equal(await other.append(1, 'a', 'x'), 'b', 'what was not settled counts, also in the new epoch')
    await other.appendAtLast(1, 'b', 'c')
    await one.ear.reads('c')
    assert.equal((await epochsIn(redis, 1)).length, 2, 'one new epoch, not one for each node')
  })

  it('accepts nothing from nodes that don’t know yet that everything is gone', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    await one.append(1, 'none', 'a')
    await Promise.all([one.ear.reads('a'), other.ear.reads('a')])
    await redis.stop()
    const tries = [one, other].map(async (node, i) => {
      const end = await node.appendAtLast(1, 'a', `after-${i}`)
      assert.ok(node.ear.losses.includes(1), 'it knew when it appended')
      return end
    })
    await redis.start()
    const [end] = await Promise.all(tries)
    for (const { ear } of [one, other]) {
      await ear.reads(end ?? '')
      assert.deepEqual(ear.uids(), ['a', end])
    }
  })

  it('appends nothing until what was lost is made good', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    const { promise, resolve } = Promise.withResolvers<void>()
    node.ear.recovery = promise
    await redis.stop()
    await redis.start()
    await node.ear.until(() => node.ear.losses.includes(1))
    await assert.rejects(node.append(1, 'none', 'a'), { code: 'unavailable' })
    assert.equal(node.log.failure, 'what is in Redis is being read')
    const before = node.append(1, 'none', 'b')
    resolve()
    await assert.rejects(before, { code: 'unavailable' }, 'it was decided upon what may not be')
    assert.equal(await node.append(1, 'none', 'c'), 'c')
    assert.equal(node.log.failure, null)
  })

  it('notices that Redis came back with an older state', async () => {
    await using redis = await RedisServer.start({ keeps: true, options: always })
    await using one = await LogNode.open(redis.url)
    await using other = await LogNode.open(redis.url)
    await one.append(1, 'none', 'a')
    await redis.save()
    await one.append(1, 'a', 'b')
    await Promise.all([one.ear.reads('b'), other.ear.reads('b')])
    await redis.stop()
    await redis.rollBack()
    await redis.start()
    assert.equal(await other.appendAtLast(1, 'b', 'c'), 'a', 'what is in the log and not settled')
    // The store has more, so that end is from another time.
    await other.log.forget(1 as RoomId, 'a')
    assert.equal(await other.append(1, 'b', 'c'), 'c')
    for (const { ear } of [one, other]) {
      await ear.reads('c')
      assert.ok(ear.losses.includes(1))
      assert.deepEqual(ear.uids(), ['a', 'b', 'a', 'c'])
    }
  })

  it('notices that Redis was emptied while it runs', async () => {
    await using redis = await RedisServer.start()
    await using one = await LogNode.open(redis.url, { tickMs: 60_000 })
    await using other = await LogNode.open(redis.url, { tickMs: 60_000 })
    await one.append(1, 'none', 'a')
    await other.ear.reads('a')
    await command(redis, (client) => client.flushall())
    await assert.rejects(one.append(1, 'a', 'b'), { code: 'unavailable' })
    // Who asked first says so in the log, and that is how the others hear of it.
    for (const { ear } of [one, other]) await ear.until(() => ear.losses.includes(1))
    await other.append(1, 'a', 'c')
    await one.ear.reads('c')
    assert.deepEqual(one.ear.uids(), ['a', 'c'])
  })

  it('notices that a log is gone while its epoch is not', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    await node.append(1, 'a', 'b')
    await node.ear.reads('b')
    await command(redis, (client) => client.del('{test:p1}:log'))
    await node.ear.until(() => node.ear.losses.length > 0)
    assert.deepEqual(node.ear.losses, [1])
    await node.appendAtLast(1, 'b', 'c')
    await node.ear.reads('c')
  })

  it('notices that entries were trimmed before it read them', async () => {
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    await using far = await LogNode.open(proxy.url.replace('http', 'redis'), { nodeId: 'far' })
    await using near = await LogNode.open(redis.url, { nodeId: 'near', keepEntries: 100 })
    await near.append(1, 'none', 'a')
    await near.append(2, 'none', 'z')
    await far.ear.reads('a', 'z')
    proxy.down()
    const uids = Array.from({ length: 500 }, (_, i) => `u${i}`)
    await near.append(1, 'a', ...uids)
    await near.append(2, 'z', 'y')
    await near.ear.reads('u499')
    near.log.settle(1, { upTo: near.ear.positionOf('u499'), kept: [], void: [] })
    await near.append(1, 'u499', 'b')
    proxy.mend()
    await far.ear.reads('b', 'y')
    assert.deepEqual(far.ear.losses, [1], 'of the other partition it missed nothing')
    assert.deepEqual(far.ear.uids(1), ['a', 'b'], 'nothing is read between what was lost and what is not settled')
    assert.deepEqual(near.ear.losses, [])
    assert.equal((await epochsIn(redis, 1)).length, 0, 'no new epoch: the first one’s mark is trimmed')
  })

  it('says that Redis is full, and when it isn’t any more', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    await command(redis, (client) => client.config('SET', 'maxmemory', '1'))
    await assert.rejects(node.append(1, 'a', 'b'), { code: 'unavailable' })
    await assert.rejects(node.append(1, 'a', 'b'), { code: 'unavailable' })
    assert.equal(node.log.failure, 'Redis is out of memory')
    assert.equal(node.said.of('error').length, 1)
    const better = node.said.next('info')
    await command(redis, (client) => client.config('SET', 'maxmemory', '0'))
    assert.equal((await better).message, 'the log in Redis can be written again')
    assert.equal(node.log.failure, null)
    assert.equal(await node.append(1, 'a', 'b'), 'b')
    assert.deepEqual(node.ear.losses, [])
  })

  it('says that Redis is read-only', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await command(redis, (client) => client.replicaof('127.0.0.1', 1))
    await assert.rejects(node.append(1, 'none', 'a'), { code: 'unavailable' })
    assert.equal(node.log.failure, 'Redis is read-only')
    await command(redis, (client) => client.replicaof('NO', 'ONE'))
    assert.equal(await node.appendAtLast(1, 'none', 'a'), 'a')
    await node.ear.reads('a')
  })

  it('answers within its time when Redis hangs, and goes on where it was', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    redis.pause()
    const startedAt = performance.now()
    await assert.rejects(node.append(1, 'a', 'b'), { code: 'unavailable' })
    assert.ok(performance.now() - startedAt < 1000)
    assert.notEqual(node.log.failure, null)
    const better = node.said.next('info')
    redis.resume()
    // What was sent is done when Redis goes on.
    assert.equal(await node.appendAtLast(1, 'a', 'b'), 'b')
    await node.append(1, 'b', 'c')
    await node.ear.reads('c')
    assert.deepEqual(node.ear.uids(), ['a', 'b', 'c'])
    assert.deepEqual(node.ear.losses, [])
    await better
    assert.equal(node.log.failure, null)
  })

  it('waits for a Redis that isn’t there yet', async () => {
    await using redis = await RedisServer.start()
    await redis.stop()
    await using node = new LogNode(redis.url)
    const warned = node.said.next('warn')
    const following = node.log.follow(node.ear)
    assert.match((await warned).message, /not connected to Redis/)
    assert.equal(node.log.failure, 'Redis can not be reached')
    await redis.start()
    await following
    assert.equal(node.log.failure, null)
    assert.equal(await node.append(1, 'none', 'a'), 'a')
    assert.equal(node.said.of('warn').length, 1)
    assert.deepEqual(node.ear.losses, [])
  })

  it('keeps what it could not say for later', async () => {
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    await using far = await LogNode.open(proxy.url.replace('http', 'redis'), { nodeId: 'far' })
    await using near = await LogNode.open(redis.url, { nodeId: 'near' })
    await near.append(1, 'none', 'a')
    await far.ear.reads('a')
    proxy.down()
    far.log.settle(1, { upTo: far.ear.positionOf('a'), kept: ['a'], void: [] })
    assert.deepEqual(far.ear.told.length, 1)
    proxy.mend()
    await near.ear.until(() => near.ear.told.length > 0)
    assert.deepEqual(near.ear.told, far.ear.told)
    await using late = await LogNode.open(redis.url)
    assert.deepEqual(late.ear.uids(), [])
  })

  it('goes on when what it reads can’t be handled', async () => {
    await using redis = await RedisServer.start()
    await using node = new LogNode(redis.url)
    const read: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    await node.log.follow({
      read: (_, entries) => {
        read.push(...entries.map(({ uid }) => uid))
        if (read.includes('b')) resolve()
        throw new Error('a bug')
      },
      settled: () => {},
      lost: async () => {},
    })
    await node.append(1, 'none', 'a')
    await node.append(1, 'a', 'b')
    await promise
    assert.deepEqual(read, ['a', 'b'])
    assert.equal(node.said.of('error').length, 2)
  })
})

function byNumber(one: number, other: number): number {
  return one - other
}

async function command<T>(redis: RedisServer, run: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url)
  try {
    return await run(client)
  } finally {
    client.disconnect()
  }
}

/** That began in a partition, as its log says. */
async function epochsIn(redis: RedisServer, partition: number): Promise<string[]> {
  const entries = await command(redis, (client) => client.xrange(`{test:p${partition}}:log`, '-', '+'))
  return entries.filter(([, [name]]) => name === 'epoch').map(([, [, epoch]]) => epoch ?? '')
}
