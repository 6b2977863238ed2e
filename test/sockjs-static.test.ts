import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ask, RawHttp, type Answer } from './support/raw-http.ts'
import { conformanceServices, SockJsServer } from './support/sockjs-services.ts'

// What is checked here and in the other sockjs-* files is what the SockJS protocol's own conformance suite checks.

let server: SockJsServer
let port: number
before(async () => {
  server = await SockJsServer.start(...conformanceServices)
  port = server.port
})
after(() => server[Symbol.asyncDispose]())

const noCache = 'no-store, no-cache, no-transform, must-revalidate, max-age=0'

function assertCachedForAYear(answer: Answer): void {
  assert.equal(answer.header('cache-control'), 'public, max-age=31536000')
  assert.ok(Date.parse(answer.header('expires')!) > Date.now() + 364 * 86_400_000)
  assert.equal(answer.header('last-modified'), undefined)
}

test('greeting, with and without a slash', async () => {
  for (const path of ['/echo', '/echo/', '/echo?t=1']) {
    const answer = await ask(port, 'GET', path)
    assert.equal(answer.status, 200)
    assert.equal(answer.header('content-type'), 'text/plain; charset=UTF-8')
    assert.equal(answer.header('content-length'), '19')
    assert.equal(answer.header('set-cookie'), undefined)
    assert.equal(answer.text, 'Welcome to SockJS!\n')
  }
})

test('HTTP/1.0 and 1.1 keep the connection alive', async () => {
  for (const version of ['1.0', '1.1'] as const) {
    const http = new RawHttp(port)
    for (let round = 0; round < 2; round++) {
      const response = await http.request('GET', '/echo', { version, headers: { Connection: 'Keep-Alive' } })
      assert.equal(response.header('content-length'), '19')
      assert.equal(response.header('transfer-encoding'), undefined)
      assert.equal(response.header('connection')?.toLowerCase(), 'keep-alive')
      assert.equal(await response.text(), 'Welcome to SockJS!\n')
    }
    http.close()
  }
})

test('unknown paths are not found', async () => {
  const under = [
    '/a',
    '/a.html',
    '//',
    '///',
    '/a/a',
    '/a/a/',
    '/a/',
    '/a/a/a',
    '/a/a/constructor',
    '/__proto__/a/xhr/',
  ]
  for (const path of under) assert.equal((await ask(port, 'GET', `/echo${path}`)).status, 404, path)
})

test('a path that only begins like the prefix belongs to somebody else', async () => {
  for (const path of ['/echoes', '/ech', '/'])
    assert.equal(server.endpoints[0]!.handleRequest({ url: path } as never, {} as never), false)
})

test('iframe page under any version', async () => {
  const page = await ask(port, 'GET', '/echo/iframe.html')
  for (const name of [
    'iframe-a.html',
    'iframe-.html',
    'iframe-0.1.2abc-dirty.2144.html',
    'iframe-0.1.2.html?t=qweqweq123',
  ]) {
    const answer = await ask(port, 'GET', `/echo/${name}`)
    assert.equal(answer.status, 200)
    assert.equal(answer.header('content-type'), 'text/html; charset=UTF-8')
    assert.equal(answer.header('set-cookie'), undefined)
    assert.equal(answer.header('etag'), page.header('etag'))
    assert.equal(answer.text, page.text)
    assertCachedForAYear(answer)
  }
  assert.equal(
    page.text,
    `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="/echo/sockjs.min.js"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>`,
  )
})

test('iframe names that are none', async () => {
  for (const name of ['iframe.htm', 'iframe', 'IFRAME.HTML', 'IFRAME', 'iframe.HTML', 'iframe.xml', 'iframe-/.html']) {
    assert.equal((await ask(port, 'GET', `/echo/${name}`)).status, 404, name)
  }
})

test('iframe page is not sent again to who has it', async () => {
  const etag = (await ask(port, 'GET', '/echo/iframe.html')).header('etag')!
  const answer = await ask(port, 'GET', '/echo/iframe.html', { headers: { 'If-None-Match': etag } })
  assert.equal(answer.status, 304)
  assert.equal(answer.header('content-type'), undefined)
  assert.equal(answer.text, '')
})

