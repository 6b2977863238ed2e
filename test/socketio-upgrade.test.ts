import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { SocketIoServer } from './support/socketio-server.ts'

type AnySocket = Pick<Socket, 'on' | 'once' | 'emit' | 'disconnect' | 'io'>
const require = createRequire(import.meta.url)
const io2 = require('socket.io-client-2') as (url: string, options: object) => AnySocket

describe('nothing is lost, doubled or swapped when polling becomes a WebSocket', () => {
  for (const [version, dial] of [
    [4, io as (url: string, options: object) => AnySocket],
    [2, io2],
  ] as const) {
    it(`with socket.io-client ${version}`, async () => {
      await using server = await SocketIoServer.open()
      const options = { auth: { token: 'ok' }, query: { token: 'ok' }, forceNew: true, reconnection: false }
      const socket = dial(`${server.url}/open`, options)
      const heard: unknown[] = []
      const answered: number[] = []
      let transport = ''
      let isOver = false
      socket.on('count', (count: unknown) => heard.push(count))
      await new Promise<void>((resolve) => socket.once('connect', resolve))
      const [line] = server.lines
      assert.ok(line)
      let sent = 0
      let asked = 0
      // Until well after the change: bursts of several, single ones, answers between them.
      for (let after = 0; after < 300;) {
        for (let burst = 0; burst <= sent % 3; burst++) line.emit('count', sent++)
        const question = asked++
        socket.emit('ask', question, (answer: number) => answered.push(answer))
        await new Promise(setImmediate)
        transport = (socket.io as unknown as { engine: { transport: { name: string } } }).engine.transport.name
        if (transport === 'websocket') after++
      }
      line.emit('count', 'over')
      socket.on('count', (count: unknown) => (isOver ||= count === 'over'))
      while (!isOver || answered.length < asked) await new Promise(setImmediate)
      assert.deepEqual(heard, [...Array.from({ length: sent }, (_, index) => index), 'over'])
      assert.deepEqual(
        answered,
        Array.from({ length: asked }, (_, index) => index),
      )
      socket.disconnect()
    })
  }
})
