import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { ChatError } from '../core/errors.ts'
import { createApplication, type ApplicationOptions } from './application.ts'
import { health } from './health.ts'
import type { Mount } from './mount.ts'

const greeting = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 5 }, times: { type: 'integer' } },
}

/** A protocol that writes its errors in its own way. */
const desk: Mount = {
  prefixes: ['/desk'],
  errorBody: ({ status, name, message, field, id }) => ({
    status,
    name: name.toUpperCase(),
    message,
    field,
    trace: id,
  }),
  cors: { origins: ['https://shop.example'], credentials: true },
  routes: (scope) => {
    scope.get('/desk/secret', () => {
      throw new ChatError('forbidden', 'This is not yours.', 'roomId')
    })
    scope.get('/desk/broken', () => {
      throw new Error('SQLITE_ERROR: no such table: rooms')
    })
    scope.get('/desk/upstream', () => {
      throw Object.assign(new Error('password refused by db.internal'), { statusCode: 401 })
    })
    scope.post('/desk/greet', { schema: { body: greeting } }, (request) => ({ got: request.body }))
    scope.post('/desk/anything', (request) => ({ got: request.body ?? null }))
    scope.get('/desk/ip', (request) => ({ ip: request.ip }))
  },
}

const open: Mount = {
  prefixes: ['/'],
  cors: { origins: ['*'] },
  routes: (scope) => {
    scope.get('/hello', () => ({ hello: true }))
    scope.get('/lost', () => {
      throw new ChatError('not_found', 'No such room.')
    })
  },
}

async function application(options: Partial<ApplicationOptions> = {}) {
  const log = new RecordedLog()
  const mounts = [open, desk]
  const limits = { maxBodyBytes: 1000, requestTimeoutMs: 5000, trustedProxyHops: 0 }
  const app = await createApplication({ log, mounts, ...limits, ...options })
  return { app, log }
}

const json = { 'content-type': 'application/json' }

describe('errors', () => {
  test('a refusal is said in the form of its mount', async () => {
    const { app, log } = await application()
    const secret = await app.inject('/desk/secret')
    assert.equal(secret.statusCode, 403)
    const expected = { status: 403, name: 'FORBIDDEN', message: 'This is not yours.', field: 'roomId' }
    assert.deepEqual(secret.json(), expected)
    const lost = await app.inject('/lost')
    assert.equal(lost.statusCode, 404)
    assert.deepEqual(lost.json(), { error: 'not_found', message: 'No such room.' })
    assert.deepEqual(log.of('error'), [])
  })

  test('a fault is logged once, under the id that the client sees, and not described', async () => {
    const { app, log } = await application()
    for (const url of ['/desk/broken', '/desk/upstream']) {
      log.lines.length = 0
      const answer = await app.inject(url)
      assert.equal(answer.statusCode, 500)
      assert.doesNotMatch(answer.body, /SQLITE|db\.internal|application\.test/)
      const errors = log.of('error')
      assert.equal(errors.length, 1)
      const body = answer.json<{ trace: string }>()
      assert.match(body.trace, /^[\w-]{12}$/)
      assert.equal(errors[0]?.fields['id'], body.trace)
      assert.ok(errors[0]?.fields['error'] instanceof Error)
    }
  })

  test('an address without a route answers in the form of the mount that is nearest', async () => {
    const { app } = await application()
    const inDesk = await app.inject('/desk/nothing?token=x')
    assert.equal(inDesk.json<{ name: string }>().name, 'NOT_FOUND')
    const beside = await app.inject('/desktop')
    assert.deepEqual([beside.statusCode, beside.json<{ error: string }>().error], [404, 'not_found'])
    assert.equal((await app.inject({ method: 'DELETE', url: '/hello' })).statusCode, 404)
  })

  test('what does not fit the schema names the field', async () => {
    const { app } = await application()
    const post = async (body: object) =>
      (await app.inject({ method: 'POST', url: '/desk/greet', payload: body })).json()
    const missing = { status: 400, name: 'INVALID', message: "name: must have required property 'name'", field: 'name' }
    assert.deepEqual(await post({}), missing)
    const tooLong = 'name: must NOT have more than 5 characters'
    assert.deepEqual(await post({ name: 'Alexander' }), { ...missing, message: tooLong })
    assert.deepEqual(await post({ name: 'Ana', times: '3' }), { got: { name: 'Ana', times: 3 } })
  })

  test('bodies that cannot be read', async () => {
    const { app, log } = await application()
    const post = async (payload: string, headers: Record<string, string> = json) => {
      const answer = await app.inject({ method: 'POST', url: '/desk/anything', payload, headers })
      return [answer.statusCode, answer.json<{ name?: string; got?: unknown }>()] as const
    }
    const unreadable = { status: 400, name: 'INVALID', message: 'The request can’t be read.' }
    assert.deepEqual(await post('{"a":'), [400, unreadable])
    assert.deepEqual(await post('{"__proto__":{"admin":true}}'), [400, unreadable])
    assert.deepEqual(await post('{"constructor":{"prototype":{"admin":true}}}'), [400, unreadable])
    assert.deepEqual(await post(''), [200, { got: null }])
    assert.equal((await post('<a/>', { 'content-type': 'text/xml' }))[0], 415)
    assert.equal((await post('x', { 'content-type': 'multipart/form-data; boundary=x' }))[0], 415)
    const [status, body] = await post(JSON.stringify('x'.repeat(1000)))
    assert.deepEqual([status, body.name], [413, 'TOO_LARGE'])
    assert.deepEqual(log.of('error'), [])
  })

  test('an address that cannot be decoded', async () => {
    const { app, log } = await application()
    const answer = await app.inject('/desk/%E0%A4%A')
    assert.deepEqual([answer.statusCode, answer.json<{ name: string }>().name], [400, 'INVALID'])
    assert.deepEqual(log.of('error'), [])
  })
})

