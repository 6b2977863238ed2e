import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUUID } from 'node:crypto'
import { ask, RawHttp } from '../../../test/support/raw-http.ts'
import { SockJsServer } from '../../../test/support/sockjs-services.ts'
import type { Line } from '../../core/ports.ts'
import { Admission } from '../admission.ts'
import type { SockJsOptions } from './endpoint.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A service whose only line is held by the test. */
async function start(options: Partial<SockJsOptions> = {}) {
  const lines: Line[] = []
  const heard: string[] = []
  const server = await SockJsServer.start({
    prefix: '/ws',
    accept: (line) => {
      lines.push(line)
      return { message: (text) => heard.push(text), closed: () => heard.push('(closed)') }
    },
    ...options,
  })
  const url = `/ws/000/${randomUUID()}`
  const post = async (action: string, body = '') => (await ask(server.port, 'POST', `${url}/${action}`, { body })).text
  return {
    lines,
    heard,
    server,
    url,
    post,
    push: (text: string) => lines[0]!.push(lines[0]!.framing.frame(text)),
    counters: server.endpoints[0]!.counters,
    beforeRequest: (run: () => void) => server.http.prependOnceListener('request', run),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

test('one line for all requests of a session', async () => {
  await using service = await start()
  assert.equal(await service.post('xhr'), 'o\n')
  for (const text of ['a', 'b']) {
    service.push(text)
    assert.equal(await service.post('xhr'), `a["${text}"]\n`)
  }
  await service.post('xhr_send', '["x","y"]')
  assert.deepEqual(service.heard, ['x', 'y'])
  assert.equal(service.lines.length, 1)
  assert.match(service.lines[0]!.id, /^[\w-]{22}$/)
})

test('what comes while nobody receives waits, together', async () => {
  await using service = await start()
  await service.post('xhr')
  service.push('a')
  service.push('b')
  await turn()
  service.push('c')
  await turn()
  assert.equal(await service.post('xhr'), 'a["a","b","c"]\n')
})

test('a request that comes in the turn of a push takes it too', async () => {
  await using service = await start()
  await service.post('xhr')
  service.push('a')
  await turn()
  // The server handles the request while it is pushed: that is where the message would be between queue and response.
  service.beforeRequest(() => service.push('b'))
  assert.equal(await service.post('xhr'), 'a["a","b"]\n')
})

test('what was pushed before a close comes before it', async () => {
  await using service = await start()
  await service.post('xhr')
  service.push('last words')
  service.lines[0]!.close({ code: 'policy', reason: 'because', retry: 'never' })
  service.push('too late')
  await turn()
  assert.deepEqual(service.heard, ['(closed)'])
  assert.equal(await service.post('xhr'), 'a["last words"]\n')
  assert.equal(await service.post('xhr'), 'c[1008,"because"]\n')
  await service.post('xhr_send', '["not heard"]')
  assert.deepEqual(service.heard, ['(closed)'])
})

test('nobody comes back', async () => {
  await using service = await start()
  await service.post('xhr')
  const start_ = 1_000_000
  service.server.sweep(start_)
  service.server.sweep(start_ + 4_999)
  assert.deepEqual(service.heard, [])
  service.server.sweep(start_ + 5_000)
  assert.deepEqual(service.heard, ['(closed)'])
  assert.equal(service.server.endpoints[0]!.size, 0)
  assert.equal(await service.post('xhr'), 'o\n')
})

test('who receives stays, however long', async () => {
  await using service = await start()
  await service.post('xhr')
  const http = new RawHttp(service.server.port)
  const waiting = http.request('POST', `${service.url}/xhr`)
  assert.equal(await service.post('xhr'), 'c[2010,"Another connection still open"]\n')
  for (const now of [1_000_000, 1_010_000, 1_024_999]) service.server.sweep(now)
  assert.deepEqual(service.heard, [])
  service.server.sweep(1_025_000)
  assert.equal(await (await waiting).text(), 'h\n')
  http.close()
})

test('a queue that nobody fetches is bounded', async () => {
  await using service = await start({ maxQueuedBytes: 10_000 })
  await service.post('xhr')
  for (let index = 0; index < 11; index++) {
    service.push('x'.repeat(1000))
    await turn()
  }
  assert.equal(service.counters.slow, 1)
  assert.deepEqual(service.heard, ['(closed)'])
  assert.equal(await service.post('xhr'), 'c[1013,"too slow to keep up"]\n')
})

test('many small messages are bounded too', async () => {
  await using service = await start({ maxQueuedBytes: 10_000 })
  await service.post('xhr')
  for (let index = 0; index < 200 && service.counters.slow === 0; index++) {
    service.push('')
    await turn()
  }
  assert.equal(service.counters.slow, 1)
})

test('who opened a stream and doesn’t read it is cut off', async () => {
  await using service = await start({ maxQueuedBytes: 1_000_000, maxStreamBytes: 2 ** 40 })
  const http = new RawHttp(service.server.port)
  await http.request('GET', `${service.url}/eventsource`)
  http.pause()
  const text = 'x'.repeat(100_000)
  for (let pushed = 0; service.counters.slow === 0; pushed++) {
    service.push(text)
    await turn()
    assert.ok(pushed < 1000, 'never noticed')
  }
  assert.deepEqual(service.heard, ['(closed)'])
  assert.equal(await service.post('xhr'), 'c[1013,"too slow to keep up"]\n')
  http.close()
})

test('sessions are limited', async () => {
  await using service = await start({ admission: new Admission({ maxLinesPerAddress: 1 }) })
  assert.equal(await service.post('xhr'), 'o\n')
  const other = `/ws/000/${randomUUID()}/xhr`
  assert.equal((await ask(service.server.port, 'POST', other)).status, 503)
  service.server.sweep(1_000_000)
  service.server.sweep(1_005_000)
  assert.equal((await ask(service.server.port, 'POST', other)).text, 'o\n')
})

test('a hook refuses', async () => {
  await using service = await start({ admit: () => 403 })
  assert.equal((await ask(service.server.port, 'POST', `${service.url}/xhr`)).status, 403)
  assert.equal(service.lines.length, 0)
})

test('a handler that throws closes its session', async () => {
  const bugs: unknown[] = []
  await using service = await start({
    onBug: (error) => bugs.push(error),
    accept: () => ({
      message: () => {
        throw new Error('oops')
      },
      closed: () => {},
    }),
  })
  await service.post('xhr')
  await service.post('xhr_send', '["a","b"]')
  assert.equal(bugs.length, 1)
  assert.equal(await service.post('xhr'), 'c[1011,"internal error"]\n')
})

test('an owner that throws while accepting, too', async () => {
  await using service = await start({
    onBug: () => {},
    accept: () => {
      throw new Error('oops')
    },
  })
  assert.equal(await service.post('xhr'), 'o\n')
  assert.equal(await service.post('xhr'), 'c[1011,"internal error"]\n')
})
