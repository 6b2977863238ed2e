import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RecordedLog } from '../support/recorded-log.ts'
import { RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const spreadMs = 2000
const clients = 40

let mariadb: MariadbServer
let redis: RedisServer

before(async () => {
  ;[mariadb, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()])
})

after(() => Promise.all([mariadb, redis].map((server) => server[Symbol.asyncDispose]())))

async function dial({ url }: RunningServer): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/websocket`)
  await once(socket, 'open')
  return socket
}

async function knows({ url }: RunningServer, nodes: number): Promise<void> {
  while (((await (await fetch(`${url}/healthz`)).json()) as { nodes: number }).nodes !== nodes) continue
}

test(
  'a node that leaves others says so first, and tells its clients one after the other',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder()
    const env = {
      PARLANCE_PORT: '0',
      PARLANCE_DATA_DIR: folder.path,
      PARLANCE_DATABASE_URL: await mariadb.database(),
      PARLANCE_REDIS_URL: redis.url,
      PARLANCE_DRAIN_DELAY_MS: '500',
      PARLANCE_DRAIN_SPREAD_MS: String(spreadMs),
    }
    const [leaving, staying] = await Promise.all([
      startServer(loadConfig(env), new RecordedLog()),
      startServer(loadConfig(env), new RecordedLog()),
    ])
    await knows(leaving, 2)
    const sockets = await Promise.all(Array.from({ length: clients }, () => dial(leaving)))
    const closes = sockets.map(async (socket) => {
      const [code] = (await once(socket, 'close')) as [number]
      assert.equal(code, 1001)
      return performance.now()
    })
    const askedAt = performance.now()
    const closed = leaving.close()
    const ready = await fetch(`${leaving.url}/readyz`)
    assert.deepEqual([ready.status, await ready.json()], [503, { status: 'not ready', reasons: ['draining'] }])
    // Until load balancers have noticed, whoever comes is welcome.
    closes.push(once(await dial(leaving), 'close').then(() => performance.now()))
    const first = await Promise.race(closes)
    assert.ok(first - askedAt >= 490, 'nobody is told before the delay is over')
    // Those who are told later still ask over HTTP; nobody new gets in.
    assert.equal((await fetch(`${leaving.url}/healthz`)).status, 200)
    const refused = new WebSocket(`${leaving.url.replace('http', 'ws')}/ws/websocket`)
    assert.match(String(((await once(refused, 'error')) as [Error])[0]), /503/)

    const times = (await Promise.all(closes)).toSorted((one, other) => one - other)
    const last = times.at(-1) ?? 0
    assert.ok(last - first >= 0.75 * spreadMs, `spread over ${last - first} ms`)
    const early = times.filter((time) => time - first < spreadMs / 4).length
    assert.ok(early < clients / 2, `${early} of ${clients} in the first quarter`)
    await closed
    await knows(staying, 1)
    await staying.close()
  },
)

test('a node that is alone tells everyone at once', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const env = { PARLANCE_PORT: '0', PARLANCE_DATA_DIR: folder.path, PARLANCE_DRAIN_SPREAD_MS: '5000' }
  const server = await startServer(loadConfig(env), new RecordedLog())
  const sockets = await Promise.all(Array.from({ length: clients }, () => dial(server)))
  const startedAt = performance.now()
  const gone = Promise.all(sockets.map((socket) => once(socket, 'close')))
  await Promise.all([server.close(), gone])
  assert.ok(performance.now() - startedAt < 4000)
})
