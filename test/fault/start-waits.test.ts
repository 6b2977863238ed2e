import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { spawn } from '../support/child-process.ts'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { freePort } from '../support/free-port.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RecordedLog } from '../support/recorded-log.ts'
import { RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'parlance.js')
let mariadb: MariadbServer

before(async () => {
  mariadb = await MariadbServer.start()
})

after(() => mariadb[Symbol.asyncDispose]())

async function ask(url: string): Promise<[number, unknown]> {
  const response = await fetch(url)
  return [response.status, await response.json()]
}

test('while its database is away, a server that starts says what it waits for; then it serves at the same address', async () => {
  await using folder = await temporaryFolder()
  const database = await mariadb.database()
  await mariadb.kill()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log = new RecordedLog()
  const told = log.next('warn')
  const env = { PARLANCE_PORT: String(port), PARLANCE_DATA_DIR: folder.path, PARLANCE_DATABASE_URL: database }
  const starting = startServer(loadConfig(env), log)
  await using _closed = { [Symbol.asyncDispose]: async () => (await starting).close() }
  assert.match((await told).message, /the database can’t be used yet; trying again/)

  assert.deepEqual(await ask(`${url}/healthz`), [200, { status: 'starting' }])
  const reasons = ['starting: the database can’t be reached']
  assert.deepEqual(await ask(`${url}/readyz?from=balancer`), [503, { status: 'not ready', reasons }])
  const refused = await fetch(`${url}/auth/login`, { method: 'POST', body: '{}' })
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5'])
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/websocket`)
  await once(socket, 'error')

  await mariadb.start()
  const server = await starting
  assert.equal(server.url, url)
  assert.deepEqual(await ask(`${url}/readyz`), [200, { status: 'ready', reasons: [] }])
  assert.equal(log.of('warn').length, 1, 'one line, however often it was tried')
})

test('a taken port is told at once, also when the database is away', async () => {
  await using folder = await temporaryFolder()
  const database = await mariadb.database()
  await mariadb.kill()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const env = { PARLANCE_PORT: String(port), PARLANCE_DATA_DIR: folder.path, PARLANCE_DATABASE_URL: database }
  await assert.rejects(startServer(loadConfig(env), new RecordedLog()), { code: 'EADDRINUSE' })
  taken.close()
  await mariadb.start()
})

test('a server that waits ends at the first signal', async () => {
  await using folder = await temporaryFolder()
  const env = {
    PATH: process.env['PATH'],
    PARLANCE_PORT: '0',
    PARLANCE_DATA_DIR: folder.path,
    PARLANCE_DATABASE_URL: `mysql://root@127.0.0.1:${await freePort()}/nowhere`,
  }
  const child = spawn(process.execPath, [program, 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) if (line.includes('trying again every second')) break
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('the same of a node and its Redis; when either goes later, readiness says which, and all is well when it is back', async () => {
  await using folder = await temporaryFolder()
  await using redis = await RedisServer.start()
  await redis.stop()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log = new RecordedLog()
  const told = log.next('warn')
  const env = {
    PARLANCE_PORT: String(port),
    PARLANCE_DATA_DIR: folder.path,
    PARLANCE_DATABASE_URL: await mariadb.database(),
    PARLANCE_REDIS_URL: redis.url,
  }
  const starting = startServer(loadConfig(env), log)
  await using _closed = { [Symbol.asyncDispose]: async () => (await starting).close() }
  assert.match((await told).message, /not connected to Redis, trying again/)
  await readiness(url, /^starting: Redis can not be reached$/)
  assert.deepEqual(await ask(`${url}/healthz`), [200, { status: 'starting' }])
  await redis.start()
  await starting
  await readiness(url, null)
  assert.equal(log.of('warn').length, 1, 'one line, however often it was tried')

  await redis.stop()
  await readiness(url, /^the store can’t write: Redis can not be reached; the other nodes can’t be heard: /)
  const [status, body] = await ask(`${url}/healthz`)
  assert.deepEqual([status, (body as { status: string }).status], [200, 'failing'])
  await redis.start()
  await readiness(url, null)
  await mariadb.kill()
  await readiness(url, /^the store can’t write: the database can’t be reached$/)
  await mariadb.start()
  await readiness(url, null)
})

test('a Redis that may drop what it keeps is a loud warning', async () => {
  await using folder = await temporaryFolder()
  await using redis = await RedisServer.start()
  const admin = new Redis(redis.url)
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  admin.disconnect()
  const log = new RecordedLog()
  const told = log.next('error')
  const env = {
    PARLANCE_PORT: '0',
    PARLANCE_DATA_DIR: folder.path,
    PARLANCE_DATABASE_URL: await mariadb.database(),
    PARLANCE_REDIS_URL: redis.url,
  }
  const server = await startServer(loadConfig(env), log)
  await using _closed = { [Symbol.asyncDispose]: () => server.close() }
  const warning = 'Redis may drop what it keeps (its maxmemory-policy is allkeys-lru): it must be noeviction'
  assert.equal((await told).message, warning)
  const ready = { status: 'ready', reasons: [], warnings: [warning] }
  assert.deepEqual(await ask(`${server.url}/readyz`), [200, ready])
})

/** Until `/readyz` gives this reason, or none for null. */
async function readiness(url: string, expected: RegExp | null): Promise<void> {
  for (;;) {
    const [status, body] = await ask(`${url}/readyz`).catch(() => [0, {}] as const)
    const reasons = ((body as { reasons?: string[] }).reasons ?? []).join('; ')
    if (expected === null ? status === 200 : status === 503 && expected.test(reasons)) return
  }
}
