import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/ports.ts'
import type { Lease, NodeCard, Nodes, Roster, Shelf } from '../core/nodes.ts'

const maxShelved = 100_000
const held: Lease = { isHeld: true, release() {} }
const nobody: ReadonlyMap<string, string> = new Map()
/** Everyone who could be seen is this node itself. */
const roster: Roster = { put() {}, remove() {}, others: () => nobody, keysOfOthers: () => [], onChange() {} }

/** A node that serves alone: it holds every lease, and there are no others. */
export class ProcessNodes implements Nodes {
  readonly id: string
  readonly all: readonly NodeCard[]
  readonly #shelves = new Map<string, ProcessShelf>()
  readonly #now: Clock

  constructor(card: Omit<NodeCard, 'id'>, now: Clock) {
    this.id = randomUUID()
    this.all = [{ ...card, id: this.id }]
    this.#now = now
  }

  lease(): Lease {
    return held
  }

  roster(): Roster {
    return roster
  }

  shelf(name: string): Shelf {
    let shelf = this.#shelves.get(name)
    if (!shelf) this.#shelves.set(name, (shelf = new ProcessShelf(this.#now)))
    return shelf
  }

  tell(): void {}

  hear(): void {}

  ask(nodeId: string): Promise<string> {
    return Promise.reject(new Error(`there is no node ${nodeId}`))
  }

  answer(): void {}

  onGap(): void {}

  async close(): Promise<void> {}
}

/** In memory, bounded: the oldest go first. */
class ProcessShelf implements Shelf {
  readonly #entries = new Map<string, { value: string; until: number }>()
  readonly #now: Clock

  constructor(now: Clock) {
    this.#now = now
  }

  async get(key: string): Promise<string | null> {
    return this.#read(key)
  }

  async put(key: string, value: string, forMs: number): Promise<void> {
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: this.#now() + forMs })
    for (const [oldest, { until }] of this.#entries) {
      if (until > this.#now() && this.#entries.size <= maxShelved) break
      this.#entries.delete(oldest)
    }
  }

  async add(key: string, value: string, forMs: number): Promise<boolean> {
    if (this.#read(key) !== null) return false
    await this.put(key, value, forMs)
    return true
  }

  async take(key: string): Promise<string | null> {
    const value = this.#read(key)
    this.#entries.delete(key)
    return value
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  #read(key: string): string | null {
    const entry = this.#entries.get(key)
    return entry && entry.until > this.#now() ? entry.value : null
  }
}
