import type { Swept } from '../../../core/broom.ts'
import type { Chat } from '../../../core/chat.ts'
import type { Nodes } from '../../../core/nodes.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import { Understudy } from '../../../core/understudy.ts'
import { publish } from '../broadcasts.ts'
import type { Announcer } from '../announcer.ts'
import { digest } from '../digest.ts'
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
  readonly nodes: Nodes
  /** For apps that name none of their own; null for none. Listened to only where it is a single server. */
  readonly redisUrl: string | null
  /** What the nodes say to each other over `redisUrl` begins so. */
  readonly nodesPrefix: string
  readonly subscribe: Subscribe
  readonly chat: Chat
  readonly announcer: Announcer
  readonly maxPayloadBytes: number
  readonly log: Log
  readonly now: Clock
}

/** What an application published. */
interface Payload {
  readonly app: LaravelApp
  /** Without the app's prefix. */
  readonly channel: string
  readonly bytes: Buffer
}

/** One Redis: all nodes hear it, and one of them brings on what was said. */
interface Listening {
  readonly subscribed: Subscribed
  readonly payloads: Understudy<Payload>
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
 * broadcaster publishes to the channels of Echo. Every node listens, and one of those that are connected brings it to the
 * clients of all; the others go on where it stops.
 */
export class RedisBridge implements Swept {
  readonly #options: RedisBridgeOptions
  readonly #listening: Listening[] = []
  #isStopped = false
  /** How many payloads were dropped, and how many of them the log knows of. */
  readonly #dropped = new Map<Reason, number>(reasons.map((reason) => [reason, 0]))
  #droppedTold = 0
  #toldAt = 0

  constructor(options: RedisBridgeOptions) {
    this.#options = options
    const byUrl = Map.groupBy(options.apps, ({ settings }) => settings.redisUrl ?? options.redisUrl)
    const urls = [...byUrl.keys()].filter((url) => url !== null).filter(isSingle)
    for (const url of urls) {
      const sharing = urls.filter((other) => serverOf(other) === serverOf(url))
      const prefixes = new Prefixes(sharing.flatMap((other) => byUrl.get(other) ?? []))
      this.#listening.push(this.#listen(url, byUrl.get(url) ?? [], prefixes))
    }
  }

  /** Null where no app has a Redis. */
  get health(): BridgeHealth | null {
    const states = this.#listening.map(({ subscribed }) => subscribed.state)
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
    for (const { subscribed } of this.#listening) subscribed.start()
  }

  /** Resolves when all that was heard and is this node's to bring on is kept. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { subscribed } of this.#listening) subscribed.stop()
    await Promise.all(this.#listening.map(({ payloads }) => payloads.stop()))
  }

  sweep(now: number): void {
    for (const { subscribed, payloads } of this.#listening) {
      subscribed.sweep(now)
      // Who can't hear leaves it to one who can.
      if (subscribed.state.state === 'waiting') void payloads.stop()
      else if (!this.#isStopped) payloads.start()
      payloads.sweep(now)
    }
    const { dropped } = this
    if (dropped === this.#droppedTold || now - this.#toldAt < tellEveryMs) return
    this.#toldAt = now
    this.#droppedTold = dropped
    const counts = [...this.#dropped].filter(([, count]) => count > 0)
    this.#options.log.warn({ dropped: Object.fromEntries(counts) }, 'what was published to Redis was dropped')
  }

  /** `prefixes` are of all apps on the same Redis, also of those that dial it by another address. */
  #listen(url: string, apps: readonly LaravelApp[], prefixes: Prefixes): Listening {
    const { nodes, now } = this.#options
    const payloads = new Understudy<Payload>({
      nodes,
      // The same on every node, and unlike the address it holds no secret.
      name: `laravel-bridge ${digest(...apps.map(({ app }) => app.id))}`,
      act: (payload) => this.#bring(payload),
      keyOf: ({ app, channel, bytes }) => digest(app.app.id, channel, bytes),
      bytesOf: ({ bytes }) => bytes.byteLength,
      now,
    })
    const subscribed = this.#options.subscribe({
      url,
      patterns: apps.map(({ settings }) => patternOf(settings.redisPrefix)),
      heard: (pattern, channel, payload) => {
        if (this.#isOfNodes(url, channel)) return
        const app = prefixes.appOf(pattern, channel)
        if (!app) return
        // Who hears is ready to bring it on.
        if (!this.#isStopped) payloads.start()
        // What is remembered mustn't hold on to all that came with it.
        const bytes = payloads.isActing ? payload : Buffer.from(payload)
        payloads.notice({ app, channel: channel.slice(app.settings.redisPrefix.length), bytes })
      },
    })
    return { subscribed, payloads }
  }

  /** An application without a prefix would hear what the nodes say to each other. */
  #isOfNodes(url: string, channel: string): boolean {
    const { redisUrl, nodesPrefix } = this.#options
    if (redisUrl === null || !isSingle(redisUrl) || serverOf(redisUrl) !== serverOf(url)) return false
    return channel.startsWith(`${nodesPrefix}:`) || channel.startsWith(`{${nodesPrefix}:`)
  }

  #bring({ app, channel, bytes }: Payload): void | Promise<void> {
    const { chat, announcer, maxPayloadBytes } = this.#options
    const published = decodePayload(channel, bytes, maxPayloadBytes)
    if (typeof published === 'string') return this.#drop(published)
    if (published.to === 'echo') {
      const { event, data, socketId } = published
      return publish(chat, app.app, { channel, event, data, socketId, whisper: null })
    }
    if (announcer.underWay >= maxUnderWay) return this.#drop('too much at once')
    return announcer.announce(app, published.announcement)?.catch((error: unknown) => this.#refused(error))
  }

  #refused(error: unknown): void {
    this.#options.log.debug({ error }, 'a message from Redis could not be kept')
    this.#drop('not kept')
  }

  #drop(reason: Reason | DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
  }
}

/** Several servers, behind sentinels or in a cluster, are for the nodes alone: Laravel publishes to one. */
function isSingle(url: string): boolean {
  return /^rediss?:/.test(url)
}
