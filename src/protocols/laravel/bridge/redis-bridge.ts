import type { Swept } from '../../../core/broom.ts'
import type { Chat } from '../../../core/chat.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import { publish } from '../broadcasts.ts'
import type { Announcer } from '../announcer.ts'
import type { LaravelApp } from '../settings.ts'
import { decodePayload, dropReasons, type DropReason } from './payload.ts'
import { patternOf, Prefixes, serverOf } from './prefixes.ts'

/** A Redis that is listened to. Matched by the wire's `RedisSubscription`. */
export interface Subscribed extends Swept {
  readonly state: { readonly state: 'ready' | 'waiting'; readonly since: number; readonly reason: string | null }
  start(): void
  stop(): void
}

export type Subscribe = (options: {
  readonly url: string
  readonly patterns: readonly string[]
  readonly heard: (pattern: string, channel: string, payload: Buffer) => void
}) => Subscribed

export interface RedisBridgeOptions {
  readonly apps: readonly LaravelApp[]
  /** For apps that name none of their own; null for none. */
  readonly redisUrl: string | null
  readonly subscribe: Subscribe
  readonly chat: Chat
  readonly announcer: Announcer
  readonly maxPayloadBytes: number
  readonly log: Log
  readonly now: Clock
}

/** What health says of the bridge. */
export interface BridgeHealth {
  readonly state: 'ready' | 'waiting'
  /** Since when, in ISO 8601. */
  readonly since: string
}

const tellEveryMs = 60_000
/** What may wait to be kept. Redis goes on sending while the store is slow. */
const maxUnderWay = 10_000
const reasons = [...dropReasons, 'too much at once', 'not kept'] as const
type Reason = (typeof reasons)[number]

/**
 * Brings what applications publish to Redis to their clients: `{prefix}broadcast` to the JWT socket, what Laravel's own
 * broadcaster publishes to the channels of Echo. Each node listens by itself, and tells its own clients through the bus:
 * a bus that spans nodes must carry these words from one of them alone.
 */
export class RedisBridge implements Swept {
  readonly #options: RedisBridgeOptions
  readonly #subscribed: Subscribed[] = []
  /** How many payloads were dropped, and how many of them the log knows of. */
  readonly #dropped = new Map<Reason, number>(reasons.map((reason) => [reason, 0]))
  #droppedTold = 0
  #toldAt = 0

  constructor(options: RedisBridgeOptions) {
    this.#options = options
    const byUrl = Map.groupBy(options.apps, ({ settings }) => settings.redisUrl ?? options.redisUrl)
    const urls = [...byUrl.keys()].filter((url) => url !== null)
    for (const url of urls) {
      const sharing = urls.filter((other) => serverOf(other) === serverOf(url))
      const prefixes = new Prefixes(sharing.flatMap((other) => byUrl.get(other) ?? []))
      this.#subscribed.push(this.#listen(url, byUrl.get(url) ?? [], prefixes))
    }
  }

  /** Null where no app has a Redis. */
  get health(): BridgeHealth | null {
    const states = this.#subscribed.map(({ state }) => state)
    const shown = states.find(({ state }) => state === 'waiting') ?? states[0]
    return shown ? { state: shown.state, since: new Date(shown.since).toISOString() } : null
  }

  /** How many payloads were dropped since the start. */
  get dropped(): number {
    let count = 0
    for (const more of this.#dropped.values()) count += more
    return count
  }

  start(): void {
    for (const one of this.#subscribed) one.start()
  }

  stop(): void {
    for (const one of this.#subscribed) one.stop()
  }

  sweep(now: number): void {
    for (const one of this.#subscribed) one.sweep(now)
    const { dropped } = this
    if (dropped === this.#droppedTold || now - this.#toldAt < tellEveryMs) return
    this.#toldAt = now
    this.#droppedTold = dropped
    const counts = [...this.#dropped].filter(([, count]) => count > 0)
    this.#options.log.warn({ dropped: Object.fromEntries(counts) }, 'what was published to Redis was dropped')
  }

  /** `prefixes` are of all apps on the same Redis, also of those that dial it by another address. */
  #listen(url: string, apps: readonly LaravelApp[], prefixes: Prefixes): Subscribed {
    return this.#options.subscribe({
      url,
      patterns: apps.map(({ settings }) => patternOf(settings.redisPrefix)),
      heard: (pattern, channel, payload) => {
        const app = prefixes.appOf(pattern, channel)
        if (app) this.#heard(app, channel.slice(app.settings.redisPrefix.length), payload)
      },
    })
  }

  #heard(app: LaravelApp, channel: string, payload: Buffer): void {
    const { chat, announcer, maxPayloadBytes } = this.#options
    const published = decodePayload(channel, payload, maxPayloadBytes)
    if (typeof published === 'string') return this.#drop(published)
    if (published.to === 'echo') {
      const { event, data, socketId } = published
      return publish(chat, app.app, { channel, event, data, socketId, whisper: null })
    }
    if (announcer.underWay >= maxUnderWay) return this.#drop('too much at once')
    announcer.announce(app, published.announcement)?.catch((error: unknown) => this.#refused(error))
  }

  #refused(error: unknown): void {
    this.#options.log.debug({ error }, 'a message from Redis could not be kept')
    this.#drop('not kept')
  }

  #drop(reason: Reason | DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
  }
}
