import type { Swept } from './broom.ts'
import type { Lease, Nodes } from './nodes.ts'
import type { Clock } from './ports.ts'

export interface UnderstudyOptions<T> {
  readonly nodes: Nodes
  /** Of the lease, and of what the nodes tell each other. */
  readonly name: string
  /** Resolves when it needn't be done again. Must not throw or reject. */
  readonly act: (thing: T) => void | Promise<void>
  /** The same on every node for the same thing, at most 100 characters; two that are alike count as two. */
  readonly keyOf: (thing: T) => string
  /** What remembering it takes. */
  readonly bytesOf: (thing: T) => number
  readonly now: Clock
}

interface Noticed<T> {
  readonly key: string
  readonly thing: T
  readonly at: number
}

/** Far longer than a lease takes to change hands. */
const rememberedForMs = 20_000
const maxRemembered = 10_000
const maxRememberedBytes = 16 * 1024 * 1024
const maxToldAtOnce = 1000
const maxKeyChars = 100
const settleEveryMs = 20

/**
 * What every node notices and one of them is to act upon: the one with the lease. The others remember what they noticed
 * until that one says that it is done, so that whoever takes over goes on where it stopped. At a hand-over nothing is lost
 * and nothing done twice. After a node that died, what it had done and not yet said is done twice; what nobody could do for
 * 20 s is not done.
 */
export class Understudy<T> implements Swept {
  readonly #options: UnderstudyOptions<T>
  #lease: Lease | null = null
  /** In the order in which they were noticed. */
  readonly #waiting = new Set<Noticed<T>>()
  /** The same by their keys, so that hearing of one doesn't mean looking at thousands. */
  readonly #alike = new Map<string, Noticed<T>[]>()
  #waitingBytes = 0
  /** Done elsewhere before it was noticed here: how often, and when that was heard. */
  readonly #early = new Map<string, { count: number; at: number }>()
  readonly #underWay = new Set<Promise<void>>()
  #done: string[] = []
  #isTelling = false

  constructor(options: UnderstudyOptions<T>) {
    this.#options = options
    options.nodes.hear(options.name, (text) => this.#heard(text))
  }

  /** This one acts. */
  get isActing(): boolean {
    return this.#lease?.isHeld ?? false
  }

  /** From now on it notices all, and is ready to act. Harmless when it is already. */
  start(): void {
    if (!this.#lease) {
      // It is of what won't be noticed here any more, and must not be taken for what is alike and comes now.
      this.#early.clear()
      this.#lease = this.#options.nodes.lease(this.#options.name)
    }
    this.#takeOver()
  }

  notice(thing: T): void {
    if (this.#early.size > 0 && this.#wasDone(this.#options.keyOf(thing))) return
    if (this.isActing) {
      this.#takeOver()
      return this.#act(thing)
    }
    this.#remember({ key: this.#options.keyOf(thing), thing, at: this.#options.now() })
    for (const oldest of this.#waiting) {
      if (this.#waiting.size <= maxRemembered && this.#waitingBytes <= maxRememberedBytes) break
      this.#forget(oldest)
    }
  }

  sweep(now: number): void {
    if (this.isActing) this.#takeOver()
    const oldest = now - rememberedForMs
    for (const noticed of this.#waiting) {
      if (noticed.at > oldest) break
      this.#forget(noticed)
    }
    for (const [key, { at }] of this.#early) {
      if (at > oldest) break
      this.#early.delete(key)
    }
  }

  /** Resolves when all that was noticed here is done, or is being done, or after the time: by this node, if it comes to that. */
  async settle(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs
    for (this.#takeOver(); this.#waiting.size > 0 && performance.now() < end; this.#takeOver()) {
      await new Promise((resolve) => setTimeout(resolve, settleEveryMs))
    }
  }

  /** Leaves the acting to the others: resolves when what was begun is done and said. `start` makes it ready again. */
  async stop(): Promise<void> {
    const lease = this.#lease
    this.#lease = null
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    this.#tell()
    // What is told leaves at the end of the turn: it must be on its way before another can have the lease.
    await new Promise(setImmediate)
    // Unless it was started again meanwhile.
    if (this.#lease === null) lease?.release()
  }

  #takeOver(): void {
    if (this.#waiting.size === 0 || !this.isActing) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    this.#alike.clear()
    this.#waitingBytes = 0
    for (const { thing } of waiting) this.#act(thing)
  }

  #act(thing: T): void {
    const acted = this.#options.act(thing)
    if (!acted) return this.#say(thing)
    const acting = acted.then(() => {
      this.#underWay.delete(acting)
      this.#say(thing)
    })
    this.#underWay.add(acting)
  }

  #say(thing: T): void {
    const { nodes, keyOf } = this.#options
    // Most nodes serve alone.
    if (nodes.all.length === 1) return
    this.#done.push(keyOf(thing))
    if (this.#done.length >= maxToldAtOnce) return this.#tell()
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => this.#tell())
  }

  #tell(): void {
    this.#isTelling = false
    if (this.#done.length === 0) return
    const { nodes, name } = this.#options
    nodes.tell(name, JSON.stringify(this.#done))
    this.#done = []
  }

  #heard(text: string): void {
    const now = this.#options.now()
    for (const key of keysOf(text)) {
      const noticed = this.#alike.get(key)?.[0]
      if (noticed) this.#forget(noticed)
      else this.#expect(key, now)
    }
  }

  #wasDone(key: string): boolean {
    const early = this.#early.get(key)
    if (!early) return false
    if (--early.count === 0) this.#early.delete(key)
    return true
  }

  #expect(key: string, now: number): void {
    const early = this.#early.get(key)
    this.#early.delete(key)
    this.#early.set(key, { count: (early?.count ?? 0) + 1, at: now })
    if (this.#early.size <= maxRemembered) return
    const oldest = this.#early.keys().next()
    if (!oldest.done) this.#early.delete(oldest.value)
  }

  #remember(noticed: Noticed<T>): void {
    this.#waiting.add(noticed)
    this.#waitingBytes += this.#options.bytesOf(noticed.thing)
    const alike = this.#alike.get(noticed.key)
    if (alike) alike.push(noticed)
    else this.#alike.set(noticed.key, [noticed])
  }

  /** The oldest of those that are alike. */
  #forget(noticed: Noticed<T>): void {
    this.#waiting.delete(noticed)
    this.#waitingBytes -= this.#options.bytesOf(noticed.thing)
    const alike = this.#alike.get(noticed.key)
    if (alike && alike.length > 1) alike.shift()
    else this.#alike.delete(noticed.key)
  }
}

/** Nothing for what is in another form. */
function keysOf(text: string): readonly string[] {
  let keys: unknown
  try {
    keys = JSON.parse(text)
  } catch {
    return []
  }
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string' && key.length <= maxKeyChars) : []
}
