import { Redis } from 'ioredis'
import type { Swept } from '../../core/broom.ts'
import type { Clock, Log } from '../../core/ports.ts'

export interface RedisSubscriptionOptions {
  /** `redis://` or `rediss://`. May hold a password, so it is never logged. */
  readonly url: string
  /** Names the server in the log. */
  readonly name: string
  /** As PSUBSCRIBE takes them. */
  readonly patterns: readonly string[]
  /** What was published, for each pattern that its channel matches. */
  readonly heard: (pattern: string, channel: string, payload: Buffer) => void
  readonly log: Log
  readonly now: Clock
  /** Before the next attempt to connect. Default: 0.2 s, growing to 5 s. */
  readonly retryMs?: (attempt: number) => number
  /** A server that doesn't answer for so long is gone, see `sweep`. Default 20 s. */
  readonly silenceMs?: number
}

/** `waiting`: not connected yet, or not any more; an attempt is under way or comes soon. */
export interface RedisState {
  readonly state: 'ready' | 'waiting'
  /** Milliseconds since 1970. */
  readonly since: number
  /** Why it waits, in the words of the last failure. */
  readonly reason: string | null
}

const pingEveryMs = 10_000

/**
 * Hears what is published to a Redis, and reconnects for ever. What was published while it was not connected is gone: Redis
 * keeps none of it. Redis itself closes a subscriber that lags by more than its `client-output-buffer-limit pubsub`
 * (32 MB by default), which bounds what one message can bring.
 */
export class RedisSubscription implements Swept {
  readonly #options: RedisSubscriptionOptions
  readonly #redis: Redis
  #state: RedisState
  #pingedAt = 0
  #reason: string | null = null
  /** Said once for each outage. */
  #toldOfLoss = false
  #stopped = false

  constructor(options: RedisSubscriptionOptions) {
    this.#options = options
    this.#state = { state: 'waiting', since: options.now(), reason: null }
    const retryMs = options.retryMs ?? ((attempt: number) => Math.min(200 * 2 ** Math.min(attempt - 1, 5), 5000))
    this.#redis = new Redis(options.url, {
      lazyConnect: true,
      // The only version of the protocol that every Redis, and every proxy before one, speaks.
      protocol: 2,
      disableClientInfo: true,
      retryStrategy: retryMs,
      maxRetriesPerRequest: null,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      socketTimeout: options.silenceMs ?? 20_000,
    })
    // An error that nobody listens to is printed by the library.
    this.#redis.on('error', (error: Error) => (this.#reason = error.message))
    this.#redis.on('ready', () => void this.#subscribe())
    this.#redis.on('close', () => this.#lost())
    this.#redis.on('pmessageBuffer', (pattern: string, channel: Buffer, payload: Buffer) =>
      this.#heard(pattern, channel, payload),
    )
  }

  get state(): RedisState {
    return this.#state
  }

  /** Returns at once, whether Redis is there or not. */
  start(): void {
    this.#redis.connect().catch(ignore)
  }

  stop(): void {
    this.#stopped = true
    this.#redis.disconnect()
  }

  /** Asks whether the server is there: one whose machine went without a word answers nothing, and is dialled anew. */
  sweep(now: number): void {
    if (this.#state.state !== 'ready' || now - this.#pingedAt < pingEveryMs) return
    this.#pingedAt = now
    this.#redis.ping().catch(ignore)
  }

  // What a listener throws, the library throws out of the event loop.
  #heard(pattern: string, channel: Buffer, payload: Buffer): void {
    if (this.#stopped) return
    try {
      this.#options.heard(pattern, channel.toString(), payload)
    } catch (error) {
      this.#options.log.error({ error, redis: this.#options.name }, 'what was published to Redis could not be handled')
    }
  }

  async #subscribe(): Promise<void> {
    const { patterns, now, name, log } = this.#options
    try {
      await this.#redis.psubscribe(...patterns)
    } catch (error) {
      // Not allowed to, or gone again.
      this.#reason = error instanceof Error ? error.message : String(error)
      if (this.#redis.status === 'ready') this.#redis.disconnect(true)
      return
    }
    this.#state = { state: 'ready', since: now(), reason: null }
    this.#reason = null
    this.#toldOfLoss = false
    log.info({ redis: name }, 'listening to Redis')
  }

  #lost(): void {
    const { now, name, log } = this.#options
    const since = this.#state.state === 'waiting' ? this.#state.since : now()
    this.#state = { state: 'waiting', since, reason: this.#reason ?? 'the connection was closed' }
    if (this.#toldOfLoss || this.#stopped) return
    this.#toldOfLoss = true
    log.warn({ redis: name, reason: this.#state.reason }, 'not connected to Redis, trying again until it is there')
  }
}

function ignore(): void {
  // A failure is told by the events, once.
}
