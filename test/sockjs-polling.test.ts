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
const session = (prefix = '/echo', serverId = '000') => `${prefix}/${serverId}/${randomUUID()}`
const post = (path: string, body?: string | Uint8Array, headers: Record<string, string> = {}) =>
  ask(port, 'POST', path, { headers, ...(body === undefined ? {} : { body }) })

/** Receives once. */
const poll = async (url: string) => (await post(`${url}/xhr`)).text

async function opened(prefix?: string): Promise<string> {
  const url = session(prefix)
  assert.equal(await poll(url), 'o\n')
  return url
}

test('a session opens, sends, receives', async () => {
  const url = session()
  const open = await post(`${url}/xhr`, undefined, { Origin: 'test' })
  assert.equal(open.status, 200)
  assert.equal(open.text, 'o\n')
  assert.equal(open.header('content-type'), 'application/javascript; charset=UTF-8')
  assert.equal(open.header('access-control-allow-origin'), 'test')
  assert.equal(open.header('access-control-allow-credentials'), 'true')
  assert.equal(open.header('cache-control'), noCache)
  assert.equal(open.header('set-cookie'), undefined)

  const sent = await post(`${url}/xhr_send`, '["x"]', { Origin: 'test' })
  assert.equal(sent.status, 204)
  assert.equal(sent.text, '')
  assert.equal(sent.header('content-type'), 'text/plain; charset=UTF-8')
  assert.equal(sent.header('access-control-allow-origin'), 'test')
  assert.equal(sent.header('cache-control'), noCache)

  assert.equal(await poll(url), 'a["x"]\n')
})

test('any server and session id, but none that is empty or holds a dot', async () => {
  const unique = randomUUID()
  for (const ids of [
    `/a/a${unique}`,
    `/_/_${unique}`,
    `/1/${unique}`,
    `/abcdefgh_i-j%20/abcdefg_i-j%20${unique}`,
    '/a/__proto__',
  ]) {
    assert.equal((await post(`/echo${ids}/xhr`)).text, 'o\n', ids)
  }
  for (const ids of ['//', '/a./a', '/a/a.', '/./.', '/', '///', `/a/${'x'.repeat(257)}`]) {
    for (const method of ['GET', 'POST']) assert.equal((await ask(port, method, `/echo${ids}/xhr`)).status, 404, ids)
  }
})

test('the server id is not part of the name', async () => {
  const id = randomUUID()
  assert.equal((await post(`/echo/000/${id}/xhr`)).text, 'o\n')
  assert.equal((await post(`/echo/000/${id}/xhr_send`, '["a"]')).status, 204)
  assert.equal((await post(`/echo/999/${id}/xhr`)).text, 'a["a"]\n')
})

test('no session, nothing to send to', async () => {
  assert.equal((await post(`${session()}/xhr_send`, '["x"]')).status, 404)
})

test('broken bodies are told and harm nothing', async () => {
  const url = await opened()
  for (const body of ['["x', '[1]', '{"length":1}', '"x"', 'null', '["a",{}]', Buffer.from([0x5b, 0x22, 0xff])]) {
    const answer = await post(`${url}/xhr_send`, body)
    assert.equal(answer.status, 500)
    assert.equal(answer.text, 'Broken JSON encoding.')
  }
  const empty = await post(`${url}/xhr_send`, '')
  assert.equal(empty.status, 500)
  assert.equal(empty.text, 'Payload expected.')
  assert.equal((await post(`${url}/xhr_send`, '["a"]')).status, 204)
  assert.equal(await poll(url), 'a["a"]\n')
})

test('a body with no messages is fine', async () => {
  const url = await opened()
  assert.equal((await post(`${url}/xhr_send`, '[]')).status, 204)
  assert.equal((await post(`${url}/xhr_send`, '["a"]')).status, 204)
  assert.equal(await poll(url), 'a["a"]\n')
})

