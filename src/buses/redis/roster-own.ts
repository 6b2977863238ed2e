import { setTimeout as pause } from 'node:timers/promises'
import type { RosterChange, RosterHash } from './roster-hash.ts'
import { chunks } from './roster-hash.ts'

export interface OwnEntriesOptions {
  readonly hash: RosterHash
  /** The changes are in the hash: the others may hear of them. */
  readonly changed: (changes: readonly RosterChange[]) => void
  /** The hash was written anew: the others must read it. */
  readonly replaced: () => void
}

/** After a write: of a thousand changes a second ten travel together, at a third of the cost. One alone goes at once. */
const pauseMs = 10

/**
 * A node's own entries of a roster. They change at once here, and in Redis in batches: one is under way at a time, and what changes
 * meanwhile is the next. What fails is tried again at the next beat.
 */
export class OwnEntries {
  readonly #options: OwnEntriesOptions
  readonly #entries = new Map<string, string>()
  /** Keys that aren't in the hash as they are here. */
  #dirty = new Set<string>()
  /** Nothing is known to be there. */
  #isLost = true
  #isWriting = false
  #closed = false

  constructor(options: OwnEntriesOptions) {
    this.#options = options
    this.#write()
  }

  put(key: string, value: string): void {
    if (this.#entries.get(key) === value) return
    this.#entries.set(key, value)
    this.#dirty.add(key)
    this.#write()
  }

  remove(key: string): void {
    if (!this.#entries.delete(key)) return
    this.#dirty.add(key)
    this.#write()
  }

  /** Keeps the hash, and writes it anew when it was lost. */
  async beat(): Promise<void> {
    try {
      if (!this.#isLost && !this.#isWriting && !(await this.#options.hash.change([]))) this.#isLost = true
    } catch {
      // Redis is away. What it still has is found out at the next beat.
      return
    }
    this.#write()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#options.hash.remove().catch(ignore)
  }

  #write(): void {
    if (this.#isWriting) return
    this.#isWriting = true
    // What changes in one turn is written together.
    setImmediate(() => void this.#writeAll())
  }

  async #writeAll(): Promise<void> {
    let keys: ReadonlySet<string> = this.#dirty
    try {
      while (!this.#closed && (this.#isLost || this.#dirty.size > 0)) {
        keys = this.#dirty
        this.#dirty = new Set()
        if (this.#isLost) await this.#replace()
        else await this.#change(keys)
        await pause(pauseMs, undefined, { ref: false })
      }
    } catch {
      for (const key of keys) this.#dirty.add(key)
    } finally {
      this.#isWriting = false
    }
  }

  async #replace(): Promise<void> {
    // What changes from here on is dirty, and written after this.
    this.#isLost = false
    try {
      await this.#options.hash.replace(this.#entries)
    } catch (error) {
      this.#isLost = true
      throw error
    }
    this.#options.replaced()
  }

  async #change(keys: ReadonlySet<string>): Promise<void> {
    const changes = [...keys].map((key): RosterChange => [key, this.#entries.get(key) ?? null])
    for (const chunk of chunks(changes)) {
      if (this.#closed) return
      if (await this.#options.hash.change(chunk)) this.#options.changed(chunk)
      else {
        this.#isLost = true
        return
      }
    }
  }
}

function ignore(): void {
  // It goes by itself.
}
