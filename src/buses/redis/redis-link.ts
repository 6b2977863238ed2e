import type { Redis } from 'ioredis'
import type { Log } from '../../core/ports.ts'
import { envelopeJson, maxEnvelopeBytes, maxEnvelopeChars, readEnvelope, saidJson, type Envelope } from './envelope.ts'
import type { RedisClient, RedisConnections } from './redis-connection.ts'

export interface RedisLinkOptions {
  readonly connections: RedisConnections
  /** Of this node. */
  readonly id: string
  /** Of all names in Redis. */
  readonly prefix: string
  readonly log: Log
}

/** Whether what the others say is heard. */
export interface LinkState {
  readonly connected: boolean
  /** Milliseconds since 1970. */
  readonly since: number
  /** Why it isn't, in words that strangers may read. */
  readonly reason: string | null
}

/**
 * - `away`: not sent, Redis wasn't there. `full`: not sent, too much was on its way. `too_large`: not sent, or not read.
 * - `malformed`: no envelope, or not what its topic needs. `unknown`: a topic, an event or an app that this node doesn't
 *   know, such as of a later version. `failed`: a listener threw.
 */
export type Drop = 'away' | 'full' | 'too_large' | 'malformed' | 'unknown' | 'failed'

/** What is heard of a topic; answers with a reason when it is dropped. */
export type TopicListener = (body: unknown, from: string) => Drop | void

/** Several things said in one turn travel together up to this size. */
const batchChars = 256 * 1024
const maxUnderwayChars = 8 * 1024 * 1024
const maxSenders = 1000
const publishInOrder = "return redis.call('PUBLISH', ARGV[1], ARGV[2])"

/**
 * What the nodes say to each other over Redis: to everyone, or to one. What is said in one turn of the event loop leaves in one
 * PUBLISH, and arrives in the order in which it was said. Redis keeps none of it: who isn't there misses it. Each
 * node numbers what it says to everyone, so that those who missed something know: they have a gap.
 */
export class RedisLink {
  readonly dropped: Record<Drop, number> = { away: 0, full: 0, too_large: 0, malformed: 0, unknown: 0, failed: 0 }
  published = 0
  heard = 0
  gaps = 0
  readonly #id: string
  readonly #log: Log
  readonly #everyone: string
  readonly #channelOf: (id: string) => string
  readonly #isCluster: boolean
  readonly #commands: RedisClient
  readonly #subscriber: Redis
  readonly #topics = new Map<string, TopicListener>()
  readonly #gapListeners: ((from: string | null) => void)[] = []
  /** The number of the last envelope to everyone, by sender. */
  readonly #counts = new Map<string, number>()
  /** By channel, what is to be sent at the end of this turn. */
  readonly #outgoing = new Map<string, string[]>()
  #isFlushing = false
  #sent = 0
  #underwayChars = 0
  #state: LinkState = { connected: false, since: Date.now(), reason: 'not connected to Redis yet' }
  #latencyMs: { last: number; mean: number } | null = null
  #closed = false

  constructor({ connections, id, prefix, log }: RedisLinkOptions) {
    this.#id = id
    this.#log = log
    this.#everyone = `${prefix}:all`
    this.#channelOf = (node) => `${prefix}:to:${node}`
    this.#isCluster = connections.isCluster
    this.#commands = connections.command()
    this.#subscriber = connections.subscriber()
    this.#subscriber.on('ready', () => void this.#subscribe())
    this.#subscriber.on('close', () => this.#lost())
    this.#subscriber.on('messageBuffer', (channel: Buffer, bytes: Buffer) => this.#received(channel, bytes))
  }

  /** For commands that are answered at once. */
  get commands(): RedisClient {
    return this.#commands
  }

  get state(): LinkState {
    return this.#state
  }

  /** From a node's clock to this one's, which may differ. Null when nothing was heard yet. */
  get latencyMs(): { readonly last: number; readonly mean: number } | null {
    return this.#latencyMs
  }

  /** Says it to every other node. Never throws, never waits: what can't be sent is dropped, and the others have a gap. */
  send(topic: string, bodyJson: string): void {
    this.#add(this.#everyone, topic, bodyJson)
  }

  /** The same to one. */
  sendTo(node: string, topic: string, bodyJson: string): void {
    this.#add(this.#channelOf(node), topic, bodyJson)
  }

  /** One listener for each topic. */
  hear(topic: string, listener: TopicListener): void {
    this.#topics.set(topic, listener)
  }