test('what is answered is sent whole, whatever a schema says of it', async () => {
  const answer = { name: 5, more: 'than documented', at: new Date(0) }
  const response = { 200: { type: 'object', properties: { name: { type: 'string' } } } }
  const mount: Mount = {
    prefixes: ['/'],
    routes: (scope) => {
      scope.get('/plain', () => answer)
      scope.get('/documented', { schema: { response } }, () => answer)
    },
  }
  const { app } = await application({ mounts: [mount] })
  const [plain, documented] = [await app.inject('/plain'), await app.inject('/documented')]
  assert.deepEqual(documented.rawPayload, plain.rawPayload)
  assert.equal(documented.headers['content-type'], plain.headers['content-type'])
})

describe('headers', () => {
  test('every answer forbids sniffing, framing and storing, and has an id', async () => {
    const { app } = await application()
    for (const url of ['/hello', '/nowhere', '/desk/broken', '/desk/%E0%A4%A']) {
      const { headers } = await app.inject(url)
      assert.equal(headers['x-content-type-options'], 'nosniff', url)
      assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'", url)
      assert.equal(headers['cache-control'], 'no-store', url)
    }
    const ids = await Promise.all(
      ['/hello', '/hello'].map(async (url) => (await app.inject(url)).headers['x-request-id']),
    )
    assert.match(String(ids[0]), /^[\w-]{12}$/)
    assert.notEqual(ids[0], ids[1])
  })

  test('pages of other origins may call what their mount allows', async () => {
    const { app } = await application()
    const preflight = (url: string, origin: string) => {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      }
      return app.inject({ method: 'OPTIONS', url, headers })
    }
    const welcome = await preflight('/desk/greet', 'https://shop.example')
    assert.equal(welcome.statusCode, 204)
    assert.equal(welcome.headers['access-control-allow-origin'], 'https://shop.example')
    assert.equal(welcome.headers['access-control-allow-credentials'], 'true')
    assert.equal(welcome.headers['access-control-allow-headers'], 'authorization')
    assert.match(String(welcome.headers['vary']), /Origin/)
    for (const origin of ['https://evil.example', 'https://shop.example.evil.example', 'null']) {
      assert.equal((await preflight('/desk/greet', origin)).headers['access-control-allow-origin'], undefined, origin)
    }
    const anyone = await app.inject({ url: '/hello', headers: { origin: 'https://evil.example' } })
    assert.equal(anyone.headers['access-control-allow-origin'], '*')
    assert.equal(anyone.headers['access-control-allow-credentials'], undefined)
    const refused = await app.inject({ url: '/desk/secret', headers: { origin: 'https://shop.example' } })
    assert.equal(refused.headers['access-control-allow-origin'], 'https://shop.example')
  })

  test('cookies open to every origin are a mistake', async () => {
    const mount: Mount = { prefixes: ['/a'], cors: { origins: ['*'], credentials: true }, routes: () => {} }
    await assert.rejects(application({ mounts: [mount] }), /can't be open to every origin/)
  })

  test('X-Forwarded-For is believed as far as proxies are trusted', async () => {
    const ip = async (trustedProxyHops: number) => {
      const { app } = await application({ trustedProxyHops })
      const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2' }
      return (await app.inject({ url: '/desk/ip', headers })).json<{ ip: string }>().ip
    }
    assert.deepEqual([await ip(0), await ip(1), await ip(2)], ['127.0.0.1', '10.0.0.2', '203.0.113.9'])
  })
})

