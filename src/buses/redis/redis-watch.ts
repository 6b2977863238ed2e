import type { Redis } from 'ioredis'
import type { Swept } from '../../core/broom.ts'
import type { Log } from '../../core/ports.ts'
import type { RedisClient } from './redis-connection.ts'
import { readRedisInfo, redisDangers } from './redis-info.ts'

const lookEveryMs = 60_000

/** Looks at Redis once a minute and at each connect, whether it can be trusted with what is kept there. */
export class RedisWatch implements Swept {
  /** What endangers what is kept there, in words that strangers may read. */
  warnings: readonly string[] = []
  readonly #client: RedisClient
  readonly #log: Log
  #lookedAt: number | null = null

  constructor(client: RedisClient, log: Log) {
    this.#client = client
    this.#log = log
    client.on('ready', () => (this.#lookedAt = null))
  }

  sweep(now: number): void {
    if (this.#client.status !== 'ready' || (this.#lookedAt !== null && now - this.#lookedAt < lookEveryMs)) return
    this.#lookedAt = now
    // Away again: the next connect looks.
    this.#look().catch(() => {})
  }

  async #look(): Promise<void> {
    const infos = await Promise.all(mastersOf(this.#client).map((server) => server.info()))
    const found = [...new Set(infos.flatMap((info) => redisDangers(readRedisInfo(info))))]
    for (const warning of found) if (!this.warnings.includes(warning)) this.#log.error({}, warning)
    if (found.length === 0 && this.warnings.length > 0) this.#log.info({}, 'Redis can be trusted again')
    this.warnings = found
  }
}

/** The servers that take what is written. */
export function mastersOf(client: RedisClient): readonly Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client]
}
