import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Client } from '@stomp/stompjs'
import { FakeHost } from './fake-host.ts'
import { messageFrame } from './frame.ts'

/** The client libraries themselves, on a socket that leads straight to a session. */

type Handler = ((event: unknown) => void) | null

class FakeSocket {
  readonly url = 'fake:'
  readyState = 0
  binaryType = ''
  onopen: Handler = null
  onmessage: Handler = null
  onclose: Handler = null
  onerror: Handler = null
  readonly #host: FakeHost

  constructor(host: FakeHost) {
    this.#host = host
    host.write = (text): void => {
      host.written.push(text)
      this.onmessage?.({ data: text })
    }
    queueMicrotask(() => {
      this.readyState = 1
      this.onopen?.({})
    })
  }

  send(text: string): void {
    this.#host.session.message(text)
  }

  close(): void {
    this.readyState = 3
    this.#host.session.closed()
    this.onclose?.({ code: 1000 })
  }
}

const body = JSON.stringify({ text: '안녕 😀' })

test('@stomp/stompjs: connect, subscribe, receipts, transactions, disconnect', async () => {
  const host = new FakeHost()
  host.onConnect = () => void host.session.accept()
  const heard: string[] = []
  const client = new Client({
    webSocketFactory: () => new FakeSocket(host) as unknown as WebSocket,
    connectHeaders: { token: 'a:b' },
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
  })
  const connected = new Promise<void>((resolve) => (client.onConnect = () => resolve()))
  client.activate()
  await connected
  client.watchForReceipt('r1', () => heard.push('receipt'))
  client.subscribe('/sub/room:1', (message) => heard.push(message.body), { id: 's:1', receipt: 'r1' })
  const message = {
    subscription: 's:1',
    destination: '/sub/room:1',
    messageId: '1',
    contentType: 'application/json',
    body,
  }
  host.write(messageFrame({ ...message, version: host.session.version }))
  client.publish({ destination: '/pub', body: '한\0글' })
  const transaction = client.begin()
  client.publish({ destination: '/pub', body: 'later', headers: { transaction: transaction.id } })
  transaction.commit()
  client.unsubscribe('s:1')
  await client.deactivate()
  assert.deepEqual(heard, ['receipt', body])
  assert.deepEqual(host.heard.slice(1), [
    'subscribe s:1 /sub/room:1 auto',
    'send /pub 한\0글',
    'send /pub later',
    'unsubscribe s:1',
    'disconnected',
  ])
})

test('stomp-websocket 2.3.3: the same, with a body that it sends in pieces', async () => {
  const { Stomp } = createRequire(import.meta.url)('stompjs/lib/stomp.js')
  Stomp.setInterval = Stomp.clearInterval = () => 0
  const host = new FakeHost()
  host.onConnect = () => void host.session.accept()
  const heard: string[] = []
  const client = Stomp.over(new FakeSocket(host))
  client.debug = null
  await new Promise<void>((resolve) => client.connect({ token: 'a:b' }, resolve))
  assert.equal(host.session.version, '1.1')
  client.onreceipt = () => heard.push('receipt')
  client.subscribe('/sub/room:1', (message: { body: string }) => heard.push(message.body), { receipt: 'r1' })
  const message = {
    subscription: 'sub-0',
    destination: '/sub/room:1',
    messageId: '1',
    contentType: 'application/json',
    body,
  }
  host.write(messageFrame({ ...message, version: host.session.version }))
  const long = '가나다\n'.repeat(5_000)
  client.send('/pub', {}, long)
  client.begin('t').abort()
  client.unsubscribe('sub-0')
  client.disconnect()
  await turn()
  assert.deepEqual(heard, ['receipt', body])
  assert.deepEqual(host.heard.slice(1), [
    'subscribe sub-0 /sub/room:1 auto',
    `send /pub ${long}`,
    'unsubscribe sub-0',
    'disconnected',
  ])
})
