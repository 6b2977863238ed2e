import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { ask, RawHttp } from './support/raw-http.ts'
import { conformanceServices, echo, SockJsServer } from './support/sockjs-services.ts'

let server: SockJsServer
let port: number
before(async () => {
  server = await SockJsServer.start(...conformanceServices, { prefix: '/plain', accept: echo })
  port = server.port
})
after(() => server[Symbol.asyncDispose]())

const noCache = 'no-store, no-cache, no-transform, must-revalidate, max-age=0'
const session = (prefix = '/echo') => `${prefix}/000/${randomUUID()}`
const get = (path: string) => ask(port, 'GET', path)
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const sendForm = (url: string, body: string) => ask(port, 'POST', `${url}/jsonp_send`, { body, headers: form })

test('both are off unless asked for', async () => {
  const url = session('/plain')
  for (const path of ['/htmlfile?c=x', '/jsonp?c=x']) assert.equal((await get(url + path)).status, 404)
  assert.equal((await sendForm(url, 'd=%5B%5D')).status, 404)
})

test('a callback is needed, and is a name', async () => {
  for (const action of ['htmlfile', 'jsonp']) {
    for (const query of ['', '?', '?c=', '?d=x']) {
      const answer = await get(`/echo/a/a/${action}${query}`)
      assert.equal(answer.status, 500)
      assert.equal(answer.text, '"callback" parameter required')
    }
    for (const callback of ['%20', '*', 'abc(', 'abc%28', '%3Cscript%3E', 'x'.repeat(129), '%0d%0aa']) {
      const answer = await get(`/echo/a/a/${action}?c=${callback}`)
      assert.equal(answer.status, 500)
      assert.equal(answer.text, 'invalid "callback" parameter')
    }
  }
})

test('htmlfile', async () => {
  const url = session()
  const http = new RawHttp(port)
  const stream = await http.request('GET', `${url}/htmlfile?c=%63allback`)
  assert.equal(stream.status, 200)
  assert.equal(stream.header('content-type'), 'text/html; charset=UTF-8')
  assert.equal(stream.header('cache-control'), noCache)
  const page = await stream.chunk()
  assert.ok(page.length > 1024)
  assert.equal(
    page.trim(),
    `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.callback;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`,
  )
  assert.equal(await stream.chunk(), '<script>\np("o");\n</script>\r\n')
  await ask(port, 'POST', `${url}/xhr_send`, { body: '["x"]' })
  assert.equal(await stream.chunk(), '<script>\np("a[\\"x\\"]");\n</script>\r\n')
  await ask(port, 'POST', `${url}/xhr_send`, { body: '["</script><!--"]' })
  assert.equal(await stream.chunk(), '<script>\np("a[\\"\\u003c/script>\\u003c!--\\"]");\n</script>\r\n')
  const message = 'x'.repeat(4096)
  await ask(port, 'POST', `${url}/xhr_send`, { body: `["${message}"]` })
  assert.equal(await stream.chunk(), `<script>\np("a[\\"${message}\\"]");\n</script>\r\n`)
  assert.equal(await stream.chunk(), '')
  http.close()
})

test('jsonp', async () => {
  const url = session()
  const open = await get(`${url}/jsonp?c=%63allback`)
  assert.equal(open.status, 200)
  assert.equal(open.header('content-type'), 'application/javascript; charset=UTF-8')
  assert.equal(open.header('x-content-type-options'), 'nosniff')
  assert.equal(open.header('cache-control'), noCache)
  assert.equal(open.text, '/**/callback("o");\r\n')
  const sent = await sendForm(url, 'd=%5B%22x%22%5D')
  assert.equal(sent.status, 200)
  assert.equal(sent.text, 'ok')
  assert.equal(sent.header('content-type'), 'text/plain; charset=UTF-8')
  assert.equal(sent.header('cache-control'), noCache)
  assert.equal((await get(`${url}/jsonp?c=%63allback`)).text, '/**/callback("a[\\"x\\"]");\r\n')
})

test('jsonp: broken bodies', async () => {
  const url = session()
  assert.equal((await get(`${url}/jsonp?c=x`)).text, '/**/x("o");\r\n')
  const broken = await sendForm(url, 'd=%5B%22x')
  assert.equal(broken.status, 500)
  assert.equal(broken.text, 'Broken JSON encoding.')
  for (const body of ['', 'd=', 'p=p']) {
    const answer = await sendForm(url, body)
    assert.equal(answer.status, 500)
    assert.equal(answer.text, 'Payload expected.')
  }
  assert.equal((await sendForm(url, 'd=%5B%5D')).text, 'ok')
  assert.equal((await sendForm(url, 'd=%5B%22b%22%5D')).text, 'ok')
  assert.equal((await get(`${url}/jsonp?c=x`)).text, '/**/x("a[\\"b\\"]");\r\n')
})

test('jsonp: a body that is no form is the payload', async () => {
  const url = session()
  await get(`${url}/jsonp?c=x`)
  await sendForm(url, 'd=%5B%22abc%22%5D')
  const plain = await ask(port, 'POST', `${url}/jsonp_send`, {
    body: '["%61bc"]',
    headers: { 'Content-Type': 'text/plain' },
  })
  assert.equal(plain.text, 'ok')
  assert.equal((await get(`${url}/jsonp?c=x`)).text, '/**/x("a[\\"abc\\",\\"%61bc\\"]");\r\n')
})

test('jsonp: closed', async () => {
  const url = session('/close')
  assert.equal((await get(`${url}/jsonp?c=x`)).text, '/**/x("o");\r\n')
  for (let round = 0; round < 2; round++)
    assert.equal((await get(`${url}/jsonp?c=x`)).text, '/**/x("c[3000,\\"Go away!\\"]");\r\n')
})

test('jsonp and htmlfile carry the cookie', async () => {
  const url = session('/cookie_needed_echo')
  assert.equal((await get(`${url}/jsonp?c=x`)).header('set-cookie'), 'JSESSIONID=dummy; path=/')
  assert.equal((await sendForm(url, 'd=%5B%22x%22%5D')).header('set-cookie'), 'JSESSIONID=dummy; path=/')
  const http = new RawHttp(port)
  const stream = await http.request('GET', `${session('/cookie_needed_echo')}/htmlfile?c=x`)
  assert.equal(stream.header('set-cookie'), 'JSESSIONID=dummy; path=/')
  http.close()
})
