import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ask, RawHttp } from './support/raw-http.ts'
import { echo, SockJsServer } from './support/sockjs-services.ts'
import { WebSocketTranscript } from './support/websocket-transcript.ts'

let server: SockJsServer
const bugs: unknown[] = []
before(async () => {
  server = await SockJsServer.start({
    prefix: '/echo',
    accept: echo,
    allowScriptTransports: true,
    cookieNeeded: true,
    onBug: (error) => bugs.push(error),
  })
})
after(() => server[Symbol.asyncDispose]())

/** JSON, JSON with something put into it, and no JSON at all. */
const body = fc.oneof(
  fc.json().map((json) => Buffer.from(json)),
  fc.array(fc.string({ unit: 'binary' })).map((messages) => Buffer.from(JSON.stringify(messages))),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.array(fc.string()), fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([messages, at, bytes]) => {
    const json = Buffer.from(JSON.stringify(messages))
    const cut = at % (json.length + 1)
    return Buffer.concat([json.subarray(0, cut), bytes, json.subarray(cut)])
  }),
)

test('whatever is sent to a session, it is answered and the session goes on', async () => {
  const url = `/echo/000/${randomUUID()}`
  assert.equal((await ask(server.port, 'POST', `${url}/xhr`)).text, 'o\n')
  const http = new RawHttp(server.port)
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom('xhr_send', 'jsonp_send'), fc.boolean(), async (bytes, action, isForm) => {
      const headers = isForm ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}
      const response = await http.request('POST', `${url}/${action}`, { body: bytes, headers })
      assert.ok([200, 204, 500].includes(response.status), String(response.status))
      await response.text()
    }),
    { numRuns: 300 },
  )
  http.close()
  await ask(server.port, 'POST', `${url}/xhr`)
  await ask(server.port, 'POST', `${url}/xhr_send`, { body: '["still here"]' })
  assert.equal((await ask(server.port, 'POST', `${url}/xhr`)).text, 'a["still here"]\n')
  assert.deepEqual(bugs, [])
})

test('whatever is sent on a WebSocket is echoed or ends that WebSocket alone', async () => {
  const bystander = new WebSocketTranscript(`ws://127.0.0.1:${server.port}/echo/0/0/websocket`)
  assert.equal(await bystander.next(), 'o')
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (bytes, asText) => {
      const ws = new WebSocketTranscript(`ws://127.0.0.1:${server.port}/echo/0/0/websocket`)
      assert.equal(await ws.next(), 'o')
      ws.send(asText ? bytes.toString() : bytes)
      ws.send('["end"]')
      for (;;) {
        const frame = await ws.next().catch(() => null)
        if (frame === null || frame === 'a["end"]') break
      }
      ws.close()
      const { code } = await ws.closed
      assert.ok([1003, 1005, 1007].includes(code), String(code))
    }),
    { numRuns: 150 },
  )
  bystander.send('["still here"]')
  assert.equal(await bystander.next(), 'a["still here"]')
  bystander.close()
  assert.deepEqual(bugs, [])
})

const odd = 'abAB019-_.~%/?&=;:@!$*+,()[]{}<>"\'\\|^`'

test('whatever is asked for is answered', async () => {
  const token = fc.string({ unit: fc.constantFrom(...odd.split('')) })
  const path = fc.oneof(
    token.map((text) => `/echo/${text}`),
    fc
      .tuple(
        fc.constantFrom('xhr', 'jsonp', 'jsonp_send', 'xhr_send', 'eventsources', 'websocket', 'info', 'iframe.html'),
        token,
      )
      .map(([action, query]) => `/echo/a/${randomUUID()}/${action}?c=${query}`),
  )
  // Anything that Node lets in as a header's value.
  const value = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
  })
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'DELETE'),
      value,
      async (url, method, text) => {
        const http = new RawHttp(server.port)
        const head = `${method} ${url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n`
        const odds = [
          'Origin',
          'Cookie',
          'If-None-Match',
          'Access-Control-Request-Headers',
          'Content-Type',
          'X-Forwarded-For',
        ]
        http.send(Buffer.from(`${head}${odds.map((name) => `${name}: JSESSIONID=${text}\r\n`).join('')}\r\n`, 'latin1'))
        const { status } = await http.response()
        assert.ok([200, 204, 400, 404, 405, 500].includes(status), `${status} for ${method} ${url}`)
        http.close()
      },
    ),
    { numRuns: 300 },
  )
  assert.deepEqual(bugs, [])
})
