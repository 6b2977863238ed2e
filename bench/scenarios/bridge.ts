import { join } from 'node:path'
import { Redis } from 'ioredis'
import { RedisServer } from '../../test/support/redis-server.ts'
import { demoApp } from '../../src/demo.ts'
import { gather } from '../load/crowd.ts'
import { JwtTalker } from '../load/jwt-talker.ts'
import { Tally } from '../load/talker.ts'
import { text } from '../load/text.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { percentile, ratios } from '../report/statistics.ts'
import { startParlance } from '../subject/servers.ts'
import { tokenFor } from './laravel.ts'
import type { Conditions } from './scenario.ts'

const arrivalTimeoutMs = 30_000

/**
 * From a PUBLISH on the application's Redis to the last of a thousand sockets, against a client's own message to the same
 * thousand: what the way over Redis adds to a fan-out inside the process. Nothing is kept either way.
 */
export async function bridge({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const listeners = quick ? 100 : 1000
  const rounds = quick ? 2 : 7
  const messages = quick ? 20 : 200
  await using redis = await RedisServer.start()
  const subject = await startParlance({ dataDir: join(folder, 'data'), profileDir, redisUrl: redis.url })
  const tally = new Tally()
  const data = { tweet: { id: 1, content: text } }
  say(`${listeners} listeners`)
  const talkers = await gather(listeners, async (index) => {
    const token = await tokenFor({ id: index + 1, name: 'bench', channel: 'tweet:bench' })
    return JwtTalker.connect(subject.port, token, tally, data)
  })
  const client = new Redis(redis.url)
  const payload = JSON.stringify({ channel: 'tweet:bench', data })
  const ways = {
    redis: () => void client.publish(`${demoApp.laravel.redisPrefix}broadcast`, payload),
    socket: () => talkers[0]!.send(),
  }
  const all = lastOf(talkers)
  // The bridge may still be on its way to Redis.
  while (Number(await client.call('PUBSUB', 'NUMPAT')) === 0) await new Promise((resolve) => setTimeout(resolve, 10))

  const p99 = { redis: [] as number[], socket: [] as number[] }
  const median = { redis: [] as number[], socket: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const way of ['redis', 'socket'] as const) {
      const tookMs: number[] = []
      for (let count = 0; count < messages; count++) {
        const from = performance.now()
        ways[way]()
        await all.heard()
        tookMs.push(performance.now() - from)
      }
      if (round === 0) continue
      tookMs.sort((a, b) => a - b)
      p99[way].push(percentile(tookMs, 0.99))
      median[way].push(percentile(tookMs, 0.5))
    }
  }
  client.disconnect()
  talkers.forEach((talker) => talker.close())
  if (tally.faults.length > 0) throw new Error(`${subject.name}: ${tally.faults.join('; ')}`)
  await subject.stop()
  const measures = (['redis', 'socket'] as const).flatMap((way) => {
    const what = way === 'redis' ? 'a PUBLISH to the last socket' : 'a client’s message to the last socket'
    return [
      measure('parlance laravel-jwt', `${what}: p99`, 'ms', p99[way]),
      measure('parlance laravel-jwt', `${what}: median`, 'ms', median[way]),
    ]
  })
  return {
    scenario: 'bridge',
    measures,
    bars: [bar('over Redis, of a client’s own: p99', '×', ratios(p99.redis, p99.socket), { atMost: 1.5 })],
    notes: [
      `${listeners} sockets in one channel that keeps nothing; ${messages} messages a round, one at a time. Server, Redis and load share the machine.`,
    ],
  }
}

/** Resolves each time when all have heard one message. */
function lastOf(talkers: readonly JwtTalker[]): { heard(): Promise<void> } {
  let missing = 0
  let done: () => void = () => {}
  for (const talker of talkers) {
    talker.onMessage = () => {
      if (--missing === 0) done()
    }
  }
  return {
    heard: () =>
      new Promise((resolve, reject) => {
        missing += talkers.length
        const timer = setTimeout(() => reject(new Error(`${missing} never heard it`)), arrivalTimeoutMs)
        done = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