test('what comes before the routes, and upgrades, share the port with them', async () => {
  const upgraded: string[] = []
  const { app } = await application({
    before: (request, response) => {
      if (!request.url?.startsWith('/ws/')) return false
      response.end('sockjs')
      return true
    },
    upgrade: (request, socket) => {
      upgraded.push(request.url ?? '')
      socket.destroy()
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const { port } = app.server.address() as AddressInfo
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/ws/info`)).text(), 'sockjs')
    assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/hello`)).json(), { hello: true })
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /ws/websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await once(socket, 'close')
    assert.deepEqual(upgraded, ['/ws/websocket'])
  } finally {
    await app.close()
  }
})

describe('the health checks', () => {
  test('ok, draining, failing and late', async () => {
    const log = new RecordedLog()
    let draining = false
    let check = (): Promise<string | null> => Promise.resolve(null)
    const mount = health({ log, check: () => check(), isDraining: () => draining, timeoutMs: 1 })
    const { app } = await application({ mounts: [mount] })
    const ask = async () => {
      const [alive, ready] = [await app.inject('/healthz'), await app.inject('/readyz')]
      assert.equal(alive.statusCode, 200, 'another process would do no better')
      return [ready.statusCode, alive.json<{ status: string }>().status, ready.json<object>()]
    }
    const notReady = (...reasons: string[]) => ({ status: 'not ready', reasons })
    assert.deepEqual(await ask(), [200, 'ok', { status: 'ready', reasons: [] }])
    check = async () => 'database or disk is full'
    assert.deepEqual(await ask(), [503, 'failing', notReady('the store can’t write: database or disk is full')])
    check = () => new Promise(() => {})
    assert.deepEqual(await ask(), [503, 'failing', notReady('the store can’t write: no answer within 1 ms')])
    draining = true
    check = () => Promise.reject(new Error('password of db.internal refused'))
    const failed = 'the store can’t write: the check itself failed; the log says more'
    assert.deepEqual(await ask(), [503, 'draining', notReady('draining', failed)])
    check = async () => null
    assert.deepEqual(await ask(), [503, 'draining', notReady('draining')])
    assert.deepEqual(
      log.of('error').map(({ fields }) => fields['reason']),
      ['database or disk is full', 'no answer within 1 ms', 'the check itself failed; the log says more'].map(
        (reason) => `the store can’t write: ${reason}`,
      ),
      'each is told once, however often it is asked for',
    )
    assert.match(String(log.of('error')[2]?.fields['error']), /db\.internal/)
  })

  test('what else is missing, and what is only a warning', async () => {
    const log = new RecordedLog()
    let missing: string[] = []
    const warnings = ['Redis may drop what was acknowledged']
    const mount = health({
      log,
      check: async () => null,
      missing: () => missing,
      warnings: () => warnings,
      isDraining: () => false,
      details: () => ({ nodes: 3 }),
    })
    const { app } = await application({ mounts: [mount] })
    const ask = async (path: string) => {
      const { statusCode, json } = await app.inject(path)
      return [statusCode, json()]
    }
    assert.deepEqual(await ask('/readyz'), [200, { status: 'ready', reasons: [], warnings }])
    missing = ['Redis can’t be reached']
    assert.deepEqual(await ask('/readyz'), [503, { status: 'not ready', reasons: missing, warnings }])
    assert.deepEqual(await ask('/healthz'), [200, { status: 'failing', nodes: 3 }])
    assert.equal(log.of('error').length, 1)
    missing = []
    assert.deepEqual(await ask('/healthz'), [200, { status: 'ok', nodes: 3 }])
    assert.equal(log.of('info').length, 1)
  })
})
