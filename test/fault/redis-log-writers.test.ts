import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LogNode } from '../support/log-ear.ts'
import { NetworkProxy } from '../support/network-proxy.ts'
import { RedisServer } from '../support/redis-server.ts'

const partitions = 16

describe('who brings entries to the store', () => {
  it('is one node for each partition, and each has its share', async () => {
    await using redis = await RedisServer.start()
    const ids = ['a', 'b', 'c']
    const nodes = () => ids
    await using a = await LogNode.open(redis.url, { nodeId: 'a', nodes })
    await using b = await LogNode.open(redis.url, { nodeId: 'b', nodes })
    await using c = await LogNode.open(redis.url, { nodeId: 'c', nodes })
    await until(() => heldBy(a) + heldBy(b) + heldBy(c) === partitions)
    for (const node of [a, b, c]) assert.ok(heldBy(node) >= 4 && heldBy(node) <= 6, `${heldBy(node)} of ${partitions}`)
    for (let p = 0; p < partitions; p++) assert.equal([a, b, c].filter(({ log }) => log.brings(p)).length, 1)
  })

  it('is another one when a node says good-bye, and at once', async () => {
    await using redis = await RedisServer.start()
    let ids = ['a', 'b']
    const nodes = () => ids
    const leaseMs = 60_000
    await using a = await LogNode.open(redis.url, { nodeId: 'a', nodes, leaseMs })
    await using b = await LogNode.open(redis.url, { nodeId: 'b', nodes, leaseMs, tickMs: 60_000 })
    await until(() => heldBy(a) === partitions / 2)
    ids = ['b']
    await a.log.close()
    assert.equal(heldBy(a), 0)
    await until(() => heldBy(b) >= partitions / 2)
  })

  it('is another one when a node is cut off, and never both', async () => {
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    const nodes = () => ['near']
    await using far = await LogNode.open(proxy.url.replace('http', 'redis'), { nodeId: 'far', nodes: () => ['far'] })
    await until(() => heldBy(far) === partitions)
    await using near = await LogNode.open(redis.url, { nodeId: 'near', nodes })
    proxy.down()
    await until(() => {
      for (let p = 0; p < partitions; p++) assert.ok(!(far.log.brings(p) && near.log.brings(p)), `both bring ${p}`)
      return heldBy(near) === partitions
    })
    assert.equal(heldBy(far), 0)
  })

  it('is a stand-in when the one whose turn it is does nothing', async () => {
    await using redis = await RedisServer.start()
    const nodes = () => ['lazy', 'eager']
    await using eager = await LogNode.open(redis.url, { nodeId: 'eager', nodes, leaseMs: 100, tickMs: 20 })
    await until(() => heldBy(eager) === partitions)
    // It is not passed to and fro.
    for (let i = 0; i < 20; i++) await until(() => heldBy(eager) === partitions)
  })

  it('hands over to a node that comes', async () => {
    await using redis = await RedisServer.start()
    let ids = ['old']
    const nodes = () => ids
    await using old = await LogNode.open(redis.url, { nodeId: 'old', nodes })
    await until(() => heldBy(old) === partitions)
    ids = ['new', 'old']
    await using newer = await LogNode.open(redis.url, { nodeId: 'new', nodes })
    await until(() => heldBy(newer) === partitions / 2 && heldBy(old) === partitions / 2)
  })
})

function heldBy({ log }: LogNode): number {
  let held = 0
  for (let partition = 0; partition < partitions; partition++) if (log.brings(partition)) held++
  return held
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}
