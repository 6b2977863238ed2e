import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { ask, RawHttp } from './support/raw-http.ts'
import { conformanceServices, SockJsServer } from './support/sockjs-services.ts'
import { WebSocketTranscript } from './support/websocket-transcript.ts'

let server: SockJsServer
let port: number
before(async () => {
  server = await SockJsServer.start(...conformanceServices)
  port = server.port
})
after(() => server[Symbol.asyncDispose]())

const session = (prefix = '/echo') => `${prefix}/000/${randomUUID()}/websocket`
const open = (path: string) => new WebSocketTranscript(`ws://127.0.0.1:${port}${path}`)
const upgrade = { Upgrade: 'websocket', Connection: 'Upgrade' }

test('opens, echoes, ignores empty frames, takes a string alone', async () => {
  const ws = open(session())
  assert.equal(await ws.next(), 'o')
  for (const frame of ['', '[]', '["a"]', '"b"', '["c","d"]']) ws.send(frame)
  for (const frame of ['a["a"]', 'a["b"]', 'a["c"]', 'a["d"]']) assert.equal(await ws.next(), frame)
  ws.close()
})

test('a close is a frame and then the end', async () => {
  const ws = open(session('/close'))
  assert.equal(await ws.next(), 'o')
  assert.equal(await ws.next(), 'c[3000,"Go away!"]')
  assert.deepEqual(await ws.closed, { code: 1000, reason: 'Go away!' })
})

test('broken frames end it', async () => {
  for (const frame of ['["a', '{}', '[1]', 'x', '"', '[["a"]]']) {
    const ws = open(session())
    assert.equal(await ws.next(), 'o')
    ws.send(frame)
    assert.deepEqual(await ws.closed, { code: 1007, reason: 'Broken framing.' })
  }
})

test('two may use the same name', async () => {
  const path = session()
  const [one, two] = [open(path), open(path)]
  assert.equal(await one.next(), 'o')
  assert.equal(await two.next(), 'o')
  one.send('["a"]')
  two.send('["b"]')
  assert.equal(await one.next(), 'a["a"]')
  assert.equal(await two.next(), 'a["b"]')
  one.close()
  two.close()
})

test('heart-beats', async () => {
  const ws = open(session())
  assert.equal(await ws.next(), 'o')
  server.sweep(1_000_000)
  server.sweep(1_024_999)
  ws.send('["a"]')
  assert.equal(await ws.next(), 'a["a"]')
  server.sweep(1_030_000)
  server.sweep(1_055_000)
  assert.equal(await ws.next(), 'h')
  ws.close()
})

test('raw: messages as they are, closed with their reason', async () => {
  const ws = open('/echo/websocket')
  ws.send('Hello world!\uffff')
  assert.equal(await ws.next(), 'Hello world!\uffff')
  ws.close()
  assert.deepEqual(await open('/close/websocket').closed, { code: 1000, reason: 'Go away!' })
})

test('requests that are no upgrade', async () => {
  const plain = await ask(port, 'GET', '/echo/0/0/websocket')
  assert.equal(plain.status, 400)
  assert.equal(plain.text, 'Can "Upgrade" only to "WebSocket".')
  const kept = await ask(port, 'GET', '/echo/0/0/websocket', { headers: { Upgrade: 'WebSocket', Connection: 'close' } })
  assert.equal(kept.status, 400)
  assert.equal(kept.text, '"Connection" must be "Upgrade".')
})

test('only GET upgrades', async () => {
  for (const headers of [upgrade, {}]) {
    const answer = await ask(port, 'POST', '/echo/0/0/websocket', { headers })
    assert.equal(answer.status, 405)
    assert.equal(answer.header('allow'), 'GET')
    assert.equal(answer.header('content-type'), undefined)
    assert.equal(answer.text, '')
  }
})

test('upgrades to something else, or elsewhere', async () => {
  const other = await ask(port, 'GET', '/echo/0/0/websocket', { headers: { Upgrade: 'h2c', Connection: 'Upgrade' } })
  assert.equal(other.status, 400)
  for (const path of ['/echo/info', '/echo/a.b/c/websocket', session('/disabled_websocket_echo')]) {
    assert.equal((await ask(port, 'GET', path, { headers: upgrade })).status, 404)
  }
  assert.equal((await ask(port, 'GET', session('/disabled_websocket_echo'))).status, 404)
})

test('handshakes', async () => {
  for (const [version, connection] of [
    ['13', 'Upgrade'],
    ['8', 'keep-alive, Upgrade'],
  ] as const) {
    const http = new RawHttp(port)
    const headers = {
      Upgrade: 'websocket',
      Connection: connection,
      'Sec-WebSocket-Version': version,
      'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
    }
    const answer = await http.request('GET', session(), { headers })
    assert.equal(answer.status, 101)
    assert.equal(answer.header('sec-websocket-accept'), 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=')
    assert.equal(answer.header('connection')?.toLowerCase(), 'upgrade')
    assert.equal(answer.header('upgrade')?.toLowerCase(), 'websocket')
    assert.equal(answer.header('content-length'), undefined)
    assert.deepEqual([...(await http.read(3))], [0x81, 1, 0x6f])
    http.close()
  }
})

test('draining: everybody hears it, nobody is let in', async () => {
  const draining = await SockJsServer.start(conformanceServices[0]!)
  const ws = new WebSocketTranscript(`ws://127.0.0.1:${draining.port}${session()}`)
  assert.equal(await ws.next(), 'o')
  const url = `/echo/000/${randomUUID()}/xhr`
  assert.equal((await ask(draining.port, 'POST', url)).text, 'o\n')
  await draining.endpoints[0]!.drain({ code: 'drain', reason: 'back soon', retry: 'now' })
  assert.equal(await ws.next(), 'c[1001,"back soon"]')
  assert.equal((await ask(draining.port, 'POST', url)).text, 'c[1001,"back soon"]\n')
  assert.equal((await ask(draining.port, 'POST', `/echo/000/${randomUUID()}/xhr`)).status, 503)
  const refused = new WebSocket(`ws://127.0.0.1:${draining.port}${session()}`)
  const [error] = await once(refused, 'error')
  assert.match(String(error), /503/)
  await draining[Symbol.asyncDispose]()
})
