import type { Log } from '../../core/ports.ts'
import type { RosterChange, RosterHash } from './roster-hash.ts'

export type RosterListener = (key: string, nodeId: string, value: string | null, before: string | null) => void

interface Seen {
  readonly entries: Map<string, string>
  /** What was heard while the hash is being read: it is newer than what is read. */
  heard: Map<string, string | null> | null
  /** There may be entries in the hash that aren't seen, or the other way round. */
  isStale: boolean
  /** All was seen once. */
  isRead: boolean
}

const maxEntriesPerNode = 1_000_000
const nobody: ReadonlyMap<string, string> = new Map()

/**
 * The entries of the other nodes in a roster. They come as changes, which may be missed; then the node's hash is read again, some
 * entries at a time, while changes go on coming.
 */
export class OtherEntries {
  readonly #hashOf: (nodeId: string) => RosterHash
  readonly #log: Log
  readonly #nodes = new Map<string, Seen>()
  readonly #listeners: RosterListener[] = []
  #isReading = false
  /** The value that came last. */
  #value = ''

  constructor(hashOf: (nodeId: string) => RosterHash, log: Log) {
    this.#hashOf = hashOf
    this.#log = log
  }

  /** Whether the entries of all are known. */
  get isRead(): boolean {
    return this.#nodes.values().every(({ isRead }) => isRead)
  }

  of(key: string): ReadonlyMap<string, string> {
    let found: Map<string, string> | null = null
    for (const [nodeId, { entries }] of this.#nodes) {
      const value = entries.get(key)
      if (value !== undefined) (found ??= new Map()).set(nodeId, value)
    }
    return found ?? nobody
  }

  /** Each once. */
  *keys(): Generator<string> {
    const before: Seen[] = []
    for (const seen of this.#nodes.values()) {
      for (const key of seen.entries.keys()) if (!before.some(({ entries }) => entries.has(key))) yield key
      before.push(seen)
    }
  }

  listen(listener: RosterListener): void {
    this.#listeners.push(listener)
  }

  changed(nodeId: string, changes: readonly RosterChange[]): void {
    const seen = this.#nodes.get(nodeId)
    // Its hash is read when it arrives.
    if (!seen) return
    for (const [key, value] of changes) {
      seen.heard?.set(key, value)
      this.#set(seen, nodeId, key, value)
    }
  }

  /** It is new. */
  read(nodeId: string): void {
    if (!this.#nodes.has(nodeId))
      this.#nodes.set(nodeId, { entries: new Map(), heard: null, isStale: true, isRead: false })
    this.reread(nodeId)
  }

  /** Something that it said was missed, or is too much to be said. */
  reread(nodeId: string): void {
    const seen = this.#nodes.get(nodeId)
    if (!seen) return
    seen.isStale = true
    void this.#readStale()
  }

  /** Reads those again that couldn't be. */
  beat(): Promise<void> {
    return this.#readStale()
  }

  gone(nodeId: string): void {
    const seen = this.#nodes.get(nodeId)
    if (!this.#nodes.delete(nodeId) || !seen) return
    for (const [key, value] of seen.entries) this.#tell(key, nodeId, null, value)
    seen.entries.clear()
  }

  /** One after the other. */
  async #readStale(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    const failed = new Set<Seen>()
    try {
      for (let next = this.#stale(failed); next; next = this.#stale(failed)) {
        const [nodeId, seen] = next
        seen.isStale = false
        const isRead = await this.#readOne(nodeId, seen).catch(() => false)
        if (isRead) continue
        seen.isStale = true
        failed.add(seen)
      }
    } finally {
      this.#isReading = false
    }
  }

  #stale(except: ReadonlySet<Seen>): [string, Seen] | undefined {
    return this.#nodes.entries().find(([, seen]) => seen.isStale && !except.has(seen))
  }

  /** False when the hash couldn't be read as a whole: what isn't found in it may be there all the same. */
  async #readOne(nodeId: string, seen: Seen): Promise<boolean> {
    const heard = (seen.heard = new Map<string, string | null>())
    const found = new Set<string>()
    try {
      const isWhole = await this.#hashOf(nodeId).read((key, value) => {
        if (this.#nodes.get(nodeId) !== seen) return
        found.add(key)
        if (!heard.has(key)) this.#set(seen, nodeId, key, value)
      })
      if (this.#nodes.get(nodeId) !== seen) return true
      if (!isWhole) return false
      seen.isRead = true
      for (const key of seen.entries.keys()) {
        if (!found.has(key) && !heard.has(key)) this.#set(seen, nodeId, key, null)
      }
      return true
    } finally {
      seen.heard = null
    }
  }

  #set(seen: Seen, nodeId: string, key: string, value: string | null): void {
    const { entries } = seen
    const before = entries.get(key) ?? null
    if (before === value) return
    if (value === null) entries.delete(key)
    else if (before !== null || entries.size < maxEntriesPerNode) entries.set(key, this.#shared(value))
    else return
    this.#tell(key, nodeId, value, before)
  }

  /** Thousands of entries mostly say the same: the string is kept once. */
  #shared(value: string): string {
    if (value !== this.#value) this.#value = value
    return this.#value
  }

  #tell(key: string, nodeId: string, value: string | null, before: string | null): void {
    for (const listener of this.#listeners) {
      try {
        listener(key, nodeId, value, before)
      } catch (error) {
        this.#log.error({ error }, 'a listener failed on who is where')
      }
    }
  }
}
