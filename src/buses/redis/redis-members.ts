import type { NodeCard } from '../../core/nodes.ts'
import type { NodeTimes } from './node-times.ts'
import type { RedisClient } from './redis-connection.ts'
import type { RedisLink } from './redis-link.ts'
import { count, parsedJson, record, textTo } from './shapes.ts'

export interface RedisMembersOptions {
  readonly link: RedisLink
  readonly prefix: string
  readonly card: NodeCard
  readonly times: NodeTimes
  readonly onArrived: (id: string) => void
  /** It is no longer in `all`. */
  readonly onGone: (id: string) => void
}

const maxNodes = 256
const maxLeft = 1000
const idForm = /^[0-9a-f-]{36}$/
const isCard = record<NodeCard>({
  id: (value) => typeof value === 'string' && idForm.test(value),
  url: (value) => textTo(1000)(value) && isWebUrl(value as string),
  version: textTo(100),
  settings: textTo(200),
  files: textTo(200),
  startedAt: count,
})

/** Requests of clients are sent there. Empty as long as the node doesn't listen yet. */
function isWebUrl(url: string): boolean {
  return url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))
}

/**
 * Which nodes are alive. Each keeps its card under a key that goes by itself, and in a common list; it reads those of the others
 * at each beat, and when it hears from one that it doesn't know. As long as Redis is away, everyone is believed to be as they were.
 */
export class RedisMembers {
  /** Whether all were looked for. */
  isRead = false
  readonly #link: RedisLink
  readonly #list: string
  readonly #keyOf: (id: string) => string
  readonly #options: RedisMembersOptions
  readonly #cards = new Map<string, NodeCard>()
  /** Since when a card is missing. */
  readonly #missing = new Map<string, number>()
  /** Those that said good-bye. Their cards may have been read just before. */
  readonly #left = new Set<string>()
  #card: NodeCard
  #all: readonly NodeCard[]
  #reading: Promise<void> | null = null
  #readAgain = false

  constructor(options: RedisMembersOptions) {
    this.#options = options
    this.#link = options.link
    this.#list = listKey(options.prefix)
    this.#keyOf = (id) => cardKey(options.prefix, id)
    this.#card = options.card
    this.#all = [options.card]
    this.#link.hear('here', (_, from) => this.#heardOf(from))
    this.#link.hear('changed', (_, from) => {
      this.#heardOf(from)
      void this.#read()
    })
    this.#link.hear('bye', (_, from) => this.#byeFrom(from))
  }

  get all(): readonly NodeCard[] {
    return this.#all
  }

  has(id: string): boolean {
    return this.#cards.has(id)
  }

  /** What others see of this node. */
  change(card: NodeCard): void {
    this.#card = card
    this.#sort()
    this.#link.send('changed', 'null')
    void this.beat()
  }

  /** A sign of life, and a look at those of the others. */
  async beat(): Promise<void> {
    const { commands } = this.#link
    const { ttlMs } = this.#options.times
    // Even when nothing else is said, so that who missed the last words knows soon.
    this.#link.send('here', 'null')
    try {
      await Promise.all([
        commands.set(this.#keyOf(this.#card.id), JSON.stringify(this.#card), 'PX', ttlMs),
        commands.sadd(this.#list, this.#card.id),
      ])
    } catch {
      // Redis is away: what it is asked at the next beat says the same.
      return
    }
    await this.#read()
  }

  /** Whoever speaks is alive. */
  #heardOf(id: string): void {
    this.#missing.delete(id)
    if (this.#cards.has(id)) return
    // Its good-bye would have been its last word: somebody else said it.
    this.#left.delete(id)
    void this.#read()
  }

  async close(): Promise<void> {
    this.#link.send('bye', 'null')
    const { commands } = this.#link
    const { id } = this.#card
    await Promise.allSettled([commands.del(this.#keyOf(id)), commands.srem(this.#list, id)])
  }

  /** One at a time. Asked meanwhile, it reads again: what was asked for may have been missed. */
  #read(): Promise<void> {
    this.#readAgain = true
    this.#reading ??= this.#readAll()
    return this.#reading
  }

  async #readAll(): Promise<void> {
    const { commands } = this.#link
    try {
      while (this.#readAgain) {
        this.#readAgain = false
        const ids = (await commands.smembers(this.#list)).filter((id) => idForm.test(id) && id !== this.#card.id)
        const listed = ids.slice(0, maxNodes)
        const texts = await Promise.all(listed.map((id) => commands.get(this.#keyOf(id))))
        this.#apply(new Map(listed.map((id, index) => [id, texts[index] ?? null])))
      }
    } catch {
      // Redis is away. The next beat reads.
    } finally {
      this.#reading = null
    }
  }

  #apply(texts: ReadonlyMap<string, string | null>): void {
    const arrived: string[] = []
    for (const [id, text] of texts) {
      const card = readCard(id, text)
      if (card === null || this.#left.has(id)) continue
      this.#missing.delete(id)
      if (!this.#cards.has(id)) arrived.push(id)
      this.#cards.set(id, card)
    }
    this.#sort()
    for (const id of arrived) this.#options.onArrived(id)
    this.isRead = true
    const ids = new Set([...this.#cards.keys(), ...texts.keys()])
    for (const id of ids) if (!texts.get(id)) this.#miss(id)
    // Another node took it off the list.
    for (const id of this.#missing.keys()) if (!ids.has(id)) this.#missing.delete(id)
  }

  #miss(id: string): void {
    const now = performance.now()
    const since = this.#missing.get(id)
    if (since === undefined) {
      this.#missing.set(id, now)
      return
    }
    if (now - since < this.#options.times.graceMs) return
    void this.#link.commands.srem(this.#list, id).catch(ignore)
    this.#drop(id)
  }

  #byeFrom(id: string): void {
    if (this.#left.size >= maxLeft) this.#left.clear()
    this.#left.add(id)
    this.#drop(id)
  }

  #drop(id: string): void {
    this.#missing.delete(id)
    this.#link.forget(id)
    if (!this.#cards.delete(id)) return
    this.#sort()
    this.#options.onGone(id)
  }

  #sort(): void {
    this.#all = [this.#card, ...this.#cards.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  }
}

function listKey(prefix: string): string {
  return `${prefix}:nodes`
}

function cardKey(prefix: string, id: string): string {
  return `${prefix}:node:${id}`
}

function readCard(id: string, text: string | null): NodeCard | null {
  const card = text === null ? null : parsedJson(text)
  return isCard(card) && (card as NodeCard).id === id ? (card as NodeCard) : null
}

/** The cards of all that are alive, for one who isn't a node. */
export async function readCards(client: RedisClient, prefix: string): Promise<NodeCard[]> {
  const ids = (await client.smembers(listKey(prefix))).filter((id) => idForm.test(id)).slice(0, maxNodes)
  const cards = await Promise.all(ids.map(async (id) => readCard(id, await client.get(cardKey(prefix, id)))))
  return cards.filter((card) => card !== null)
}

function ignore(): void {
  // The next node that looks removes it.
}
