import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { RateLimit } from '../src/core/limits.ts'
import { Admission } from '../src/wire/admission.ts'
import { ask } from './support/raw-http.ts'
import { SocketIoServer } from './support/socketio-server.ts'

const polling = '/socket.io/?EIO=4&transport=polling'
const few = (burst: number): RateLimit => new RateLimit({ perSecond: 0.001, burst, now: () => 0 })

describe('what is no packet ends the connection, and no other', () => {
  for (const [what, data] of [
    ['a binary event', '451-["x",{"_placeholder":true,"num":0}]'],
    ['a binary ack', '461-1[{"_placeholder":true,"num":0}]'],
    ['a binary frame', Buffer.from([1, 2, 3])],
    ['binary as base64', 'bAQID'],
    ['broken JSON', '42/open,["x"'],
    ['a prototype key', '42/open,["x",{"__proto__":{"admin":true}}]'],
    ['a reserved event', '42/open,["disconnect"]'],
    ['an unknown type', '49'],
    ['an unknown packet of the engine', '9'],
    ['the same namespace again', '40/open,{"token":"ok"}'],
  ] as const) {
    it(what, async () => {
      await using server = await SocketIoServer.open()
      const bystander = await server.connected()
      const attacker = await server.connected()
      attacker.send(data)
      await attacker.closed
      bystander.send('42/open,1["still here"]')
      assert.equal(await bystander.says((text) => text.startsWith('43')), '43/open,1[]')
      assert.deepEqual(server.ends, [true])
      assert.equal(server.endpoint.size, 1)
      assert.deepEqual(server.bugs, [])
    })
  }

  it('and is counted', async () => {
    await using server = await SocketIoServer.open()
    for (const data of ['42/open,["x"', Buffer.from([1])]) {
      const attacker = await server.connected()
      attacker.send(data)
      await attacker.closed
    }
    assert.equal(server.endpoint.counters.invalid, 2)
  })
})

describe('bounds', () => {
  it('a packet that is too large', async () => {
    await using server = await SocketIoServer.open({ maxMessageBytes: 4096 })
    const client = await server.connected()
    client.send(`42/open,["x","${'y'.repeat(5000)}"]`)
    assert.equal(await client.closed, 1009)
    assert.equal(server.endpoint.counters.invalid, 1)

    const opened = await fetch(server.url + polling)
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string }
    const body = `40/open,{"token":"${'x'.repeat(5000)}"}`
    assert.equal((await fetch(`${server.url}${polling}&sid=${sid}`, { method: 'POST', body })).status, 413)
    assert.equal(server.knocks.length, 1)
  })

  it('packets, pings included', async () => {
    await using server = await SocketIoServer.open({ packets: few(10) })
    const talker = await server.connected()
    for (let count = 0; count < 20; count++) talker.send('42/open,["x"]')
    await talker.closed
    assert.equal(server.events.length, 9)
    const pinger = await server.raw(3)
    for (let count = 0; count < 20; count++) pinger.send('2')
    await pinger.closed
    assert.equal(server.endpoint.counters.invalid, 2)
  })

  it('namespaces: some for each client, and nothing is kept of those that nobody owns', async () => {
    await using server = await SocketIoServer.open({ maxNamespaces: 3 })
    const client = await server.raw()
    for (let count = 0; count < 100; count++) client.send(`40/made-up-${count},`)
    await client.says((text) => text === '44/made-up-99,{"message":"Invalid namespace"}')
    for (let count = 0; count < 100; count++) client.send(`40/open-${count % 2},{"token":"wrong"}`)
    await client.closed
    assert.equal(server.endpoint.namespaces, 0)

    const other = await server.raw()
    for (let count = 0; count < 3; count++) other.send(`40/open-${count},{"token":"ok"}`)
    await other.says((text) => text.startsWith('40/open-2'))
    assert.equal(server.endpoint.namespaces, 3)
    other.send('40/open-3,{"token":"ok"}')
    await other.closed
    assert.equal(server.endpoint.namespaces, 0)
  })

  it('time to enter a namespace', async () => {
    await using server = await SocketIoServer.open({ connectTimeoutMs: 5000 })
    const idle = await server.raw()
    const old = await server.raw(3)
    const inside = await server.connected()
    for (const now of [1000, 5999]) server.endpoint.sweep(now)
    assert.equal(server.endpoint.size, 3)
    server.endpoint.sweep(6000)
    await idle.closed
    assert.equal(server.endpoint.counters.stale, 1)
    assert.equal(server.endpoint.size, 2)
    inside.ws.terminate()
    old.ws.terminate()
  })

  it('connections in all, of one address, and how often', async () => {
    const admission = new Admission({ maxLines: 2 })
    await using server = await SocketIoServer.open({ admission, dials: few(4) })
    const first = await server.raw()
    assert.equal((await fetch(server.url + polling)).status, 200)
    assert.equal((await fetch(server.url + polling)).status, 503)
    await assert.rejects(server.raw(), /closed with 1006/)
    first.ws.close()
    await first.closed
    while (admission.lines > 1) await new Promise(setImmediate)
    await server.raw()
    assert.equal(server.endpoint.counters.refused, 2)
    await using limited = await SocketIoServer.open({ dials: few(1) })
    await limited.raw()
    assert.equal((await fetch(limited.url + polling)).status, 429)
    // To Engine.IO these are of no session, and open one.
    const port = Number(new URL(limited.url).port)
    for (const path of [`${polling}&sid=x&sid=`, `${polling}#&sid=x`, `${polling}&sid`])
      assert.equal((await ask(port, 'GET', path)).status, 429, path)
    assert.equal(limited.endpoint.size, 1)
  })

  it('what waits for one who doesn’t read', async () => {
    await using server = await SocketIoServer.open({ maxQueuedBytes: 100_000 })
    const reader = await server.connected()
    const sleeper = await server.connected()
    sleeper.ws.pause()
    const [toReader, toSleeper] = server.lines as [(typeof server.lines)[0], (typeof server.lines)[0]]
    const frame = toReader.framing.frame(JSON.stringify(['x', 'y'.repeat(50_000)]))
    let ended = false
    void sleeper.closed.then(() => (ended = true))
    for (let turn = 0; turn < 2000 && server.endpoint.counters.slow === 0; turn++) {
      toSleeper.push(frame)
      toReader.push(frame)
      await new Promise(setImmediate)
    }
    assert.equal(server.endpoint.counters.slow, 1)
    assert.equal(ended, false, 'it is we who hung up')
    assert.equal(reader.ws.readyState, reader.ws.OPEN)
    assert.equal(server.endpoint.size, 1)
  })

  it('what waits for one who doesn’t poll', async () => {
    await using server = await SocketIoServer.open({ maxQueuedBytes: 100_000 })
    const opened = await fetch(server.url + polling)
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string }
    const body = '40/open,{"token":"ok"}'
    await fetch(`${server.url}${polling}&sid=${sid}`, { method: 'POST', body })
    const [line] = server.lines
    assert.ok(line)
    for (let turn = 0; turn < 10; turn++) {
      line.emit('x', 'y'.repeat(12_000))
      await new Promise(setImmediate)
    }
    assert.equal(server.endpoint.counters.slow, 1)
    assert.equal(server.endpoint.size, 0)
    assert.equal((await fetch(`${server.url}${polling}&sid=${sid}`)).status, 400)
  })
})

