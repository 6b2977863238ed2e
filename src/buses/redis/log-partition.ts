import type { RoomId } from '../../core/model.ts'
import type { LogEntry, LogFollower, ReadEntry, Settled } from '../../core/room-log.ts'
import { parsePosition, start } from './log-position.ts'

/** What the check of a partition's log found. */
export interface LogCheck {
  readonly epoch: string
  readonly last: string
  readonly settled: string
  readonly verdict: string
}

export interface LogPartitionOptions {
  readonly index: number
  readonly prefix: string
  readonly nodeId: string
  readonly follower: () => LogFollower | null
  /** Something changed that others may wait for. */
  readonly changed: () => void
  /** Another node gave up that it brings the entries to the store. */
  readonly freed: (partition: number) => void
  readonly failed: (error: unknown, message: string) => void
}

export interface LogCounts {
  read: number
  /** Entries that no node of ours could have written. */
  dropped: number
  losses: number
}

const lossPauseMs = 1000

/**
 * One partition as this node knows it: which epoch, how far it has read, and whether what it has read is whole.
 *
 * `unknown` until it was checked for the first time, `reading`, or `recovering` while the follower learns anew what it lost.
 */
export class LogPartition {
  readonly index: number
  readonly keys: {
    readonly epoch: string
    readonly log: string
    readonly settled: string
    readonly writer: string
    readonly probe: string
  }
  /**
   * Of rooms that have entries from before this epoch which weren't settled when it was learnt: Redis knows no end of them in this
   * epoch, until something is appended.
   */
  readonly ends = new Map<number, string>()
  readonly counts: LogCounts = { read: 0, dropped: 0, losses: 0 }
  /** To be checked before anything more is read. */
  isSuspect = true
  state: 'unknown' | 'reading' | 'recovering' = 'unknown'
  /** As in Redis; empty while unknown. */
  epoch = ''
  /** That serves the epoch. */
  process = ''
  position = start
  /** Counts up with each recovery: what was decided before is decided upon what may not be. */
  turn = 0
  /** The name of the entry at the position; empty when nothing was read since it was looked up. */
  mark = ''
  readonly #options: LogPartitionOptions
  readonly #tag: string
  #epochNumber = 0
  #number = 0
  /** Its entries when the epoch was learnt: until they are read, this node doesn't know what was decided. */
  #target = 0
  /** Entries are missing, whatever the check finds. */
  #hasGap = false
  #isClosed = false
  /** The entry after the gap. One that is there again after a recovery will not be closed by another one. */
  #gapBefore = ''

  constructor(options: LogPartitionOptions) {
    this.#options = options
    this.index = options.index
    // All keys of a partition are on one node of a cluster.
    this.#tag = `{${options.prefix}:p${options.index}}`
    const tag = this.#tag
    this.keys = {
      epoch: `${tag}:epoch`,
      log: `${tag}:log`,
      settled: `${tag}:settled`,
      writer: `${tag}:writer`,
      probe: `${tag}:probe`,
    }
  }

  /** Ends are an epoch's: what was appended to a log that is lost is no longer waited for. */
  endKey(roomId: number): string {
    return `${this.#tag}:end:${this.#epochNumber}:${roomId}`
  }

  /** The id for new entries: the next number. */
  get nextId(): string {
    return `${this.#epochNumber}-*`
  }

  /** Whether everything was read that was there when the epoch was learnt. */
  get isCaughtUp(): boolean {
    return this.state === 'reading' && this.#number >= this.#target
  }

  suspect(): void {
    this.isSuspect = true
  }

  /** What the check found is what this node does now. */
  judge(check: LogCheck): void {
    const isNew = check.epoch !== this.epoch
    const isWhole = !isNew && check.verdict !== 'gap' && !this.#hasGap
    this.isSuspect = false
    this.#hasGap = false
    if (isWhole) return
    const wasUnknown = this.state === 'unknown'
    this.epoch = check.epoch
    this.#epochNumber = Number.parseInt(check.epoch, 10)
    this.process = check.epoch.slice(check.epoch.indexOf(':') + 1)
    // Settled as of before the follower learns anew: what is settled meanwhile is read once more.
    this.position = check.settled
    this.mark = ''
    this.ends.clear()
    this.#number = parsePosition(check.settled)?.number ?? 0
    this.#target = parsePosition(check.last)?.number ?? 0
    if (wasUnknown) this.state = 'reading'
    else void this.#recover()
  }

