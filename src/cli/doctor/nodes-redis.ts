import { once } from 'node:events'
import type { Redis } from 'ioredis'
import { RedisConnections, type RedisClient } from '../../buses/redis/redis-connection.ts'
import { readRedisInfo, type RedisInfo } from '../../buses/redis/redis-info.ts'
import { mastersOf } from '../../buses/redis/redis-watch.ts'
import { driftOf } from './clock.ts'
import { bad, doubt, good, reasonOf, type Finding } from './finding.ts'

const answerTimeoutMs = 5000
const oldestMajor = 7
const slowMs = 5
const pings = 21
const mib = 1024 * 1024

/** Calls `then` with a connection to the nodes' Redis, which is closed afterwards. */
export async function withNodesRedis(
  url: string,
  then: (client: RedisClient) => Promise<Finding[]>,
): Promise<Finding[]> {
  const outage = Promise.withResolvers<never>()
  outage.promise.catch(() => {})
  const quiet = () => {}
  // It would go on trying; here the first failure is the answer.
  const warn = ({ reason }: { readonly reason?: string }) => outage.reject(new Error(reason))
  const log = { error: quiet, warn, info: quiet, debug: quiet }
  let connections: RedisConnections
  try {
    connections = new RedisConnections({ url, name: 'parlance doctor', log })
  } catch (error) {
    return [bad(reasonOf(error), 'set PARLANCE_REDIS_URL right')]
  }
  const { hosts, kind } = connections.address
  // Without the password that the address may hold.
  const places = hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
  const name = kind === 'plain' ? `the nodes’ Redis at ${places}` : `the nodes’ Redis (${kind}) at ${places}`
  const client = connections.command()
  try {
    await Promise.race([once(client, 'ready'), outage.promise, late()])
    return [good(`${name} answers`), ...(await then(client))]
  } catch (error) {
    const advice = 'start it, or set PARLANCE_REDIS_URL right; the server waits for it'
    return [bad(`${name} does not answer: ${reasonOf(error)}`, advice)]
  } finally {
    connections.close()
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    const error = new Error(`no answer within ${answerTimeoutMs / 1000} s`)
    setTimeout(() => reject(error), answerTimeoutMs).unref()
  })
}

/** Each server that takes what is written. */
export async function checkServers(client: RedisClient, now: () => number): Promise<Finding[]> {
  const findings = await Promise.all(mastersOf(client).map((server) => checkServer(server, now)))
  return findings.flat()
}

async function checkServer(server: Redis, now: () => number): Promise<Finding[]> {
  const name = `Redis ${server.options.host}:${server.options.port}`
  const info = readRedisInfo(await server.info())
  const before = now()
  const [seconds = '0', micros = '0'] = (await server.time()).map(String)
  return [
    ...judge(name, info),
    ...(await checkFlush(server, name, info)),
    await checkLatency(server, name),
    driftOf(name, Number(seconds) * 1000 + Number(micros) / 1000, (before + now()) / 2),
  ]
}

/** What a server's INFO says. */
export function judge(name: string, info: RedisInfo): Finding[] {
  const { version, role, replicas, maxmemoryPolicy, maxmemoryBytes, usedBytes, canWriteFiles } = info
  const findings: Finding[] = []
  findings.push(
    Number.parseInt(version, 10) < oldestMajor
      ? bad(`${name} has version ${version}`, `it must be ${oldestMajor}.0 or newer`)
      : good(`${name} has version ${version}, and ${replicas === 1 ? 'one replica' : `${replicas} replicas`}`),
  )
  if (role !== 'master')
    findings.push(
      bad(
        `${name} is a replica: it can’t be written`,
        'point PARLANCE_REDIS_URL at the master, or at the sentinels with redis-sentinel://',
      ),
    )
  if (maxmemoryPolicy !== 'noeviction')
    findings.push(
      bad(
        `${name} drops what it keeps when its memory is full (maxmemory-policy ${maxmemoryPolicy}): messages that nobody has stored yet could go`,
        'set maxmemory-policy to noeviction: it then refuses what is new, and nothing that was acknowledged is lost',
      ),
    )
  if (!canWriteFiles)
    findings.push(bad(`${name} could not write on its disk`, 'make room there, and look into its log'))
  const used = `${name} uses ${Math.ceil(usedBytes / mib)} MiB`
  if (maxmemoryBytes === 0)
    findings.push(
      doubt(
        `${used}, and has no limit (maxmemory)`,
        'set one below what its machine has: a Redis that is full refuses, one that the system kills forgets',
      ),
    )
  else if (usedBytes > 0.75 * maxmemoryBytes)
    findings.push(
      doubt(`${used} of ${Math.floor(maxmemoryBytes / mib)}`, 'give it more: when it is full, nobody can write'),
    )
  else findings.push(good(`${used} of ${Math.floor(maxmemoryBytes / mib)}`))
  return findings
}

async function checkFlush(server: Redis, name: string, { appendsToFile }: RedisInfo): Promise<Finding[]> {
  if (!appendsToFile)
    return [
      doubt(
        `${name} forgets everything when its process ends (appendonly no)`,
        'set appendonly yes: with PARLANCE_ACK=accepted acknowledged messages would be lost, else those on their way',
      ),
    ]
  // Operated servers often don't say.
  const answer: unknown = await server.config('GET', 'appendfsync').catch(() => null)
  const flush = Array.isArray(answer) ? String(answer[1]) : null
  if (flush === 'no')
    return [doubt(`${name} leaves it to the system when to flush (appendfsync no)`, 'set it to everysec or always')]
  return [good(`${name} keeps what it is told on its disk${flush === null ? '' : ` (appendfsync ${flush})`}`)]
}

async function checkLatency(server: Redis, name: string): Promise<Finding> {
  const times: number[] = []
  while (times.length < pings) {
    const startedAt = performance.now()
    await server.ping()
    times.push(performance.now() - startedAt)
  }
  const median = times.toSorted((a, b) => a - b)[pings >> 1] ?? 0
  const what = `a round trip to ${name} takes ${median.toFixed(1)} ms`
  return median > slowMs
    ? doubt(what, 'bring the nodes and Redis closer together: each message waits for it')
    : good(what)
}
