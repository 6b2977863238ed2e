import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { commandPath, installed } from '../../../test/support/debian-packages.ts'
import { entry, LogNode } from '../../../test/support/log-ear.ts'
import { NetworkProxy } from '../../../test/support/network-proxy.ts'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import type { RoomId } from '../../core/model.ts'
import { LogAppends, type LogAppend } from './log-appends.ts'
import { LogPartition } from './log-partition.ts'
import { RedisConnections } from './redis-connection.ts'

/** Nothing of its own runs while appends are counted. */
const quiet = { tickMs: 60_000 }

describe('the appends of one turn', () => {
  it('are one call, for rooms of many partitions', async () => {
    await using redis = await RedisServer.start()
    using client = clientOf(redis)
    await using node = await LogNode.open(redis.url, quiet)
    await node.append(99, 'none', 'warm')
    const before = await calls(client)
    const rooms = Array.from({ length: 40 }, (_, i) => i + 1)
    const ends = await Promise.all(rooms.map((room) => node.append(room, 'none', `${room}-a`, `${room}-b`)))
    assert.equal(await calls(client), before + 1)
    assert.deepEqual(
      ends,
      rooms.map((room) => `${room}-b`),
    )
    await node.ear.reads(...ends)
    for (const room of rooms) assert.deepEqual(node.ear.uids(room), [`${room}-a`, `${room}-b`])
    const ofPartition = node.ear.entries.filter(({ roomId }) => roomId % 16 === 5).map(({ uid }) => uid)
    assert.deepEqual(ofPartition, ['5-a', '5-b', '21-a', '21-b', '37-a', '37-b'])
    assert.equal(node.log.counts.appended, 41)
  })

  it('are some calls when they are many, or much', async () => {
    await using redis = await RedisServer.start()
    using client = clientOf(redis)
    await using node = await LogNode.open(redis.url, quiet)
    await node.append(999, 'none', 'warm')
    let before = await calls(client)
    await Promise.all(Array.from({ length: 250 }, (_, i) => node.append(i, 'none', `a${i}`)))
    assert.equal(await calls(client), before + 3)
    before = await calls(client)
    const text = 'x'.repeat(300_000)
    const long = Array.from({ length: 7 }, (_, i) => ({ ...entry(1000 + i, `long-${i}`), text }))
    await Promise.all(long.map((one) => node.log.append(one.roomId, 'none', one.uid, [one])))
    assert.equal(await calls(client), before + 3)
    await node.ear.reads(...long.map(({ uid }) => uid))
  })

  it('are refused one by one', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    await node.append(1, 'none', 'a')
    const ends = await Promise.all([
      node.append(2, 'none', 'x'),
      node.append(1, 'other', 'b'),
      node.append(3, 'none', 'y'),
    ])
    assert.deepEqual(ends, ['x', 'a', 'y'])
    assert.equal(node.log.counts.refused, 1)
    await node.append(1, 'a', 'c')
    await node.ear.reads('c', 'x', 'y')
    assert.deepEqual(node.ear.uids(1), ['a', 'c'])
  })

  it('follow upon each other in one room', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url)
    const tries = [
      node.append(1, 'none', 'a'),
      node.append(1, 'a', 'b'),
      node.append(1, 'a', 'c'),
      node.append(1, 'b', 'd'),
    ]
    assert.deepEqual(await Promise.all(tries), ['a', 'b', 'b', 'd'])
    await node.ear.reads('d')
    assert.deepEqual(node.ear.uids(), ['a', 'b', 'd'])
  })

  it('fail alone where a key is broken', async () => {
    await using redis = await RedisServer.start()
    using client = clientOf(redis)
    await using node = await LogNode.open(redis.url)
    const epoch = Number.parseInt((await client.get('{test:p2}:epoch')) ?? '', 10)
    await client.lpush(`{test:p2}:end:${epoch}:2`, 'not an end')
    const tries = [
      node.append(1, 'none', 'a'),
      node.append(1, 'a', 'b'),
      node.append(2, 'none', 'broken'),
      node.append(3, 'none', 'c'),
      node.append(18, 'none', 'd'),
    ]
    const done = await Promise.allSettled(tries)
    assert.deepEqual(
      done.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code)),
      ['a', 'b', 'unavailable', 'c', 'd'],
    )
    await node.ear.reads('a', 'b', 'c', 'd')
    assert.equal(node.ear.entries.length, 4)
    assert.equal(node.log.counts.failed, 1)
    assert.equal(node.log.counts.appended, 4)
    assert.equal(node.said.of('error').length, 1)
  })

  it('fail together, and are not tried one by one, when Redis is full', async () => {
    await using redis = await RedisServer.start()
    using client = clientOf(redis)
    await using node = await LogNode.open(redis.url, quiet)
    await node.append(1, 'none', 'a')
    await client.config('SET', 'maxmemory', '1')
    const before = await calls(client)
    const tries = Array.from({ length: 20 }, (_, i) => node.append(i + 2, 'none', `full-${i}`))
    for (const attempt of await Promise.allSettled(tries)) assert.equal(attempt.status, 'rejected')
    assert.equal(await calls(client), before + 1)
    assert.equal(node.log.failure, 'Redis is out of memory')
    await client.config('SET', 'maxmemory', '0')
    assert.equal(await node.append(2, 'none', 'b'), 'b')
    await node.ear.reads('b')
    assert.deepEqual(node.ear.uids(), ['a', 'b'])
  })

  it('are all unsure when the connection is lost', async () => {
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    await using node = await LogNode.open(proxy.url.replace('http', 'redis'))
    await using other = await LogNode.open(redis.url)
    await node.append(3, 'none', 'warm')
    proxy.deafen()
    const tries = Promise.allSettled([node.append(1, 'none', 'a'), node.append(2, 'none', 'b')])
    await other.ear.reads('a', 'b')
    proxy.cut()
    proxy.mend()
    for (const attempt of await tries) assert.equal(attempt.status, 'rejected')
    assert.equal(await node.appendAtLast(1, 'none', 'a'), 'a')
    assert.equal(await node.appendAtLast(2, 'none', 'b'), 'b')
    assert.ok(node.log.counts.failed >= 2)
    await node.append(1, 'a', 'c')
    await other.ear.reads('c')
    assert.deepEqual(other.ear.uids().toSorted(), ['a', 'b', 'c', 'warm'])
  })

  it('do nothing in a partition that is in another epoch, and everything elsewhere', async () => {
    await using redis = await RedisServer.start()
    using client = clientOf(redis)
    await using node = await LogNode.open(redis.url)
    await node.append(3, 'none', 'a')
    await client.set('{test:p1}:epoch', `99999999999999:${'0'.repeat(40)}`)
    const [elsewhere, here] = await Promise.allSettled([node.append(1, 'none', 'x'), node.append(3, 'a', 'b')])
    assert.equal(elsewhere?.status, 'rejected')
    assert.deepEqual(here, { status: 'fulfilled', value: 'b' })
    await node.appendAtLast(1, 'none', 'y')
    await node.ear.reads('y')
    assert.deepEqual(node.ear.uids(1), ['y'])
  })

  it('are not sent when the epoch is another one at the end of the turn', async () => {
    await using redis = await RedisServer.start()
    await using loose = await LooseAppends.open(redis)
    const [one, other] = loose.partitions
    const tries = [loose.add(one, 1), loose.add(other, 2)]
    one.judge({ epoch: '8:process', last: '0-0', settled: '0-0', verdict: 'whole' })
    const [stale, good] = await Promise.allSettled(tries)
    assert.equal(stale?.status, 'rejected')
    assert.deepEqual(good, { status: 'fulfilled', value: 'u2' })
    const closed = loose.add(other, 3)
    loose.isOpen = false
    await assert.rejects(closed, /decided upon/)
    assert.equal(await loose.client.xlen(one.keys.log), 0)
    assert.equal(await loose.client.xlen(other.keys.log), 1)
    assert.equal(await calls(loose.client), 1)
  })

  it('leave at its end, and not at that of the next one', async () => {
    await using redis = await RedisServer.start()
    await using node = await LogNode.open(redis.url, quiet)
    const program = await installed(['redis-tools'], () => commandPath('redis-cli'))
    await node.append(1, 'none', 'a')
    const appended = node.append(1, 'a', 'b')
    await new Promise((resolve) => setImmediate(resolve))
    // This process does nothing more while it is asked.
    const args = ['-p', String(redis.port), 'XREVRANGE', '{test:p1}:log', '+', '-', 'COUNT', '1']
    assert.match(execFileSync(program, args, { encoding: 'utf8' }), /1 b b/)
    assert.equal(await appended, 'b')
  })
})

