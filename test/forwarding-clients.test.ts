import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { RedisServer } from './support/redis-server.ts'
import { RoundRobin } from './support/round-robin.ts'
import type { SockJsConstructor } from './support/sockjs-client.ts'
import { WireNode } from './support/wire-node.ts'

type AnySocket = Pick<Socket, 'on' | 'once' | 'emit' | 'disconnect' | 'io'>
const require = createRequire(import.meta.url)
const SockJS = require('sockjs-client') as SockJsConstructor
const io2 = require('socket.io-client-2') as (url: string, options: object) => AnySocket

let redis: RedisServer
let nodes: readonly [WireNode, WireNode, WireNode]
let balancer: RoundRobin
before(async () => {
  redis = await RedisServer.start()
  nodes = await WireNode.several(redis, 3)
  balancer = await RoundRobin.to(...nodes.map((node) => node.url))
})
after(async () => {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  await balancer[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const texts = ['', 'a', '"quoted" \\ \n', 'é 한 😀 \u2028', '\ud800 alone', 'x'.repeat(10_000)]

for (const transport of ['xhr-streaming', 'eventsource', 'xhr-polling']) {
  test(`sockjs-client over ${transport}: each request to another node, and every text comes back, in order`, async () => {
    const before = passed()
    const client = new SockJS(`${balancer.url}/echo`, null, { transports: [transport] })
    const heard: string[] = []
    await new Promise<void>((resolve, reject) => {
      client.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`))
      client.onmessage = ({ data }) => {
        heard.push(data)
        if (heard.length === texts.length * 5) resolve()
        else if (heard.length % texts.length === 0) sendAll()
      }
      const sendAll = () => texts.forEach((text) => client.send(text))
      client.onopen = sendAll
    })
    assert.deepEqual(heard, Array.from({ length: 5 }, () => texts).flat())
    assert.equal(client.transport, transport)
    assert.ok(passed() > before, 'nothing was passed on')
    const closed = new Promise<{ code: number }>((resolve) => (client.onclose = resolve))
    client.close()
    assert.equal((await closed).code, 1000)
  })
}

for (const [version, dial] of [
  [4, io as (url: string, options: object) => AnySocket],
  [2, io2],
] as const) {
  for (const transports of [['polling'], ['polling', 'websocket']]) {
    test(`socket.io-client ${version} over ${transports.join(', then ')}: each request to another node`, async () => {
      const before = passed()
      const socket = dial(`${balancer.url}/open`, { transports, forceNew: true, reconnection: false })
      const heard: unknown[] = []
      const failed = Promise.withResolvers<void>()
      for (const event of ['connect_error', 'error', 'disconnect'])
        socket.on(event, (why: unknown) => failed.reject(new Error(`${event}: ${String(why)}`)))
      socket.on('count', (count: unknown) => heard.push(count))
      await Promise.race([failed.promise, new Promise<void>((resolve) => socket.once('connect', resolve))])
      const transportOf = () =>
        (socket.io as unknown as { engine: { transport: { name: string } } }).engine.transport.name
      // Until well after the change, if there is one.
      let sent = 0
      for (let rest = 50; rest > 0; rest -= transportOf() === transports.at(-1) ? 1 : 0) {
        for (let burst = 0; burst <= sent % 3; burst++) socket.emit('count', sent++)
        const answer = new Promise<unknown>((resolve) => socket.emit('ask', sent, resolve))
        assert.equal(await Promise.race([failed.promise, answer]), sent)
      }
      assert.deepEqual(heard, [...Array(sent).keys()])
      assert.ok(passed() > before, 'nothing was passed on')
      socket.disconnect()
      failed.promise.catch(() => {})
    })
  }
}

test('no handler threw, and everyone was found', () => {
  for (const { bugs, forwarding } of nodes) {
    assert.deepEqual(bugs, [])
    assert.equal(forwarding.missed, 0)
  }
})

function passed(): number {
  return nodes.reduce((sum, { forwarding }) => sum + forwarding.passed, 0)
}
