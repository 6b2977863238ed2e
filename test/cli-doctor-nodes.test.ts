import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Redis } from 'ioredis'
import { compareNodes } from '../src/cli/doctor/nodes.ts'
import { judge } from '../src/cli/doctor/nodes-redis.ts'
import { readRedisInfo, redisDangers } from '../src/buses/redis/redis-info.ts'
import type { NodeCard } from '../src/core/nodes.ts'
import { version } from '../src/version.ts'
import { freePort } from './support/free-port.ts'
import { MariadbServer } from './support/mariadb-server.ts'
import { runProgram, Serving } from './support/program.ts'
import { RedisServer } from './support/redis-server.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

describe('doctor, of nodes that serve together', () => {
  let redis: RedisServer
  let mariadb: MariadbServer
  let admin: Redis
  before(async () => {
    ;[redis, mariadb] = await Promise.all([RedisServer.start(), MariadbServer.start()])
    admin = new Redis(redis.url)
  })
  after(async () => {
    admin.disconnect()
    await Promise.all([redis, mariadb].map((server) => server[Symbol.asyncDispose]()))
  })

  test('a Redis as it should be, beside two nodes that agree', async () => {
    await using folder = await temporaryFolder()
    await admin.config('SET', 'maxmemory', '100mb')
    await admin.config('SET', 'appendonly', 'yes')
    const env = { DATABASE_URL: await mariadb.database(), REDIS_URL: redis.url, PORT: '0' }
    const options = { folder: folder.path, env }
    await using one = await Serving.start(options)
    await using other = await Serving.start(options)
    const { code, out } = await runProgram(['doctor'], options)
    assert.equal(code, 0, out)
    for (const pattern of [
      /✓ the nodes’ Redis at 127\.0\.0\.1:\d+ answers/,
      /✓ Redis 127\.0\.0\.1:\d+ has version \d+\.\d+\.\d+, and 0 replicas/,
      /✓ Redis .* uses \d+ MiB of 100/,
      /✓ Redis .* keeps what it is told on its disk \(appendfsync everysec\)/,
      /[✓!] a round trip to Redis .* takes \d+\.\d ms/,
      /✓ the clock of Redis .* agrees with this one/,
      /✓ the clock of the database server agrees with this one/,
      /✓ 2 nodes are alive/,
      /✓ all nodes have the settings and apps that are here/,
      /✓ all nodes have the same folder of uploaded files/,
    ]) {
      assert.match(out, pattern)
    }
    for (const { url } of [one, other]) assert.ok(out.includes(`✓ ${url} answers that it is well`), out)
    const changed = await runProgram(['doctor'], { ...options, env: { ...env, MESSAGE_MAX_CHARS: '99' } })
    assert.match(changed.out, /✗ not the settings or apps that are here: http/)
  })

  test('a Redis that drops, forgets or is a replica', async () => {
    await using folder = await temporaryFolder()
    await admin.config('SET', 'maxmemory', '0')
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await admin.config('SET', 'appendonly', 'no')
    await admin.replicaof('127.0.0.1', await freePort())
    const env = { DATABASE_URL: await mariadb.database(), REDIS_URL: redis.url, PORT: '0' }
    const { code, out } = await runProgram(['doctor'], { folder: folder.path, env })
    await admin.replicaof('NO', 'ONE')
    await admin.config('SET', 'maxmemory-policy', 'noeviction')
    assert.equal(code, 1)
    assert.match(out, /✗ Redis .* drops what it keeps when its memory is full \(maxmemory-policy allkeys-lru\)/)
    assert.match(out, /✗ Redis .* is a replica/)
    assert.match(out, /! Redis .* forgets everything when its process ends/)
    assert.match(out, /! Redis .* has no limit \(maxmemory\)/)
  })

  test('a Redis that isn’t there, in each form of its address, and without its password', async () => {
    await using folder = await temporaryFolder()
    const port = await freePort()
    const database = await mariadb.database()
    for (const url of [
      `redis://:hidden@127.0.0.1:${port}`,
      `redis-sentinel://:hidden@127.0.0.1:${port}/group`,
      `redis-cluster://:hidden@127.0.0.1:${port}`,
    ]) {
      const env = { DATABASE_URL: database, REDIS_URL: url, PORT: '0' }
      const { code, out } = await runProgram(['doctor'], { folder: folder.path, env })
      assert.equal(code, 1)
      assert.match(out, /✗ the nodes’ Redis .*at 127\.0\.0\.1:\d+ does not answer/)
      assert.doesNotMatch(out, /hidden/)
    }
  })
})

describe('what nodes and Redis could be like, and these are not', () => {
  const marks = (findings: readonly { mark: string }[]) => findings.map(({ mark }) => mark).join('')
  const card: NodeCard = { id: 'a', url: 'http://a', version, settings: 's', files: 'f', startedAt: 0 }

  test('nodes that differ', () => {
    const compare = (other: Partial<NodeCard>) => compareNodes([card, { ...card, url: 'http://b', ...other }], 's')
    assert.equal(marks(compare({})), '✓✓✓✓')
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const next = `${major}.${minor + 1}.7`
    assert.equal(marks(compare({ version: next, settings: 'those of another version' })), '✓✓✓✓')
    assert.equal(marks(compare({ version: `${major}.${minor + 2}.0` })), '✓✗✓✓')
    assert.equal(marks(compare({ version: `${major + 1}.${minor}.0` })), '✓✗✓✓')
    assert.equal(marks(compare({ settings: 't' })), '✓✓✗✓')
    assert.equal(marks(compare({ files: 'g' })), '✓✓✓✗')
  })

  test('servers of Redis that are too old, nearly full or can’t write', () => {
    const info = (fields: Record<string, string | number>) =>
      readRedisInfo(
        Object.entries({ redis_version: '7.0.15', role: 'master', maxmemory_policy: 'noeviction', ...fields })
          .map(([name, value]) => `${name}:${value}`)
          .join('\r\n'),
      )
    const full = { used_memory: 95, maxmemory: 100 }
    assert.equal(marks(judge('r', info({ maxmemory: 1e9 }))), '✓✓')
    assert.equal(marks(judge('r', info({ redis_version: '6.2.1', maxmemory: 1e9 }))), '✗✓')
    assert.equal(marks(judge('r', info(full))), '✓!')
    assert.equal(marks(judge('r', info({ aof_last_write_status: 'err', maxmemory: 1e9 }))), '✓✗✓')
    assert.deepEqual(redisDangers(info({ maxmemory: 1e9 })), [])
    assert.equal(
      redisDangers(info({ ...full, maxmemory_policy: 'volatile-ttl', rdb_last_bgsave_status: 'err' })).length,
      3,
    )
  })
})