/** Appends without a log around them, in two partitions whose epochs are as the test says. */
class LooseAppends implements AsyncDisposable {
  readonly partitions: readonly [LogPartition, LogPartition]
  readonly client: Redis
  isOpen = true
  readonly #connections: RedisConnections
  readonly #appends: LogAppends

  private constructor(redis: RedisServer) {
    this.#connections = new RedisConnections({ url: redis.url, name: 'test', log: new RecordedLog() })
    this.client = this.#connections.commandAt('any')
    this.partitions = [partition(1), partition(2)]
    this.#appends = new LogAppends({
      client: this.client,
      isOpen: () => this.isOpen,
      sendNow: () => this.#connections.sendNow(this.client),
      outcome: {
        answered: ({ resolve }, end) => resolve({ end: end ?? '' }),
        failed: ({ reject }, error) => reject(error),
      },
    })
  }

  static async open(redis: RedisServer): Promise<LooseAppends> {
    const loose = new LooseAppends(redis)
    await once(loose.client, 'ready')
    for (const { keys, epoch } of loose.partitions) await loose.client.set(keys.epoch, epoch)
    return loose
  }

  /** Where the room is afterwards. */
  async add(part: LogPartition, roomId: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly end: string }>()
    const { epoch, turn } = part
    const uid = `u${roomId}`
    const entries = [entry(roomId, uid)]
    const append: LogAppend = {
      part,
      roomId: roomId as RoomId,
      before: 'none',
      after: uid,
      entries,
      askedAt: 0,
      turn,
      epoch,
      resolve,
      reject,
    }
    this.#appends.add(append)
    return (await promise).end
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections.close()
  }
}

function partition(index: number): LogPartition {
  const ignore = (): void => {}
  const part = new LogPartition({
    index,
    prefix: 'test',
    nodeId: 'one',
    follower: () => null,
    changed: ignore,
    freed: ignore,
    failed: ignore,
  })
  part.judge({ epoch: '7:process', last: '0-0', settled: '0-0', verdict: 'whole' })
  return part
}

function clientOf(redis: RedisServer): Redis & Disposable {
  const client = new Redis(redis.url)
  return Object.assign(client, { [Symbol.dispose]: () => client.disconnect() })
}

/** Scripts that were run. */
async function calls(client: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1])
}