test('the client script is served where it was given', async () => {
  assert.equal((await ask(port, 'GET', '/echo/sockjs.min.js')).status, 404)
  await using scripted = await SockJsServer.start({ ...conformanceServices[0]!, clientScript: 'var SockJS' })
  const answer = await ask(scripted.port, 'GET', '/echo/sockjs.min.js')
  assert.equal(answer.text, 'var SockJS')
  assert.equal(answer.header('content-type'), 'application/javascript; charset=UTF-8')
  assertCachedForAYear(answer)
})

test('info', async () => {
  const answer = await ask(port, 'GET', '/echo/info', { headers: { Origin: 'test' } })
  assert.equal(answer.status, 200)
  assert.equal(answer.header('content-type'), 'application/json; charset=UTF-8')
  assert.equal(answer.header('set-cookie'), undefined)
  assert.equal(answer.header('cache-control'), noCache)
  assert.equal(answer.header('access-control-allow-origin'), 'test')
  assert.equal(answer.header('access-control-allow-credentials'), 'true')
  const { entropy, ...rest } = JSON.parse(answer.text)
  assert.deepEqual(rest, { websocket: true, origins: ['*:*'], cookie_needed: false })
  assert.ok(Number.isInteger(entropy) && entropy >= 0 && entropy < 2 ** 32)
  assert.notEqual(JSON.parse((await ask(port, 'GET', '/echo/info')).text).entropy, entropy)
})

test('info tells what is off and what is needed', async () => {
  assert.equal(JSON.parse((await ask(port, 'GET', '/disabled_websocket_echo/info')).text).websocket, false)
  const needed = await ask(port, 'GET', '/cookie_needed_echo/info')
  assert.equal(JSON.parse(needed.text).cookie_needed, true)
  assert.equal(needed.header('set-cookie'), undefined)
})

test('preflights are answered and kept for a year', async () => {
  const expected: [string, string][] = [
    ['/info', 'OPTIONS, GET'],
    ['/abc/abc/xhr', 'OPTIONS, POST'],
    ['/abc/abc/xhr_send', 'OPTIONS, POST'],
    ['/abc/abc/xhr_streaming', 'OPTIONS, POST'],
    ['/abc/abc/eventsource', 'OPTIONS, GET'],
  ]
  for (const [path, methods] of expected) {
    for (const origin of ['test', 'null']) {
      const headers = { Origin: origin, 'Access-Control-Request-Headers': 'a, b, c' }
      const answer = await ask(port, 'OPTIONS', `/echo${path}`, { headers })
      assert.equal(answer.status, 204)
      assert.equal(answer.header('access-control-allow-methods'), methods)
      assert.equal(answer.header('access-control-allow-origin'), origin)
      assert.equal(answer.header('access-control-allow-credentials'), 'true')
      assert.equal(answer.header('access-control-allow-headers'), 'a, b, c')
      assert.ok(Number(answer.header('access-control-max-age')) > 1_000_000)
      assertCachedForAYear(answer)
    }
  }
})

test('nothing was asked for, nothing is allowed', async () => {
  const answer = await ask(port, 'OPTIONS', '/echo/abc/abc/xhr', { headers: { 'Access-Control-Request-Headers': '' } })
  assert.equal(answer.header('access-control-allow-headers'), undefined)
  assert.equal(answer.header('access-control-allow-origin'), '*')
  assert.equal(answer.header('access-control-allow-credentials'), undefined)
})

test('other methods are not allowed', async () => {
  const expected: [string, string, string][] = [
    ['POST', '/echo/', 'GET'],
    ['DELETE', '/echo/info', 'OPTIONS, GET'],
    ['PUT', '/echo/a/a/xhr_send', 'OPTIONS, POST'],
    ['GET', '/echo/a/a/xhr', 'OPTIONS, POST'],
    ['POST', '/echo/a/a/eventsource', 'OPTIONS, GET'],
  ]
  for (const [method, path, allow] of expected) {
    const answer = await ask(port, method, path)
    assert.equal(answer.status, 405, `${method} ${path}`)
    assert.equal(answer.header('allow'), allow)
    assert.equal(answer.header('content-type'), undefined)
    assert.equal(answer.text, '')
  }
})
