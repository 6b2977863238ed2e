import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { ask, RawHttp } from './support/raw-http.ts'
import { until } from './support/redis-node.ts'
import { RedisServer } from './support/redis-server.ts'
import { WireNode } from './support/wire-node.ts'

let redis: RedisServer
/** `a` has the sessions, `b` is asked for them. */
let a: WireNode
let b: WireNode
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => ([a, b] = await WireNode.several(redis, 2)))
afterEach(async () => {
  assert.deepEqual([...a.bugs, ...b.bugs], [])
  await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()])
})

describe('a client whose session another node has', () => {
  it('that leaves its poll has left its session', async () => {
    const http = new RawHttp(b.port)
    const answer = await http.request('POST', `${await a.openSockJs()}/xhr_streaming`)
    await answer.chunk()
    assert.equal(a.lines.length, 1)
    http.close()
    await until('its session is over', () => a.lines.length === 0)
    assert.equal(b.forwarding.atOnce, 0)
  })

  it('that sends too much is told so by the session’s node, and cut off', async () => {
    const path = await a.openSockJs()
    const http = new RawHttp(b.port)
    http.send(`POST ${path}/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`)
    http.send('['.repeat(1000))
    const answer = await http.response()
    assert.equal(answer.status, 413)
    assert.equal(answer.header('connection'), 'close')
    await http.rest()
    await until('nothing is left', () => b.forwarding.atOnce === 0)
    assert.equal(a.lines.length, 1)
  })

  it('that sends without end is cut off when it is too much', async () => {
    const http = new RawHttp(b.port)
    const chunk = `${(65_536).toString(16)}\r\n${'['.repeat(65_536)}\r\n`
    http.send(`POST ${await a.openSockJs()}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
    for (let i = 0; i < 40; i++) http.send(chunk)
    // What the node said on closing may get lost behind what it didn't read.
    assert.match((await http.rest()).toString(), /^(HTTP\/1.1 4(13|04) [^]*)?$/)
    await until('nothing is left', () => b.forwarding.atOnce === 0)
  })

  it('that goes away in the middle of a body is forgotten', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    for (const path of [`${sockjs}/xhr_send`, socketio]) {
      const http = new RawHttp(b.port)
      http.send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n["half`)
      await until('it is on its way', () => b.forwarding.atOnce === 1)
      http.close()
      await until('it is forgotten', () => b.forwarding.atOnce === 0)
    }
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })).status, 204)
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr`)).text, 'a["x"]\n')
  })

  it('that doesn’t read is slow, whichever way', async () => {
    const http = new RawHttp(b.port)
    const answer = await http.request('GET', `${await a.openSockJs()}/eventsource`)
    await answer.chunk()
    http.pause()
    const [line] = a.lines
    assert.ok(line)
    const frame = line.framing.frame('x'.repeat(100_000))
    // A stream ends after some bytes, and what comes then waits for the next.
    for (let i = 0; i < 1000 && a.lines.length > 0; i++) {
      line.push(frame)
      await new Promise(setImmediate)
    }
    assert.equal(a.lines.length, 0)
    assert.equal(a.sockjs.counters.slow, 1)
    http.close()
  })

  it('can’t hide a request in the body of another', async () => {
    const path = await a.openSockJs()
    const hidden = `POST ${path}/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n["x"]`
    const size = hidden.length.toString(16)
    for (const head of ['Transfer-Encoding: chunked', `Content-Length: ${hidden.length}`]) {
      const http = new RawHttp(b.port)
      const body = head.startsWith('T') ? `${size}\r\n${hidden}\r\n0\r\n\r\n` : hidden
      http.send(`GET ${path}/eventsource HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${body}`)
      await http.response()
      http.close()
      await until('it is over', () => b.forwarding.atOnce === 0)
    }
    assert.equal((await ask(b.port, 'POST', `/echo/000/${randomUUID()}/xhr`)).text, 'o\n')
    assert.deepEqual(
      a.requests.filter((request) => request.includes('xhr_send')),
      [],
    )
  })
})
