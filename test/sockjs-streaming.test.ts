import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { ask, RawHttp } from './support/raw-http.ts'
import { conformanceServices, SockJsServer } from './support/sockjs-services.ts'

let server: SockJsServer
let port: number
before(async () => {
  server = await SockJsServer.start(...conformanceServices)
  port = server.port
})
after(() => server[Symbol.asyncDispose]())

const noCache = 'no-store, no-cache, no-transform, must-revalidate, max-age=0'
const session = (prefix = '/echo') => `${prefix}/000/${randomUUID()}`
const send = async (url: string, body: string) => {
  const { status } = await ask(port, 'POST', `${url}/xhr_send`, { body })
  assert.equal(status, 204)
}
const prelude = `${'h'.repeat(2048)}\n`

test('xhr_streaming: a chunk a frame, after 2 KiB of nothing', async () => {
  const url = session()
  const http = new RawHttp(port)
  const stream = await http.request('POST', `${url}/xhr_streaming`, { headers: { Origin: 'test' } })
  assert.equal(stream.status, 200)
  assert.equal(stream.header('content-type'), 'application/javascript; charset=UTF-8')
  assert.equal(stream.header('transfer-encoding'), 'chunked')
  assert.equal(stream.header('content-length'), undefined)
  assert.equal(stream.header('cache-control'), noCache)
  assert.equal(stream.header('access-control-allow-origin'), 'test')
  assert.equal(await stream.chunk(), prelude)
  assert.equal(await stream.chunk(), 'o\n')
  await send(url, '["x"]')
  assert.equal(await stream.chunk(), 'a["x"]\n')
  await send(url, '["y","z"]')
  assert.equal(await stream.chunk(), 'a["y","z"]\n')
  http.close()
})

test('xhr_streaming: ends after the limit, the next request goes on', async () => {
  const url = session()
  const http = new RawHttp(port)
  const stream = await http.request('POST', `${url}/xhr_streaming`)
  assert.equal(await stream.chunk(), prelude)
  assert.equal(await stream.chunk(), 'o\n')
  const message = `"${'x'.repeat(128)}"`
  for (let sent = 0; sent < 31; sent++) {
    await send(url, `[${message}]`)
    assert.equal(await stream.chunk(), `a[${message}]\n`)
  }
  assert.equal(await stream.chunk(), '')
  await send(url, '["on"]')
  const next = await http.request('POST', `${url}/xhr_streaming`)
  assert.equal(await next.chunk(), prelude)
  assert.equal(await next.chunk(), 'a["on"]\n')
  http.close()
})

test('xhr_streaming over HTTP/1.0 ends with its connection', async () => {
  const http = new RawHttp(port)
  const stream = await http.request('POST', `${session('/close')}/xhr_streaming`, {
    version: '1.0',
    headers: { Connection: 'Keep-Alive' },
  })
  assert.equal(stream.header('transfer-encoding'), undefined)
  assert.equal(stream.header('content-length'), undefined)
  assert.equal((await http.rest()).toString(), `${prelude}o\nc[3000,"Go away!"]\n`)
})

test('xhr_streaming: a close ends the response, and later ones', async () => {
  const url = session('/close')
  for (const frames of [['o\n', 'c[3000,"Go away!"]\n'], ['c[3000,"Go away!"]\n'], ['c[3000,"Go away!"]\n']]) {
    const http = new RawHttp(port)
    const stream = await http.request('POST', `${url}/xhr_streaming`)
    assert.equal(await stream.chunk(), prelude)
    for (const frame of frames) assert.equal(await stream.chunk(), frame)
    assert.equal(await stream.chunk(), '')
    http.close()
  }
})

test('xhr_streaming: a second receiver is turned away, and an abort ends the session', async () => {
  const url = session()
  const first = new RawHttp(port)
  const stream = await first.request('POST', `${url}/xhr_streaming`)
  assert.equal(await stream.chunk(), prelude)
  assert.equal(await stream.chunk(), 'o\n')
  const second = await ask(port, 'POST', `${url}/xhr_streaming`)
  assert.equal(second.text, `${prelude}c[2010,"Another connection still open"]\n`)
  first.close()
  for (;;) {
    const { text } = await ask(port, 'POST', `${url}/xhr_streaming`)
    if (text === `${prelude}c[1002,"Connection interrupted"]\n`) break
    assert.equal(text, second.text)
  }
})

test('eventsource', async () => {
  const url = session()
  const http = new RawHttp(port)
  const stream = await http.request('GET', `${url}/eventsource`)
  assert.equal(stream.status, 200)
  assert.equal(stream.header('content-type'), 'text/event-stream')
  assert.equal(stream.header('cache-control'), noCache)
  assert.equal(await stream.chunk(), '\r\n')
  assert.equal(await stream.chunk(), 'data: o\r\n\r\n')
  await send(url, '["x"]')
  assert.equal(await stream.chunk(), 'data: a["x"]\r\n\r\n')
  await send(url, String.raw`["  \u0000\n\r "]`)
  assert.equal(await stream.chunk(), `${String.raw`data: a["  \u0000\n\r "]`}\r\n\r\n`)
  await send(url, '["100 % %25"]')
  assert.equal(await stream.chunk(), 'data: a["100 %25 %2525"]\r\n\r\n')
  const message = 'x'.repeat(4096)
  await send(url, `["${message}"]`)
  assert.equal(await stream.chunk(), `data: a["${message}"]\r\n\r\n`)
  assert.equal(await stream.chunk(), '')
  http.close()
})

test('heart-beats go to who receives and hears nothing, and count from the last frame', async () => {
  const url = session()
  const http = new RawHttp(port)
  const stream = await http.request('GET', `${url}/eventsource`)
  await stream.chunk()
  assert.equal(await stream.chunk(), 'data: o\r\n\r\n')
  const start = 10_000_000
  server.sweep(start)
  server.sweep(start + 24_999)
  await send(url, '["x"]')
  assert.equal(await stream.chunk(), 'data: a["x"]\r\n\r\n')
  server.sweep(start + 25_000)
  server.sweep(start + 49_999)
  await send(url, '["y"]')
  assert.equal(await stream.chunk(), 'data: a["y"]\r\n\r\n')
  server.sweep(start + 50_000)
  server.sweep(start + 75_000)
  assert.equal(await stream.chunk(), 'data: h\r\n\r\n')
  http.close()
})
