import type { Lease, NodeCard, Nodes, Roster, Shelf } from '../../core/nodes.ts'
import type { Log } from '../../core/ports.ts'
import { nodeTimes, type NodeTimes } from './node-times.ts'
import { RedisLeases } from './redis-leases.ts'
import type { RedisLink } from './redis-link.ts'
import { RedisMembers } from './redis-members.ts'
import { RedisQuestions, type Answerer } from './redis-questions.ts'
import { RedisRosters } from './redis-roster.ts'
import { RedisShelf } from './redis-shelf.ts'

export interface RedisNodesOptions {
  readonly link: RedisLink
  /** Of all names in Redis. */
  readonly prefix: string
  readonly card: NodeCard
  /** Default: `nodeTimes`. */
  readonly times?: NodeTimes
  readonly log: Log
}

/** After the first sign of a gap: the others of one cause come together. */
const gapAfterMs = 200

/** The nodes that share a Redis and a prefix. */
export class RedisNodes implements Nodes {
  readonly id: string
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #log: Log
  readonly #members: RedisMembers
  readonly #leases: RedisLeases
  readonly #rosters: RedisRosters
  readonly #questions: RedisQuestions
  readonly #shelves = new Map<string, Shelf>()
  readonly #hearers = new Map<string, (text: string, from: string) => void>()
  readonly #gapListeners: (() => void)[] = []
  readonly #ttlMs: number
  readonly #timer: NodeJS.Timeout
  #gap: NodeJS.Timeout | null = null
  #beating: Promise<unknown> | null = null
  #isCaughtUp = false
  #closed = false

  constructor({ link, prefix, card, times = nodeTimes, log }: RedisNodesOptions) {
    this.id = card.id
    this.#link = link
    this.#prefix = prefix
    this.#log = log
    this.#ttlMs = times.ttlMs
    const common = { link, prefix, id: card.id, log, ...times }
    this.#members = new RedisMembers({
      link,
      prefix,
      card,
      times,
      onArrived: (node) => this.#rosters.arrived(node),
      onGone: (node) => {
        this.#questions.gone(node)
        this.#rosters.gone(node)
      },
    })
    this.#leases = new RedisLeases(common)
    this.#rosters = new RedisRosters({ ...common, others: () => this.#others() })
    this.#questions = new RedisQuestions(link, (node) => this.#members.has(node))
    link.hear('tell', (body, from) => {
      if (!Array.isArray(body) || typeof body[0] !== 'string' || typeof body[1] !== 'string') return 'malformed'
      const hearer = this.#hearers.get(body[0])
      if (!hearer) return 'unknown'
      hearer(body[1], from)
      return undefined
    })
    link.onGap(() => this.#hasGap())
    link.commands.on('ready', () => this.#beat())
    this.#timer = setInterval(() => this.#beat(), times.beatMs).unref()
    this.#beat()
  }

  get all(): readonly NodeCard[] {
    return this.#members.all
  }

  /**
   * Whether this node knows what the others have, since its start. What isn't there by now, because a node died or is of an older
   * version, is waited for no longer.
   */
  get isCaughtUp(): boolean {
    const { connected, since } = this.#link.state
    this.#isCaughtUp ||= connected && this.#members.isRead && this.#rosters.isRead
    this.#isCaughtUp ||= connected && Date.now() - since > this.#ttlMs
    return this.#isCaughtUp
  }

  /** What others see of this node from now on. */
  introduce(card: Omit<NodeCard, 'id'>): void {
    this.#members.change({ ...card, id: this.id })
  }

  lease(name: string): Lease {
    return this.#leases.lease(name)
  }

  roster(name: string): Roster {
    return this.#rosters.roster(name)
  }

  shelf(name: string): Shelf {
    let shelf = this.#shelves.get(name)
    if (!shelf) {
      shelf = new RedisShelf(this.#link.commands, `${this.#prefix}:shelf:${name}:`)
      this.#shelves.set(name, shelf)
    }
    return shelf
  }

  tell(topic: string, text: string): void {
    this.#link.send('tell', JSON.stringify([topic, text]))
  }

  hear(topic: string, listener: (text: string, from: string) => void): void {
    this.#hearers.set(topic, listener)
  }

  ask(nodeId: string, topic: string, text: string): Promise<string> {
    return this.#questions.ask(nodeId, topic, text)
  }

  answer(topic: string, answerer: Answerer): void {
    this.#questions.answer(topic, answerer)
  }

  onGap(listener: () => void): void {
    this.#gapListeners.push(listener)
  }

  /** What this node wrote goes, then the others hear that it leaves. The connections are the caller's. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    if (this.#gap) clearTimeout(this.#gap)
    this.#questions.close()
    // Else what it writes would come after the good-bye.
    await this.#beating
    await this.#leases.close()
    await this.#rosters.close()
    await this.#members.close()
    await this.#link.close()
  }

  /** A sign of life of everything that must have one. */
  #beat(): void {
    if (this.#beating || this.#closed) return
    const beats = [this.#members.beat(), this.#leases.beat(), this.#rosters.beat()]
    this.#beating = Promise.all(beats).finally(() => (this.#beating = null))
  }

  #hasGap(): void {
    if (this.#closed) return
    this.#gap ??= setTimeout(() => {
      this.#gap = null
      for (const listener of this.#gapListeners) this.#call(listener)
    }, gapAfterMs).unref()
  }

  #call(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#log.error({ error }, 'a listener failed on a gap')
    }
  }

  *#others(): Generator<string> {
    for (const { id } of this.all) if (id !== this.id) yield id
  }
}
