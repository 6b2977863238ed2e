import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocketTranscript } from '../../test/support/websocket-transcript.ts'
import type { Accept, Line } from '../core/ports.ts'
import { Admission } from './admission.ts'
import { rawDialect } from './websocket-line.ts'
import { WebSocketEndpoint, type WebSocketOptions } from './websocket.ts'

const echo: Accept = (line) => ({ message: (text) => line.push(line.framing.frame(text)), closed: () => {} })

/** An endpoint on a port of its own. */
class Host implements AsyncDisposable {
  readonly endpoint: WebSocketEndpoint
  readonly lines: Line[] = []
  readonly ended: Line[] = []
  readonly #server: Server
  #end = Promise.withResolvers<void>()

  private constructor(options: Partial<WebSocketOptions>) {
    const { accept = echo } = options
    this.endpoint = new WebSocketEndpoint({
      ...options,
      accept: (line) => {
        this.lines.push(line)
        const handler = accept(line)
        const closed = () => {
          this.ended.push(line)
          handler.closed()
          this.#end.resolve()
          this.#end = Promise.withResolvers()
        }
        return { message: (text) => handler.message(text), closed }
      },
    })
    this.#server = createServer().on('upgrade', (...event) => this.endpoint.upgrade(...event))
  }

  static start(options: Partial<WebSocketOptions> = {}): Promise<Host> {
    const host = new Host(options)
    return new Promise((resolve) => host.#server.listen(0, '127.0.0.1', () => resolve(host)))
  }

  /** Resolves when the next line has ended. */
  get end(): Promise<void> {
    return this.#end.promise
  }

  connect(protocols?: string[], options?: ConstructorParameters<typeof WebSocketTranscript>[2]): WebSocketTranscript {
    return new WebSocketTranscript(
      `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`,
      protocols,
      options,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.drain({ code: 'drain', reason: 'test over', retry: 'never' })
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

test('text goes in and out', async () => {
  await using host = await Host.start()
  const ws = host.connect([], { origin: 'https://shop.example' })
  ws.send('Grüße')
  ws.send(Buffer.from('as binary: é'))
  ws.send('x'.repeat(70_000))
  assert.equal(await ws.next(), 'Grüße')
  assert.equal(await ws.next(), 'as binary: é')
  assert.equal(await ws.next(), 'x'.repeat(70_000))
  const [line] = host.lines
  assert.equal(line!.address, '127.0.0.1')
  assert.equal(line!.origin, 'https://shop.example')
  assert.match(line!.id, /^[\w-]{22}$/)
  const end = host.end
  ws.close()
  await end
  assert.deepEqual(host.ended, [line])
})

test('our frames and those of the library don’t mix', async () => {
  await using host = await Host.start({ maxQueuedBytes: 2 ** 26 })
  const ws = host.connect()
  await new Promise((resolve) => ws.socket.once('open', resolve))
  const sizes = Array.from({ length: 300 }, (_, index) => (index * 997) % 70_000)
  for (const size of sizes) {
    ws.send(String(size).padEnd(size, '.'))
    if (size % 3 === 0) ws.socket.ping(`${size}`)
  }
  let pongs = 0
  ws.socket.on('pong', () => pongs++)
  for (const size of sizes) assert.equal((await ws.next()).length, Math.max(size, String(size).length))
  ws.close()
  assert.equal((await ws.closed).code, 1005)
  assert.equal(pongs, sizes.filter((size) => size % 3 === 0).length)
  assert.equal(host.endpoint.counters.invalid, 0)
})

test('what was pushed before a close comes before it, what is pushed after does not', async () => {
  await using host = await Host.start({
    accept: (line) => ({
      message: () => {
        line.push(line.framing.frame('last words'))
        line.close({ code: 'policy', reason: 'because', retry: 'never' })
        line.push(line.framing.frame('too late'))
        line.close({ code: 'gone', reason: 'again', retry: 'never' })
      },
      closed: () => {},
    }),
  })
  const ws = host.connect()
  ws.send('x')
  ws.send('not heard')
  assert.equal(await ws.next(), 'last words')
  assert.deepEqual(await ws.closed, { code: 1008, reason: 'because' })
  await assert.rejects(Promise.race([ws.next(), Promise.reject(new Error('nothing'))]), /nothing/)
  assert.equal(host.ended.length, 1)
})

test('closing from within doesn’t call back from within', async () => {
  const order: string[] = []
  await using host = await Host.start({
    accept: (line) => ({
      message: () => {
        line.close({ code: 'gone', reason: '', retry: 'never' })
        order.push('after close')
      },
      closed: () => order.push('closed'),
    }),
  })
  const { end } = host
  host.connect().send('x')
  await end
  assert.deepEqual(order, ['after close', 'closed'])
})

test('an owner may close at once', async () => {
  await using host = await Host.start({
    accept: (line) => {
      line.close({ code: 'unauthorized', reason: 'no', retry: 'never' })
      return { message: () => assert.fail(), closed: () => {} }
    },
  })
  const { end } = host
  const ws = host.connect()
  ws.send('x')
  assert.deepEqual(await ws.closed, { code: 1008, reason: 'no' })
  await end
  assert.equal(host.ended.length, 1)
})

test('a protocol’s own close codes', async () => {
  await using host = await Host.start({
    dialect: rawDialect((close) => ({ code: 4200, reason: close.code })),
    accept: (line) => ({ message: () => line.close({ code: 'drain', reason: '', retry: 'now' }), closed: () => {} }),
  })
  const ws = host.connect()
  ws.send('x')
  assert.deepEqual(await ws.closed, { code: 4200, reason: 'drain' })
})

test('bytes that are no message', async () => {
  await using host = await Host.start({ maxMessageBytes: 1000 })
  const frame = (...bytes: number[]) => Buffer.from(bytes)
  const cases: [Buffer | string, number][] = [
    [Buffer.from([0xff, 0xfe]), 1003],
    ['x'.repeat(1001), 1009],
  ]
  for (const [data, code] of cases) {
    const ws = host.connect()
    ws.send(data)
    assert.equal((await ws.closed).code, code)
  }
  const raw: [Buffer, number][] = [
    [frame(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe), 1007],
    [frame(0x81, 0x02, 0x48, 0x69), 1002],
    [frame(0xc1, 0x80, 0, 0, 0, 0), 1002],
    [frame(0x83, 0x80, 0, 0, 0, 0), 1002],
    [Buffer.concat([frame(0x01, 0x80, 0, 0, 0, 0), ...Array(1024).fill(frame(0x00, 0x80, 0, 0, 0, 0))]), 1008],
  ]
  for (const [bytes, code] of raw) {
    const { end } = host
    const ws = host.connect()
    ws.socket.once('open', () =>
      (ws.socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(bytes),
    )
    assert.equal((await ws.closed).code, code)
    await end
  }
  assert.equal(host.endpoint.counters.invalid, cases.length + raw.length)
})

test('a silent line is pinged, and given up', async () => {
  await using host = await Host.start({ pingAfterMs: 30_000 })
  const dead = host.connect([], { autoPong: false })
  dead.send('x')
  assert.equal(await dead.next(), 'x')
  const pings: number[] = []
  dead.socket.on('ping', () => pings.push(1))
  const start = 1_000_000
  const pinged = new Promise((resolve) => dead.socket.once('ping', resolve))
  for (const now of [start, start + 29_999, start + 30_000, start + 31_000]) host.endpoint.sweep(now)
  await pinged
  host.endpoint.sweep(start + 59_999)
  assert.equal(host.endpoint.size, 1)
  const { end } = host
  host.endpoint.sweep(start + 60_000)
  assert.equal((await dead.closed).code, 1006)
  await end
  assert.equal(pings.length, 1)
  assert.equal(host.endpoint.counters.stale, 1)
})

test('an answered ping keeps the line', async () => {
  await using host = await Host.start({ pingAfterMs: 30_000 })
  const alive = host.connect()
  alive.send('x')
  await alive.next()
  let now = 1_000_000
  host.endpoint.sweep(now)
  for (let round = 0; round < 3; round++) {
    const pinged = new Promise((resolve) => alive.socket.once('ping', resolve))
    host.endpoint.sweep((now += 30_000))
    await pinged
    // The pong left with the ping's arrival: what is echoed after it proves that it came.
    alive.send('y')
    await alive.next()
    host.endpoint.sweep((now += 1_000))
  }
  assert.equal(host.endpoint.size, 1)
  assert.equal(host.endpoint.counters.stale, 0)
})

test('a burst within one turn is no slowness, if the socket takes it', async () => {
  await using host = await Host.start({
    maxQueuedBytes: 10_000,
    accept: (line) => ({
      message: () => {
        for (let index = 0; index < 40; index++) line.push(line.framing.frame(`${index} ${'x'.repeat(1000)}`))
      },
      closed: () => {},
    }),
  })
  const ws = host.connect()
  ws.send('go')
  for (let index = 0; index < 40; index++) assert.equal(parseInt(await ws.next()), index)
  assert.equal(host.endpoint.counters.slow, 0)
})

test('who doesn’t read is closed, and gone soon', async () => {
  await using host = await Host.start({ maxQueuedBytes: 1_000_000, closeTimeoutMs: 50 })
  const ws = host.connect()
  ws.send('x')
  await ws.next()
  ws.socket.pause()
  const [line] = host.lines
  const bytes = line!.framing.frame('x'.repeat(100_000))
  const { end } = host
  let ended = false
  void end.then(() => (ended = true))
  let pushed = 0
  while (!ended) {
    line!.push(bytes)
    pushed++
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(pushed < 1000, 'never noticed')
  }
  assert.equal(host.endpoint.counters.slow, 1)
  // Not waiting for the client, which would never answer the close.
  while (host.endpoint.size > 0) await new Promise((resolve) => setImmediate(resolve))
  ws.socket.terminate()
})

test('a handler that throws loses its line and nothing else', async () => {
  const bugs: unknown[] = []
  await using host = await Host.start({
    onBug: (error) => bugs.push(error),
    accept: (line) => ({
      message: (text) => {
        if (text === 'bug') throw new Error('oops')
        line.push(line.framing.frame(text))
      },
      closed: () => {},
    }),
  })
  const [good, bad] = [host.connect(), host.connect()]
  bad.send('bug')
  assert.deepEqual(await bad.closed, { code: 1011, reason: 'internal error' })
  good.send('still here')
  assert.equal(await good.next(), 'still here')
  assert.match(String(bugs[0]), /oops/)
  assert.equal(host.endpoint.counters.bugs, 1)
})

test('limits and hooks answer with a status', async () => {
  await using host = await Host.start({
    admission: new Admission({ maxLinesPerAddress: 1 }),
    admit: (request) => (request.headers.origin === 'https://evil.example' ? 403 : null),
  })
  const status = (ws: WebSocketTranscript) =>
    new Promise((resolve) => ws.socket.once('unexpected-response', (_, response) => resolve(response.statusCode)))
  assert.equal(await status(host.connect([], { origin: 'https://evil.example' })), 403)
  const first = host.connect()
  first.send('x')
  await first.next()
  assert.equal(await status(host.connect()), 503)
  const { end } = host
  first.close()
  await end
  const second = host.connect()
  second.send('y')
  assert.equal(await second.next(), 'y')
  assert.equal(host.endpoint.counters.refused, 2)
})

test('sub-protocols', async () => {
  await using host = await Host.start({ protocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'] })
  const chosen = async (...offered: string[]) => {
    const ws = host.connect(offered)
    await new Promise((resolve) => ws.socket.once('open', resolve))
    ws.close()
    return ws.socket.protocol
  }
  assert.equal(await chosen('v10.stomp', 'v11.stomp'), 'v11.stomp')
  assert.equal(await chosen('v10.stomp', 'v11.stomp', 'v12.stomp'), 'v12.stomp')
  assert.equal(await chosen(), '')
})
