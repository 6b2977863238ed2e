import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LogNode } from '../support/log-ear.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { RedisSentinels } from '../support/redis-sentinels.ts'

describe('a room log behind sentinels', () => {
  it('follows the master, and goes on when it is replaced', async () => {
    await using sentinels = await RedisSentinels.start()
    await using one = await LogNode.open(sentinels.url)
    await using other = await LogNode.open(sentinels.url)
    await one.append(1, 'none', 'a')
    await Promise.all([one.ear.reads('a'), other.ear.reads('a')])
    await sentinels.servers[0].stop()
    const [end] = await Promise.all([one.appendAtLast(1, 'a', 'b'), other.appendAtLast(1, 'a', 'b')])
    assert.equal(end, 'b')
    for (const { ear } of [one, other]) {
      await ear.reads('b')
      assert.ok(ear.losses.includes(1), 'the replica may not have everything')
      assert.equal(ear.uids().at(-1), 'b')
    }
  })
})

describe('a room log in a Redis Cluster', () => {
  it('has its partitions on all masters, and every node reads them all', async () => {
    await using cluster = await RedisCluster.start()
    await using one = await LogNode.open(cluster.url)
    await using other = await LogNode.open(cluster.url)
    for (let room = 0; room < 32; room++) {
      await one.append(room, 'none', `${room}-a`)
      await other.append(room, `${room}-a`, `${room}-b`)
    }
    for (const { ear } of [one, other]) {
      await ear.until(() => ear.entries.length === 64)
      for (let room = 0; room < 32; room++) assert.deepEqual(ear.uids(room), [`${room}-a`, `${room}-b`])
      assert.deepEqual(ear.losses, [])
    }
    await one.ear.reads('31-b')
    one.log.settle(15, { upTo: one.ear.positionOf('31-b'), kept: ['31-b'], void: [] })
    await other.ear.until(() => other.ear.told.length > 0)
  })

  it('loses nothing but its epochs when a master is restarted, and the others go on', async () => {
    await using cluster = await RedisCluster.start()
    await using one = await LogNode.open(cluster.url)
    await using other = await LogNode.open(cluster.url)
    for (let room = 0; room < 16; room++) await one.append(room, 'none', `${room}-a`)
    await other.ear.until(() => other.ear.entries.length === 16)
    await cluster.servers[0]?.stop()
    await cluster.servers[0]?.start()
    for (let room = 0; room < 16; room++)
      assert.equal(await other.appendAtLast(room, `${room}-a`, `${room}-b`), `${room}-b`)
    for (const { ear } of [one, other]) {
      await ear.reads(...Array.from({ length: 16 }, (_, room) => `${room}-b`))
      assert.ok(ear.losses.length > 0 && ear.losses.length < 16, `${ear.losses.length} losses`)
      for (let room = 0; room < 16; room++) {
        const again = ear.losses.includes(room) ? [`${room}-a`] : []
        assert.deepEqual(ear.uids(room), [`${room}-a`, ...again, `${room}-b`])
      }
    }
  })
})