test('a body that is too large is refused, whether it says so or not', async () => {
  const url = await opened()
  assert.equal((await post(`${url}/xhr_send`, 'x'.repeat(1_048_577))).status, 413)
  const http = new RawHttp(port)
  http.send(`POST ${url}/xhr_send HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
  for (let sent = 0; sent <= 1_048_576; sent += 4096) http.send(`1000\r\n${'x'.repeat(4096)}\r\n`)
  assert.equal((await http.response()).status, 413)
  http.close()
})

test('clients send all that waits at once; each message has its own limit', async () => {
  const url = await opened()
  const message = 'x'.repeat(131_072)
  assert.equal((await post(`${url}/xhr_send`, JSON.stringify([message, message, message]))).status, 204)
  assert.equal((await post(`${url}/xhr_send`, JSON.stringify([`${message}x`]))).status, 413)
  assert.equal(await poll(url), `a${JSON.stringify([message, message, message])}\n`)
})

test('any content type will do', async () => {
  const url = await opened()
  const types = [
    'text/plain',
    'T',
    'application/json',
    'application/xml',
    '',
    'application/json; charset=utf-8',
    'text/xml',
  ]
  for (const type of types) assert.equal((await post(`${url}/xhr_send`, '["a"]', { 'Content-Type': type })).status, 204)
  assert.equal(await poll(url), `a[${types.map(() => '"a"').join()}]\n`)
})

test('one receives at a time', async () => {
  const url = await opened()
  const http = new RawHttp(port)
  const waiting = http.request('POST', `${url}/xhr`)
  // The first request is being waited on as soon as another is turned away; until then they are alike.
  assert.equal(await poll(url), 'c[2010,"Another connection still open"]\n')
  assert.equal((await post(`${url}/xhr_send`, '["a"]')).status, 204)
  assert.equal(await (await waiting).text(), 'a["a"]\n')
  http.close()
})

test('who is cut off while receiving has lost the session', async () => {
  const url = await opened()
  const http = new RawHttp(port)
  http.request('POST', `${url}/xhr`).catch(() => {})
  assert.equal(await poll(url), 'c[2010,"Another connection still open"]\n')
  http.close()
  for (;;) {
    const frame = await poll(url)
    if (frame === 'c[1002,"Connection interrupted"]\n') break
    assert.equal(frame, 'c[2010,"Another connection still open"]\n')
  }
})

test('a closed session says so for as long as it is remembered', async () => {
  const url = await opened('/close')
  for (let round = 0; round < 3; round++) assert.equal(await poll(url), 'c[3000,"Go away!"]\n')
  // Not an error: the client hears of the close on its next poll, with the reason.
  assert.equal((await post(`${url}/xhr_send`, '["a"]')).status, 204)
  server.sweep(1_000_000)
  server.sweep(1_004_999)
  assert.equal(await poll(url), 'c[3000,"Go away!"]\n')
  server.sweep(2_000_000)
  server.sweep(2_005_000)
  assert.equal(await poll(url), 'o\n')
})

test('what the server sends survives the browser', async () => {
  const url = await opened()
  let text = ''
  let escaped = ''
  for (let code = 256; code < 65_536; code++) {
    const char = String.fromCharCode(code)
    if (!/[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/.test(char)) continue
    text += char
    escaped += `\\u${code.toString(16).padStart(4, '0')}`
  }
  assert.equal((await post(`${url}/xhr_send`, `["${text}"]`)).status, 204)
  assert.equal(await poll(url), `a["${escaped}"]\n`)
})

test('what the client escapes is understood: every UTF-16 unit', async () => {
  const url = await opened()
  let escaped = ''
  for (let code = 0; code < 65_536; code += 7) escaped += `\\u${code.toString(16).padStart(4, '0')}`
  assert.equal((await post(`${url}/xhr_send`, `["${escaped}"]`)).status, 204)
  assert.deepEqual(JSON.parse((await poll(url)).slice(1)), [JSON.parse(`"${escaped}"`)])
})

test('requests of another web origin find nothing', async () => {
  const url = session()
  assert.equal((await post(`${url}/xhr`, undefined, { Origin: 'https://shop.example' })).text, 'o\n')
  assert.equal((await post(`${url}/xhr_send`, '["a"]', { Origin: 'https://evil.example' })).status, 404)
  assert.equal((await post(`${url}/xhr`, undefined, { Origin: 'https://evil.example' })).status, 404)
  assert.equal((await post(`${url}/xhr_send`, '["b"]', { Origin: 'https://shop.example' })).status, 204)
  assert.equal(await poll(url), 'a["b"]\n')
})

test('JSESSIONID, where it is needed, on every answer of a session', async () => {
  const url = session('/cookie_needed_echo')
  const fresh = await post(`${url}/xhr`)
  assert.equal(fresh.header('set-cookie'), 'JSESSIONID=dummy; path=/')
  const kept = await post(`${url}/xhr_send`, '["a"]', { Cookie: 'a=b; JSESSIONID=abcdef; c=d' })
  assert.equal(kept.header('set-cookie'), 'JSESSIONID=abcdef; path=/')
  const odd = await post(`${url}/xhr_send`, '["a"]', { Cookie: 'JSESSIONID=a"b<c>' })
  assert.equal(odd.header('set-cookie'), 'JSESSIONID=dummy; path=/')
})

test('HTTP/1.0 polls without chunks', async () => {
  const answer = await ask(port, 'POST', `${session()}/xhr`, { version: '1.0' })
  assert.equal(answer.header('transfer-encoding'), undefined)
  assert.equal(answer.text, 'o\n')
})