  /** At once when it is noticed. `from`: something that this node said; null when anyone may have said something. */
  onGap(listener: (from: string | null) => void): void {
    this.#gapListeners.push(listener)
  }

  /** The node is gone, and with it its count. */
  forget(node: string): void {
    this.#counts.delete(node)
  }

  /** Sends what was said in this turn. */
  async close(): Promise<void> {
    await this.#flush()
    this.#closed = true
    this.#subscriber.disconnect()
  }

  #add(channel: string, topic: string, bodyJson: string): void {
    const said = saidJson(topic, bodyJson)
    if (said.length > maxEnvelopeChars) {
      this.dropped.too_large++
      // It is missing: the others must know.
      if (channel === this.#everyone) this.#sent++
      return
    }
    const waiting = this.#outgoing.get(channel)
    if (waiting) waiting.push(said)
    else this.#outgoing.set(channel, [said])
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    this.#isFlushing = false
    const sending: Promise<void>[] = []
    for (const [channel, said] of this.#outgoing) {
      let from = 0
      while (from < said.length) {
        let to = from
        let chars = 0
        do chars += said[to++]?.length ?? 0
        while (to < said.length && chars + (said[to]?.length ?? 0) <= batchChars)
        sending.push(this.#publish(channel, said.slice(from, to), chars))
        from = to
      }
    }
    this.#outgoing.clear()
    await Promise.all(sending)
  }

  async #publish(channel: string, said: readonly string[], chars: number): Promise<void> {
    const n = channel === this.#everyone ? ++this.#sent : null
    if (this.#closed || this.#commands.status !== 'ready') {
      this.dropped.away += said.length
      return
    }
    // A Redis that hangs: what waits for it must not grow without end.
    if (this.#underwayChars + chars > maxUnderwayChars) {
      this.dropped.full += said.length
      return
    }
    this.#underwayChars += chars
    const json = envelopeJson({ from: this.#id, n, at: Date.now() }, said)
    try {
      // In a cluster each PUBLISH may go to another server, and overtake the one before: a script goes where its key is.
      if (this.#isCluster) await this.#commands.eval(publishInOrder, 1, this.#everyone, channel, json)
      else await this.#commands.publish(channel, json)
      this.published += said.length
    } catch {
      this.dropped.away += said.length
    } finally {
      this.#underwayChars -= chars
    }
  }

  #received(channel: Buffer, bytes: Buffer): void {
    if (bytes.byteLength > maxEnvelopeBytes) {
      this.dropped.too_large++
      return
    }
    const envelope = readEnvelope(bytes)
    if (!envelope || (envelope.n === null) === (channel.toString() === this.#everyone)) {
      this.dropped.malformed++
      return
    }
    if (envelope.from === this.#id) return
    this.#measure(envelope)
    if (envelope.n !== null) this.#counted(envelope.from, envelope.n)
    for (const [topic, body] of envelope.said) this.#hear(topic, body, envelope.from)
  }

  #hear(topic: string, body: unknown, from: string): void {
    const listener = this.#topics.get(topic)
    if (!listener) {
      this.dropped.unknown++
      return
    }
    try {
      const drop = listener(body, from)
      if (drop) this.dropped[drop]++
      else this.heard++
    } catch (error) {
      this.dropped.failed++
      this.#log.error({ error, topic }, 'what another node said could not be handled')
    }
  }

  #counted(from: string, n: number): void {
    const last = this.#counts.get(from) ?? 0
    if (last === 0 && this.#counts.size >= maxSenders) this.#counts.clear()
    this.#counts.set(from, n)
    if (n !== last + 1) this.#gap(from)
  }

  #gap(from: string | null): void {
    this.gaps++
    for (const listener of this.#gapListeners) listener(from)
  }

  #measure({ at }: Envelope): void {
    const last = Math.max(0, Date.now() - at)
    const mean = this.#latencyMs ? this.#latencyMs.mean * 0.95 + last * 0.05 : last
    this.#latencyMs = { last, mean }
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#everyone, this.#channelOf(this.#id))
    } catch {
      // Not allowed to, or gone again. The next attempt comes with the next connection.
      if (this.#subscriber.status === 'ready') this.#subscriber.disconnect(true)
      return
    }
    if (this.#closed) return
    this.#state = { connected: true, since: Date.now(), reason: null }
    this.#gap(null)
  }

  #lost(): void {
    if (!this.#state.connected) return
    this.#state = { connected: false, since: Date.now(), reason: 'the connection to Redis was lost' }
  }
}
