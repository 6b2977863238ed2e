import { Redis } from 'ioredis'
import type { AppConfig } from '../../config/apps.ts'
import type { Settings } from '../../config/table.ts'
import { doubt, good, reasonOf, type Finding } from './finding.ts'

const answerTimeoutMs = 2000

/** Whether the Redis of each Laravel application answers. Clients are served without it, so its absence is a doubt. */
export async function checkRedis(settings: Settings, apps: readonly AppConfig[]): Promise<Finding[]> {
  const urls = apps.flatMap(({ laravel }) => (laravel ? (laravel.redisUrl ?? settings.redisUrl ?? []) : []))
  // Several servers, behind sentinels or in a cluster, are for the nodes alone.
  const single = urls.filter((url) => /^rediss?:/.test(url))
  return Promise.all([...new Set(single)].map(checkOne))
}

async function checkOne(url: string): Promise<Finding> {
  // Without the password that the address may hold.
  const name = `the Redis at ${URL.parse(url)?.host ?? 'an address'}`
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    retryStrategy: null,
    connectTimeout: answerTimeoutMs,
    commandTimeout: answerTimeoutMs,
  })
  let reason: string | null = null
  redis.on('error', (error: Error) => (reason = error.message))
  try {
    await redis.connect()
    await redis.ping()
    return good(`${name} answers`)
  } catch (error) {
    return doubt(
      `${name} does not answer: ${reason ?? reasonOf(error)}`,
      'start it, or set PARLANCE_REDIS_URL or laravel.redisUrl right; the server starts without it and goes on trying',
    )
  } finally {
    redis.disconnect()
  }
}
