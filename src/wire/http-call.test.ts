import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { httpCall, isPublicAddress, type HttpCall } from './http-call.ts'

let server: Server
let url: string
let answer: (request: IncomingMessage, response: ServerResponse) => void
before(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => (answer = (_, response) => response.end('ok')))

const call = (more: Partial<HttpCall> = {}) =>
  httpCall({ method: 'POST', url, headers: {}, timeoutMs: 5000, maxBytes: 1000, publicOnly: false, ...more })

test('the body and headers go there, the answer comes back', async () => {
  const asked: unknown[] = []
  answer = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked.push([request.method, request.url, request.headers['x-one'], Buffer.concat(chunks).toString()])
      response.writeHead(201).end('생성')
    })
  }
  assert.deepEqual(await call({ headers: { 'X-One': '1' }, body: '본문' }), { status: 201, body: '생성' })
  assert.deepEqual(asked, [['POST', '/hook?x=1', '1', '본문']])
})

test('a redirect is an answer and is not followed', async () => {
  let calls = 0
  answer = (_, response) => {
    calls++
    response.writeHead(302, { Location: '/' }).end()
  }
  assert.equal((await call()).status, 302)
  assert.equal(calls, 1)
})

test('no answer in time, half of one, and too much of one are failures', async () => {
  answer = () => {}
  await assert.rejects(call({ timeoutMs: 50 }), /abort|timeout/i)
  answer = (_, response) => response.writeHead(200).write('begun')
  await assert.rejects(call({ timeoutMs: 50 }), /abort|timeout/i)
  answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('begun', () => response.destroy())
  }
  await assert.rejects(call())
  answer = (_, response) => response.end('x'.repeat(1001))
  await assert.rejects(call(), /more than 1000 bytes/)
  answer = (_, response) => response.end('x'.repeat(1000))
  assert.equal((await call()).body.length, 1000)
})

test('where the status is the answer, what follows it doesn’t matter', async () => {
  for (const rest of ['x'.repeat(100_000), '']) {
    answer = (_, response) => {
      response
        .writeHead(200, { 'Content-Length': '100001' })
        .write('x', () => (rest ? response.end(rest) : response.destroy()))
    }
    assert.deepEqual(await call({ maxBytes: null }), { status: 200, body: '' })
  }
})

test('a connection that was kept and is closed when it is used again is no failure', async (t) => {
  const sockets: Socket[] = []
  let closed = 0
  // Answers once on each connection, and closes it at the second question.
  const oneAnswer = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      socket.on('data', () => {
        closed++
        socket.resetAndDestroy()
      })
    })
  }).listen(0, '127.0.0.1')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    oneAnswer.close()
  })
  await once(oneAnswer, 'listening')
  const there = `http://127.0.0.1:${(oneAnswer.address() as AddressInfo).port}/`
  for (let count = 0; count < 3; count++) assert.deepEqual(await call({ url: there }), { status: 200, body: 'ok' })
  assert.ok(closed > 0, 'a kept connection was tried')
})

test('what is no web address is not called', async () => {
  for (const bad of ['', 'x', 'ftp://example.com/', 'file:///etc/passwd', 'javascript:1']) {
    await assert.rejects(call({ url: bad }), /not an http/)
  }
})

test('an address that came with a request leads to no private network, however it is written', async () => {
  const { port } = server.address() as AddressInfo
  let calls = 0
  answer = (_, response) => {
    calls++
    response.end()
  }
  // The URL parser reads numbers as old programs do; names are judged by what they resolve to.
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::]',
  ]
  for (const host of hosts)
    await assert.rejects(call({ url: `http://${host}:${port}/`, publicOnly: true }), /private network/, host)
  assert.equal(calls, 0)
})

test('which addresses are public', () => {
  const closed = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '1.2.3',
    'example.com',
  ]
  for (const address of closed) assert.equal(isPublicAddress(address), false, address)
  const open = [
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
    '193.0.0.1',
    '2606:4700::1111',
    '2a00::1',
  ]
  for (const address of open) assert.equal(isPublicAddress(address), true, address)
})
