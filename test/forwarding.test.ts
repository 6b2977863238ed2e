import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import type { NodeCard } from '../src/core/nodes.ts'
import { sealHeader } from '../src/wire/seal.ts'
import { ask, RawHttp } from './support/raw-http.ts'
import { until } from './support/redis-node.ts'
import { RedisServer } from './support/redis-server.ts'
import { WireNode } from './support/wire-node.ts'

const unknownSession = '{"code":1,"message":"Session ID unknown"}'

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

describe('a session is found where it is', () => {
  it('at once, before anybody was told', async () => {
    for (let i = 0; i < 20; i++) {
      const path = await a.openSockJs()
      assert.equal((await ask(b.port, 'POST', `${path}/xhr_send`, { body: '["hello"]' })).status, 204)
      assert.equal((await ask(b.port, 'POST', `${path}/xhr`)).text, 'a["hello"]\n')
    }
    assert.equal(b.lines.length, 0)
    assert.equal(b.sockjs.size, 0)
  })

  it('when it is opened on two nodes at once: it is one session', async () => {
    for (let i = 0; i < 20; i++) {
      const path = `/echo/000/${randomUUID()}`
      const clients = [new RawHttp(a.port), new RawHttp(b.port)] as const
      const answers = await Promise.all(clients.map((client) => client.request('POST', `${path}/xhr_streaming`)))
      const frames = await Promise.all(answers.map(async (answer) => (await answer.chunk(), await answer.chunk())))
      assert.deepEqual(frames.toSorted(), ['c[2010,"Another connection still open"]\n', 'o\n'])
      assert.equal(a.lines.length + b.lines.length, 1)
      for (const client of clients) client.close()
      await until('it is closed', () => a.lines.length + b.lines.length === 0)
      for (const node of [a, b]) for (const now of [1, 1_000_000]) node.sockjs.sweep(now)
    }
  })

  it('with the answer that its node gives, whole', async () => {
    const path = await a.openSockJs()
    const headers = { Origin: 'https://chat.example', Cookie: 'JSESSIONID=abc' }
    const told = async ({ port }: WireNode, action: string, body?: string) => {
      const http = new RawHttp(port)
      const answer = await http.request('POST', `${path}/${action}`, { headers, ...(body && { body }) })
      const seen = ['content-type', 'cache-control', 'set-cookie', 'vary', 'access-control-allow-origin']
      const text = await answer.text()
      http.close()
      return [answer.status, text, ...seen.map((name) => answer.header(name))]
    }
    for (const body of ['["x"]', '', 'no JSON', `["${'x'.repeat(140_000)}"]`])
      assert.deepEqual(await told(b, 'xhr_send', body), await told(a, 'xhr_send', body))
    await told(a, 'xhr')
    for (const node of [a, b]) await told(node, 'xhr_send', '["y"]')
    const [first, second] = [await told(a, 'xhr'), await told(b, 'xhr_send', '["y"]')]
    assert.equal(first[1], 'a["y","y"]\n')
    assert.equal(second[0], 204)
    assert.deepEqual(await told(b, 'xhr'), [200, 'a["y"]\n', ...first.slice(2)])
  })

  it('but not by a page of another origin', async () => {
    const path = `/echo/000/${randomUUID()}`
    await ask(a.port, 'POST', `${path}/xhr`, { headers: { Origin: 'https://chat.example' } })
    const evil = { headers: { Origin: 'https://evil.example' }, body: '["x"]' }
    for (const { port } of [a, b]) assert.equal((await ask(port, 'POST', `${path}/xhr_send`, evil)).status, 404)
    assert.equal((await ask(b.port, 'POST', `${path}/xhr_send`, { body: '["x"]' })).status, 204)
  })

  it('also by the scripts of old browsers', async () => {
    const path = `/echo/000/${randomUUID()}`
    assert.equal((await ask(a.port, 'GET', `${path}/jsonp?c=cb`)).text, '/**/cb("o");\r\n')
    const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'd=%5B%22hi%22%5D' }
    assert.equal((await ask(b.port, 'POST', `${path}/jsonp_send`, form)).text, 'ok')
    assert.equal((await ask(b.port, 'GET', `${path}/jsonp?c=cb`)).text, '/**/cb("a[\\"hi\\"]");\r\n')
  })

  it('by HTTP/1.0 too', async () => {
    const path = await a.openSockJs()
    assert.equal((await ask(b.port, 'POST', `${path}/xhr_send`, { body: '["x"]', version: '1.0' })).status, 204)
    assert.equal((await ask(b.port, 'POST', `${path}/xhr`, { version: '1.0' })).text, 'a["x"]\n')
  })

  it('and what is unknown everywhere is unknown', async () => {
    const path = `/echo/000/${randomUUID()}`
    for (const action of ['xhr_send', 'jsonp_send'])
      assert.equal((await ask(b.port, 'POST', `${path}/${action}`, { body: '["x"]' })).status, 404)
    const sid = '/socket.io/?EIO=4&transport=polling&sid=nobody'
    for (const method of ['GET', 'POST']) assert.equal((await ask(b.port, method, sid)).text, unknownSession)
  })
})

