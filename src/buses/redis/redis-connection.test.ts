import assert from 'node:assert/strict'
import type { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { NetworkProxy } from '../../../test/support/network-proxy.ts'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { RedisCluster } from '../../../test/support/redis-cluster.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { RedisConnections } from './redis-connection.ts'

const times = { commandTimeoutMs: 500, silenceMs: 500 }

function connect(url: string, stack: DisposableStack): { connections: RedisConnections; log: RecordedLog } {
  const log = new RecordedLog()
  const connections = new RedisConnections({ url, name: 'test', log, ...times })
  stack.defer(() => connections.close())
  return { connections, log }
}

describe('connections to Redis', () => {
  it('send nothing later: what can’t be sent now is refused', async () => {
    using stack = new DisposableStack()
    await using redis = await RedisServer.start()
    const { connections } = connect(redis.url, stack)
    const client = connections.command()
    await assert.rejects(async () => client.set('a', '1'))
    await once(client, 'ready')
    assert.equal(await client.get('a'), null)
  })

  it('send nothing twice: what is not answered when the connection is lost is refused', async () => {
    using stack = new DisposableStack()
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    const { connections } = connect(proxy.url.replace('http', 'redis'), stack)
    const client = connections.command()
    await once(client, 'ready')
    proxy.deafen()
    const unanswered = assert.rejects(async () => client.incr('count'))
    const direct = new Redis(redis.url)
    stack.defer(() => direct.disconnect())
    while ((await direct.get('count')) !== '1') await new Promise(setImmediate)
    proxy.cut()
    await unanswered
    await once(client, 'ready')
    assert.equal(await client.incr('count'), 2)
  })

  it('say once that Redis is gone, and once that it is there again', async () => {
    using stack = new DisposableStack()
    await using redis = await RedisServer.start()
    const { connections, log } = connect(redis.url, stack)
    const clients = [connections.command(), connections.subscriber(), connections.blocking('any')]
    await Promise.all(clients.map((client) => once(client, 'ready')))
    const warned = log.next('warn')
    await redis.stop()
    await warned
    const again = log.next('info')
    await redis.start()
    await again
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['warn', 'info'],
    )
  })

  it('notice that a server says nothing any more, also those that only listen', async () => {
    using stack = new DisposableStack()
    await using redis = await RedisServer.start()
    const { connections } = connect(redis.url, stack)
    const subscriber = connections.subscriber()
    await once(subscriber, 'ready')
    await subscriber.subscribe('channel')
    const lost = once(subscriber, 'close')
    redis.pause()
    await lost
    const again = once(subscriber, 'ready')
    redis.resume()
    await again
    await subscriber.subscribe('channel')
    const heard = once(subscriber, 'message')
    await redis.publish('channel', 'hello')
    assert.deepEqual(await heard, ['channel', 'hello'])
  })

  it('dial anew no more than once a second', async () => {
    using stack = new DisposableStack()
    await using redis = await RedisServer.start()
    await using proxy = await NetworkProxy.to(redis.url)
    const { connections } = connect(proxy.url.replace('http', 'redis'), stack)
    const client = connections.command()
    await once(client, 'ready')
    connections.redial(client)
    await once(client, 'ready')
    connections.redial(client)
    assert.equal(await client.ping(), 'PONG')
    assert.equal(proxy.dials, 2)
  })

  it('hear in a cluster what is published anywhere, also when one of its servers goes', async () => {
    using stack = new DisposableStack()
    await using cluster = await RedisCluster.start()
    const { connections } = connect(cluster.url, stack)
    const subscriber = connections.subscriber()
    await once(subscriber, 'ready')
    const { remotePort } = subscriber.stream
    const home = cluster.servers.find(({ port }) => port === remotePort)
    const other = cluster.servers.find(({ port }) => port !== remotePort)
    await subscriber.subscribe('channel')
    const heard = once(subscriber, 'message')
    await other?.publish('channel', 'hello')
    assert.deepEqual(await heard, ['channel', 'hello'])
    const again = once(subscriber, 'ready')
    await home?.stop()
    await again
    assert.notEqual(subscriber.stream.remotePort, remotePort)
  })

  it('go in a cluster to the server that has the key', async () => {
    using stack = new DisposableStack()
    await using cluster = await RedisCluster.start()
    const { connections } = connect(cluster.url, stack)
    for (const key of ['{a}:1', '{b}:1', '{c}:1', '{d}:1']) {
      const client = connections.commandAt(key)
      await once(client, 'ready')
      assert.equal(await client.set(key, 'value'), 'OK')
    }
  })
})

/** Unlike that of Node it doesn't mind errors, which are what these tests are about. */
function once(emitter: EventEmitter, name: string): Promise<unknown[]> {
  return new Promise((resolve) => emitter.once(name, (...args) => resolve(args)))
}