  close(): void {
    this.#isClosed = true
  }

  async #recover(): Promise<void> {
    this.state = 'recovering'
    this.counts.losses++
    this.#options.changed()
    while (!this.#isClosed) {
      try {
        await this.#options.follower()?.lost(this.index)
        break
      } catch (error) {
        this.#options.failed(error, 'what was lost of the log could not be made good, trying again')
        await new Promise((resolve) => setTimeout(resolve, lossPauseMs))
      }
    }
    this.turn++
    this.state = 'reading'
    this.#options.changed()
  }

  /** Entries as Redis has them: id, and name and text. */
  take(raw: readonly (readonly [id: string, fields: readonly string[] | null])[]): void {
    const entries: ReadEntry[] = []
    const wasCaughtUp = this.isCaughtUp
    for (const [id, fields] of raw) {
      const dash = id.indexOf('-')
      const number = Number(id.slice(dash + 1))
      if (number !== this.#number + 1 && this.position !== start && id !== this.#gapBefore) {
        this.#gapBefore = id
        this.#hasGap = true
        this.isSuspect = true
        break
      }
      if (Number(id.slice(0, dash)) > this.#epochNumber) {
        this.isSuspect = true
        break
      }
      this.position = id
      this.#number = number
      this.mark = fields?.[0] ?? ''
      const entry = this.#entryOf(id, fields)
      if (entry) entries.push(entry)
      // What is told of entries is told after them.
      else if (fields?.[0] === 'settled') {
        this.#deliver(entries.splice(0))
        this.#takeSettled(fields[1])
      }
    }
    this.#deliver(entries)
    if (!wasCaughtUp && this.isCaughtUp) this.#options.changed()
  }

  #deliver(entries: readonly ReadEntry[]): void {
    if (entries.length === 0) return
    this.counts.read += entries.length
    this.#tell((follower) => follower.read(this.index, entries))
  }

  #entryOf(position: string, fields: readonly string[] | null): ReadEntry | null {
    const [name, text] = fields ?? []
    if (name !== undefined && text !== undefined && fields?.length === 2) {
      const space = name.indexOf(' ')
      const roomId = Number(name.slice(0, Math.max(space, 0)) || Number.NaN)
      if (space > 0 && Number.isSafeInteger(roomId)) {
        const next = name.indexOf(' ', space + 1)
        if (next > 0) this.#ended(roomId, name.slice(next + 1))
        return { uid: name.slice(space + 1, next < 0 ? undefined : next), roomId: roomId as RoomId, text, position }
      }
      if (name === 'settled' || name === 'epoch') return null
      if (name === 'free') {
        this.#options.freed(this.index)
        return null
      }
    }
    this.counts.dropped++
    return null
  }

  #ended(roomId: number, end: string): void {
    if (this.#number <= this.#target) this.ends.set(roomId, end)
    else if (this.ends.size > 0) this.ends.delete(roomId)
  }

  #takeSettled(text: string | undefined): void {
    const told = parseSettled(text ?? '')
    if (told === null) this.counts.dropped++
    // This node heard it when it said it.
    else if (told.by !== this.#options.nodeId) this.#tell((follower) => follower.settled(this.index, told.settled))
  }

  /** A follower that throws is a bug, and everyone's if it stopped the reading. */
  #tell(say: (follower: LogFollower) => void): void {
    const follower = this.#options.follower()
    if (!follower) return
    try {
      say(follower)
    } catch (error) {
      this.#options.failed(error, 'what was read from the log could not be handled')
    }
  }
}

/** What an entry is called in the log. The last one of an append says what the room's end is after it. */
export function nameOf({ roomId, uid }: LogEntry, end: string | null): string {
  return end === null ? `${roomId} ${uid}` : `${roomId} ${uid} ${end}`
}

export function settledText(by: string, { upTo, kept, void: isVoid }: Settled): string {
  return JSON.stringify({ by, upTo, kept, void: isVoid })
}

function parseSettled(text: string): { by: string; settled: Settled } | null {
  try {
    const told: unknown = JSON.parse(text)
    if (typeof told !== 'object' || told === null) return null
    const { by, upTo, kept, void: isVoid } = told as Record<string, unknown>
    if (typeof by !== 'string' || typeof upTo !== 'string' || parsePosition(upTo) === null) return null
    return areTexts(kept) && areTexts(isVoid) ? { by, settled: { upTo, kept, void: isVoid } } : null
  } catch {
    return null
  }
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