describe('a request that says that it comes from a node', () => {
  it('is refused when it doesn’t', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })
    const seal = a.seals.at(-1)!
    const [mac = '', nodeId = ''] = seal.split(' ')
    const forged = [
      '',
      ' ',
      'x',
      `${mac} ${nodeId} 6.6.6.6`,
      `${mac} ${a.redis.id} 127.0.0.1`,
      `${'A'.repeat(43)} ${nodeId} 127.0.0.1`,
      // Made for another request.
      seal,
      seal.repeat(100),
    ]
    for (const header of forged) {
      const headers = { [sealHeader]: header }
      for (const { port } of [a, b]) {
        assert.equal((await ask(port, 'POST', `${sockjs}/xhr`, { headers })).status, 421)
        assert.equal((await ask(port, 'POST', `/echo/000/${randomUUID()}/xhr`, { headers })).status, 421)
        assert.equal((await ask(port, 'GET', socketio, { headers })).status, 421)
        assert.equal((await ask(port, 'GET', '/socket.io/?EIO=4&transport=polling', { headers })).status, 421)
      }
    }
    assert.equal(a.lines.length, 1)
    assert.equal(b.lines.length, 0)
    // Whoever could read the network between the nodes.
    const again = { headers: { [sealHeader]: seal }, body: '["again"]' }
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr_send`, again)).status, 421, 'is for another node')
  })

  it('is refused as an upgrade', async () => {
    const path = (await a.openSocketIo()).replace('polling', 'websocket')
    for (const { url } of [a, b]) {
      const ws = new WebSocket(url.replace('http', 'ws') + path, { headers: { [sealHeader]: 'x y z' } })
      const [, answer] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number }]
      assert.equal(answer.statusCode, 421)
      ws.on('error', () => {}).terminate()
    }
  })

  it('can’t be made by naming the header as one of the hop', async () => {
    const path = await a.openSockJs()
    const headers = { Connection: `keep-alive, ${sealHeader}, content-length, host`, 'X-Forwarded-For': '10.1.2.3' }
    assert.equal((await ask(b.port, 'POST', `${path}/xhr_send`, { headers, body: '["x"]' })).status, 204)
    assert.match(a.seals.at(-1)!, / 10\.1\.2\.3$/)
  })

  it('opens nothing, and goes no further', async () => {
    const path = await a.openSockJs()
    await until('b knows', () => [...b.redis.nodes.roster('sockjs').keysOfOthers()].includes(path.replace('/000', '')))
    // Gone, which b has not heard yet.
    a.sockjs.sweep(1)
    const put = a.redis.nodes.roster('sockjs')
    put.remove = () => {}
    a.sockjs.sweep(1_000_000)
    assert.equal((await ask(b.port, 'POST', `${path}/xhr`)).status, 404)
    assert.equal((await ask(b.port, 'POST', `${path}/xhr_send`, { body: '["x"]' })).status, 404)
    assert.equal(a.lines.length + b.lines.length, 0)
  })

  it('doesn’t go round when an address of a node leads to another', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    a.redis.nodes.introduce({ url: b.url, version: '1', settings: 's', files: 'f', startedAt: 1 })
    await until('b knows', () => b.redis.nodes.all.every(({ url }) => url === b.url))
    const count = b.requests.length
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })).status, 404)
    assert.equal((await ask(b.port, 'GET', socketio)).text, unknownSession)
    assert.equal(b.requests.length, count + 4)
  })
})

describe('when the other node', () => {
  it('is dead, its sessions are unknown', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })
    a.http.close()
    a.http.closeAllConnections()
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })).status, 404)
    for (const method of ['GET', 'POST']) assert.equal((await ask(b.port, method, socketio)).text, unknownSession)
    const ws = new WebSocket(b.url.replace('http', 'ws') + socketio.replace('polling', 'websocket'))
    const [, refusal] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number }]
    assert.equal(refusal.statusCode, 400)
    ws.on('error', () => {}).terminate()
    a.redis.die()
    await until('b knows', () => b.redis.nodes.all.length === 1)
    // As after a restart: the client is told that its session is a new one.
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr`)).text, 'o\n')
    assert.equal((await ask(b.port, 'GET', socketio)).text, unknownSession)
    assert.equal(b.forwarding.atOnce, 0)
  })

  it('dies, what waits hears it', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    const streaming = new RawHttp(b.port)
    await (await streaming.request('POST', `${await a.openSockJs()}/xhr_streaming`)).chunk()
    const polls = [ask(b.port, 'POST', `${sockjs}/xhr`), ask(b.port, 'GET', socketio)] as const
    await until('all are there', () => b.forwarding.atOnce === 3)
    a.http.close()
    a.http.closeAllConnections()
    assert.equal((await polls[0]).status, 404)
    assert.equal((await polls[1]).text, unknownSession)
    // Broken off, not ended.
    assert.doesNotMatch((await streaming.rest()).toString(), /0\r\n\r\n$/)
    await until('nothing is left', () => b.forwarding.atOnce === 0)
  })

  it('hangs, nobody waits for ever', async () => {
    a.hang()
    const missing = Promise.withResolvers<void>()
    const [node] = b.redis.nodes.all.filter(({ id }) => id === a.redis.id)
    await using through = await Through.open((request, response) => {
      const missed = () => {
        response.writeHead(404).end()
        missing.resolve()
      }
      b.forwarding.pass(request, response, { node: node!, patienceMs: 50, missing: missed })
    })
    assert.equal((await ask(through.port, 'POST', '/echo/000/x/xhr_send', { body: '["x"]' })).status, 404)
    await missing.promise
    await until('it is forgotten', () => b.forwarding.atOnce === 0)
  })

  it('is not heard of any more, too much is on its way, or a header can’t be written: nothing is sent', async () => {
    const [node] = b.redis.nodes.all.filter(({ id }) => id === a.redis.id)
    const cards: NodeCard[] = [{ ...node!, id: randomUUID() }]
    await using through = await Through.open((request, response) => {
      const missing = () => response.writeHead(404).end()
      b.forwarding.pass(request, response, { node: cards[0]!, patienceMs: 1000, missing })
    })
    assert.equal((await ask(through.port, 'GET', '/')).status, 404)
    cards[0] = node!
    assert.equal((await ask(through.port, 'GET', '/')).text, 'elsewhere')
    b.forwarding.atOnce += 1000
    assert.equal((await ask(through.port, 'GET', '/')).status, 404)
    b.forwarding.atOnce -= 1000
    assert.deepEqual(a.requests, ['GET /'])
    for (const url of ['', 'nonsense', 'file:///etc/passwd']) {
      cards[0] = { ...node!, url }
      const http = new RawHttp(through.port)
      // Without a host: it would be the node's.
      http.send('GET / HTTP/1.0\r\n\r\n')
      assert.equal((await http.response()).status, 404, url)
      http.close()
    }
  })

  it('leaves the way free: who polls through a node that leaves asks again and loses nothing', async () => {
    const [sockjs, socketio] = [await a.openSockJs(), await a.openSocketIo()]
    const streaming = new RawHttp(b.port)
    const stream = await streaming.request('POST', `${await a.openSockJs()}/xhr_streaming`)
    await stream.chunk()
    const polls = [ask(b.port, 'POST', `${sockjs}/xhr`), ask(b.port, 'GET', socketio)] as const
    const ws = new WebSocket(b.url.replace('http', 'ws') + (await a.openSocketIo()).replace('polling', 'websocket'))
    await once(ws, 'open')
    await until('all are there', () => b.forwarding.atOnce === 4)
    const cutOff = once(ws, 'close')
    await b.forwarding.drain()
    assert.equal((await polls[0]).text, 'h\n')
    assert.equal((await polls[1]).text, '6')
    assert.equal(await stream.chunk(), 'h\n')
    assert.equal(await stream.chunk(), '')
    await cutOff
    assert.equal((await ask(b.port, 'POST', `${sockjs}/xhr_send`, { body: '["x"]' })).status, 204)
    assert.equal((await ask(a.port, 'POST', `${sockjs}/xhr`)).text, 'a["x"]\n')
    assert.equal((await ask(a.port, 'POST', socketio, { body: '42/open,["hi"]' })).text, 'ok')
    assert.equal((await ask(a.port, 'GET', socketio)).text, '42/open,["hi"]')
  })
})

describe('while Redis is away', () => {
  it('known sessions are found, and none is opened', async () => {
    await using other = await RedisServer.start()
    const [c, d] = await WireNode.several(other, 2)
    await using _c = c
    await using _d = d
    const path = `/echo/000/${randomUUID()}`
    assert.equal((await ask(c.port, 'POST', `${path}/xhr`)).text, 'o\n')
    await until('d knows', () => [...d.redis.nodes.roster('sockjs').keysOfOthers()].length === 1)
    await other.stop()
    assert.equal((await ask(d.port, 'POST', `${path}/xhr_send`, { body: '["x"]' })).status, 204)
    assert.equal((await ask(d.port, 'POST', `${path}/xhr`)).text, 'a["x"]\n')
    assert.equal((await ask(d.port, 'POST', `/echo/000/${randomUUID()}/xhr`)).status, 503)
    assert.equal((await ask(d.port, 'POST', `/echo/000/${randomUUID()}/xhr_send`, { body: '["x"]' })).status, 503)
    await other.start()
  })
})

/** A server that hands its requests on. */
class Through implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(listener: Parameters<typeof createServer>[1]): Promise<Through> {
    const server = createServer(listener as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Through(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
