import { ChatError } from '../../../core/errors.ts'
import type { RoomId } from '../../../core/model.ts'
import type { ReadEntry } from '../../../core/room-log.ts'
import { stepOf, type Step } from './step.ts'

/** An entry of the log that isn't known to be in the database. */
export interface Unsettled {
  readonly entry: ReadEntry
  readonly partition: number
  /** When it was read here, by the clock of this process. */
  readonly readAt: number
  /** Undefined: not looked into yet. */
  step: Step | null | undefined
  /** Those who wait for it. */
  waiting: ((kept: boolean) => void)[] | null
}

/** How long reading waits for what is on its way to the database: longer than it takes until another node brings what a dead one was to bring. */
export const readPatienceMs = 10_000

const maxEarly = 100_000
/** An entry that is read again after a loss was settled shortly before it, as a rule. */
const maxDone = 20_000
const earlyForMs = 10_000

export function stepIn(unsettled: Unsettled): Step | null {
  return (unsettled.step ??= stepOf(unsettled.entry))
}

/**
 * What was read of the log and isn't known to be in the database, in the order of the log. Whoever reads the database of what
 * has happened here already waits for this to be settled, or adds it.
 */
export class UnsettledEntries {
  readonly #partitions: Map<string, Unsettled>[]
  /** Settled before they were read, the oldest first. */
  readonly #early = new Map<string, { readonly kept: boolean; readonly at: number }>()
  /** The uids of those that were read here and are in the database, the last ones: up to `maxDone`, and as many before them. */
  #done = new Set<string>()
  #doneBefore = new Set<string>()
  readonly #newest: (Unsettled | undefined)[] = []
  readonly #rooms = new Map<RoomId, Set<Unsettled>>()

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => new Map())
  }

  /** Null for one that was read before. */
  add(partition: number, entry: ReadEntry, readAt: number): Unsettled | null {
    const entries = this.#partitions[partition]!
    const { uid } = entry
    if (entries.has(uid) || this.#done.has(uid) || this.#doneBefore.has(uid)) return null
    const one = { entry, partition, readAt, step: undefined, waiting: null }
    entries.set(uid, one)
    this.#newest[partition] = one
    const ofRoom = this.#rooms.get(entry.roomId)
    if (ofRoom) ofRoom.add(one)
    else this.#rooms.set(entry.roomId, new Set([one]))
    return one
  }

  /** Its fate is known. Remembered for some time, if it comes before the entry itself: another node was faster. */
  settle(partition: number, uid: string, kept: boolean, now: number): void {
    const entries = this.#partitions[partition]!
    const one = entries.get(uid)
    if (!one) {
      if (this.#early.size < maxEarly) this.#early.set(uid, { kept, at: now })
      return
    }
    entries.delete(uid)
    if (kept) this.#remember(uid)
    if (entries.size === 0) this.#newest[partition] = undefined
    const { roomId } = one.entry
    const ofRoom = this.#rooms.get(roomId)
    if (ofRoom?.delete(one) && ofRoom.size === 0) this.#rooms.delete(roomId)
    if (one.waiting) for (const resolve of one.waiting) resolve(kept)
  }

  /** By their uids, in the order of the log. */
  of(partition: number): ReadonlyMap<string, Unsettled> {
    return this.#partitions[partition]!
  }

  /** What became of an entry that was not read before now; undefined for not known. */
  early(uid: string): boolean | undefined {
    if (this.#early.size === 0) return undefined
    const early = this.#early.get(uid)
    this.#early.delete(uid)
    return early?.kept
  }

  sweep(now: number): void {
    for (const [uid, { at }] of this.#early) {
      if (now - at < earlyForMs) break
      this.#early.delete(uid)
    }
  }

  /** Resolves with whether it is in the database. Null for one that is not here, or no more. */
  fateOf(partition: number, uid: string): Promise<boolean> | null {
    const one = this.#partitions[partition]!.get(uid)
    if (!one) return null
    return new Promise((resolve) => {
      one.waiting ??= []
      one.waiting.push(resolve)
    })
  }

  ofRoom(roomId: RoomId): readonly Unsettled[] {
    const ofRoom = this.#rooms.get(roomId)
    return ofRoom ? [...ofRoom] : []
  }

  get size(): number {
    let size = 0
    for (const entries of this.#partitions) size += entries.size
    return size
  }

  /** Resolves when the database has all that is known of the room now. Rejects with `unavailable` when that takes too long. */
  async settled(roomId: RoomId, timeoutMs: number): Promise<void> {
    const last = this.ofRoom(roomId).at(-1)
    if (last) await inTime([last], timeoutMs)
  }

  /** The same of all rooms. */
  async allSettled(timeoutMs: number): Promise<void> {
    const newest = this.#newest.filter((one) => one !== undefined)
    if (newest.length > 0) await inTime(newest, timeoutMs)
  }

  #remember(uid: string): void {
    this.#done.add(uid)
    if (this.#done.size < maxDone) return
    this.#doneBefore = this.#done
    this.#done = new Set()
  }
}

/** Of a partition, and so of a room, all are settled with the last of them: they are brought in their order. */
function inTime(entries: readonly Unsettled[], timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = entries.length
    const timer = setTimeout(() => reject(new ChatError('unavailable', 'not now, try again')), timeoutMs)
    for (const one of entries) {
      one.waiting ??= []
      one.waiting.push(() => {
        if (--left > 0) return
        clearTimeout(timer)
        resolve()
      })
    }
  })
}