it('a handler that throws ends its connection', async () => {
  await using server = await SocketIoServer.open()
  const client = await server.connected()
  client.send('42/open,["throw"]')
  await client.closed
  assert.match(String(server.bugs[0]), /thrown on demand/)
  assert.equal(server.endpoint.counters.bugs, 1)
})

describe('over HTTP', () => {
  it('script callbacks, unknown transports and sessions are refused', async () => {
    await using server = await SocketIoServer.open()
    for (const path of [
      `${polling}&j=0`,
      '/socket.io/?EIO=4&transport=carrier-pigeon',
      '/socket.io/?EIO=4&transport=constructor',
      '/socket.io/?EIO=4&transport=websocket',
      `${polling}&sid=__proto__`,
      `${polling}&sid=constructor`,
      '/socket.io/',
      '/socket.io/?',
      '/socket.io/?__proto__=x&EIO=4',
    ]) {
      const answer = await fetch(server.url + path)
      assert.equal(answer.status, 400, path)
      assert.equal(typeof ((await answer.json()) as { message: string }).message, 'string')
    }
    assert.equal(await (await fetch(`${server.url}/socket.io/elsewhere`)).text(), 'elsewhere')
    assert.equal(await (await fetch(`${server.url}/socket.ioo`)).text(), 'elsewhere')
    assert.equal(server.endpoint.size, 0)
  })

  it('requests that no library would send', async () => {
    await using server = await SocketIoServer.open()
    for (const path of [
      '/socket.io/?EIO=4&transport=polling&sid=%',
      '/socket.io/?%FF',
      '/socket.io/?EIO=4&EIO=3&transport',
    ]) {
      const status = await new Promise<number>((resolve, reject) => {
        const sent = request(server.url, { path, method: 'GET' }, (answer) => resolve(answer.resume().statusCode ?? 0))
        sent.on('error', reject).end()
      })
      assert.equal(status, 400)
    }
  })

  it('pages of any origin may ask; those of old clients are named, for their credentials', async () => {
    await using server = await SocketIoServer.open()
    const headers = { origin: 'https://shop.example' }
    const now = await fetch(server.url + polling, { headers })
    assert.equal(now.headers.get('access-control-allow-origin'), '*')
    assert.equal(now.headers.get('access-control-allow-credentials'), null)
    const old = await fetch(server.url + polling.replace('EIO=4', 'EIO=3'), { headers })
    assert.equal(old.headers.get('access-control-allow-origin'), 'https://shop.example')
    assert.equal(old.headers.get('access-control-allow-credentials'), 'true')
    const asked = { ...headers, 'access-control-request-headers': 'token', 'access-control-request-method': 'POST' }
    const preflight = await fetch(server.url + polling, { method: 'OPTIONS', headers: asked })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'token')
  })

  it('the browser client is there', async () => {
    await using server = await SocketIoServer.open()
    const script = await fetch(`${server.url}/socket.io/socket.io.js`)
    assert.match(script.headers.get('content-type') ?? '', /javascript/)
    assert.match(await script.text(), /Socket\.IO/)
    const etag = script.headers.get('etag') ?? ''
    assert.equal((await fetch(script.url, { headers: { 'if-none-match': etag } })).status, 304)
  })
})
