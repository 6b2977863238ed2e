import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { SockJsConstructor } from './support/sockjs-client.ts'
import { conformanceServices, SockJsServer } from './support/sockjs-services.ts'

const SockJS = createRequire(import.meta.url)('sockjs-client') as SockJsConstructor

let server: SockJsServer
before(async () => {
  server = await SockJsServer.start(...conformanceServices)
})
after(() => server[Symbol.asyncDispose]())

// The others need a browser.
const transports = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']

const texts = [
  '',
  'a',
  '"quoted" \\ \n',
  'é 한 😀 \u2028\u200d\ufeff',
  '\ud800 alone',
  '{"json":[1]}',
  'x'.repeat(10_000),
]

for (const transport of transports) {
  const connect = (service: string) =>
    new SockJS(`http://127.0.0.1:${server.port}/${service}`, null, { transports: [transport] })

  test(`sockjs-client over ${transport}: every text comes back, in order`, async () => {
    const client = connect('echo')
    const heard: string[] = []
    await new Promise<void>((resolve, reject) => {
      client.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`))
      client.onmessage = ({ data }) => {
        heard.push(data)
        if (heard.length === texts.length * 3) resolve()
      }
      client.onopen = () => {
        for (let round = 0; round < 3; round++) for (const text of texts) client.send(text)
      }
    })
    assert.equal(client.transport, transport)
    assert.deepEqual(heard, [...texts, ...texts, ...texts])
    const closed = new Promise<{ code: number }>((resolve) => (client.onclose = resolve))
    client.close()
    assert.equal((await closed).code, 1000)
  })

  test(`sockjs-client over ${transport}: hears why it was closed`, async () => {
    const client = connect('close')
    const { code, reason } = await new Promise<{ code: number; reason: string }>(
      (resolve) => (client.onclose = resolve),
    )
    assert.deepEqual({ code, reason }, { code: 3000, reason: 'Go away!' })
  })
}

test('sockjs-client goes on without WebSockets', async () => {
  const client = new SockJS(`http://127.0.0.1:${server.port}/disabled_websocket_echo`, null, {
    transports: ['websocket', 'xhr-streaming'],
  })
  await new Promise<void>((resolve) => (client.onopen = resolve))
  assert.equal(client.transport, 'xhr-streaming')
  client.close()
})
