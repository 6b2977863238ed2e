import type { AppId, Room, RoomId, UserId } from '../../../core/model.ts'
import type { Log } from '../../../core/ports.ts'
import { fold } from '../../../core/room.ts'
import { caughtUp } from '../../marks.ts'
import { RoomCache, type CachedRoom } from '../../room-cache.ts'
import { reasonOf } from '../database.ts'
import { readRoom } from '../room-statements.ts'
import type { Database } from '../statement.ts'
import { uidsIn } from './bring.ts'
import { stepIn, type Unsettled, type UnsettledEntries } from './unsettled.ts'
import type { Step } from './step.ts'

/** A room as of the last step that was read of it. */
export interface KnownRoom extends CachedRoom {
  /** The uid of that step; empty for none. */
  lastAppend: string
  /** Where the database had it, which may be further than what was read of the log. */
  readonly loadedSeq: number
  /** Up to this seq it was told here what happened; 0 for not known. */
  toldSeq: number
}

export interface KnownRoomsOptions {
  readonly pool: Database
  readonly maxRooms: number
  readonly unsettled: UnsettledEntries
  /** A step was read, for the first time; `room` is as it is after it. Must not throw. */
  readonly happened: (step: Step, room: Room) => void
  readonly log: Log
}

const retryMs = 500

interface Loading {
  promise: Promise<KnownRoom | null>
  /** Read before the room was asked for: whoever wanted to hear of them has. */
  before: readonly Unsettled[]
  /** Read since. */
  readonly since: Unsettled[]
  /** What is being read may be of before the room was forgotten. */
  isStale: boolean
}

/** The rooms that this node remembers, which follow the log. A room that isn't remembered is what the database has, and what is unsettled. */
export class KnownRooms {
  readonly #options: KnownRoomsOptions
  readonly #cache: RoomCache<KnownRoom>
  readonly #loading = new Map<RoomId, Loading>()
  readonly #captures = new Map<RoomId, Set<Step[]>>()
  readonly #waiting = new Map<RoomId, (() => void)[]>()
  /** How far rooms were told that were forgotten since, the longest forgotten first. */
  readonly #told = new Map<RoomId, { readonly appId: AppId; readonly seq: number; readonly toldSeq: number }>()
  #isClosed = false
  /** Entries that made no sense here. */
  dropped = 0

  constructor(options: KnownRoomsOptions) {
    this.#options = options
    this.#cache = new RoomCache(options.maxRooms)
  }

  /** Null for another app's, and where there is none. */
  async load(appId: AppId, id: RoomId): Promise<KnownRoom | null> {
    const known = this.#cache.get(id) ?? (await this.find(id))
    return known?.room.appId === appId ? known : null
  }

  /** Of whichever app. */
  async find(id: RoomId): Promise<KnownRoom | null> {
    const known = this.#cache.get(id)
    if (known || !Number.isSafeInteger(id)) return known ?? null
    return (this.#loading.get(id) ?? this.#load(id, this.#options.unsettled.ofRoom(id), [])).promise
  }

  get(id: RoomId): KnownRoom | undefined {
    return this.#cache.get(id)
  }

  /** How far listeners here heard of each room, as far as that is known. */
  told(): ReadonlyMap<RoomId, { readonly appId: AppId; readonly seq: number }> {
    const told = new Map<RoomId, { readonly appId: AppId; readonly seq: number }>(this.#told)
    for (const [id, { room, toldSeq }] of this.#cache.all())
      told.set(id, { appId: room.appId, seq: toldSeq > 0 ? toldSeq : room.lastSeq })
    return told
  }

  /** Listeners here heard everything up to `seq` from the database. */
  caughtUp(known: KnownRoom, seq: number): void {
    known.toldSeq = Math.max(known.toldSeq, seq)
    if (this.#cache.get(known.room.id) !== known) this.#noteTold(known)
  }

  /** An entry was read. `isWanted`: somebody here is to hear of it even if the room isn't remembered. */
  take(one: Unsettled, isWanted: boolean): void {
    const { roomId } = one.entry
    const known = this.#cache.get(roomId)
    const loading = this.#loading.get(roomId)
    if (known) this.#follow(known, one)
    else if (loading) loading.since.push(one)
    else if (isWanted)
      this.#load(
        roomId,
        this.#options.unsettled.ofRoom(roomId).filter((other) => other !== one),
        [one],
      )
  }

  /**
   * What is remembered of it may be wrong. `isUndone`: so may what was told of it. `isMadeGood`: what was read and not told yet is
   * told from the database, in its order.
   */
  forget(id: RoomId, { isUndone = false, isMadeGood = false } = {}): void {
    const known = this.#cache.get(id)
    if (isUndone) this.#told.delete(id)
    else if (known) this.#noteTold(known)
    this.#cache.delete(id)
    const loading = this.#loading.get(id)
    if (loading) loading.isStale = true
    if (loading && isMadeGood) loading.since.length = 0
    this.#moved(id)
  }

  forgetAll(): void {
    for (const id of this.#cache.all().keys()) this.forget(id)
    for (const loading of this.#loading.values()) loading.isStale = true
  }

  /** Resolves when the room goes on or is forgotten, and at the next `wake`. */
  moved(id: RoomId): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id)
      if (waiting) waiting.push(resolve)
      else this.#waiting.set(id, [resolve])
    })
  }

  /** Whoever waits for a room looks whether it still wants to. */
  wake(): void {
    for (const id of this.#waiting.keys()) this.#moved(id)
  }

  /** The steps that are read of a room from now on; to be ended. */
  capture(id: RoomId): { readonly steps: readonly Step[]; end(): void } {
    const steps: Step[] = []
    const captures = this.#captures.get(id) ?? new Set()
    this.#captures.set(id, captures.add(steps))
    const end = (): void => {
      if (captures.delete(steps) && captures.size === 0) this.#captures.delete(id)
    }
    return { steps, end }
  }

  /** A member's mark moved, here or on another node. False when it is further already. */
  mark(id: RoomId, userId: UserId, which: 'read' | 'delivered', toId: number, at: number): boolean {
    const known = this.#cache.get(id)
    const member = known?.members.get(userId)
    if (!known || !member) return true
    if (toId < (which === 'read' ? member.readId : member.deliveredId)) return false
    const marks = which === 'read' ? { readId: toId, readAt: at } : { deliveredId: toId, deliveredAt: at }
    known.members.set(userId, { ...member, ...marks })
    return true
  }

  /** Tries no more to read what could not be read. */
  close(): void {
    this.#isClosed = true
  }

  #load(id: RoomId, before: readonly Unsettled[], since: Unsettled[]): Loading {
    const loading = { promise: Promise.resolve(null), before, since, isStale: false }
    this.#loading.set(id, loading)
    this.#begin(id, loading)
    return loading
  }

  #begin(id: RoomId, loading: Loading): void {
    loading.promise = this.#read(id, loading)
    loading.promise.catch((error: unknown) => {
      if (loading.since.length === 0 || this.#isClosed) this.#loading.delete(id)
      else {
        // Somebody is to hear of them: they wait, and what comes meanwhile waits behind them.
        this.#options.log.warn({ roomId: id, reason: reasonOf(error) }, 'a room could not be read; trying again')
        setTimeout(() => this.#begin(id, loading), retryMs).unref()
      }
    })
  }

  async #read(id: RoomId, loading: Loading): Promise<KnownRoom | null> {
    for (;;) {
      loading.isStale = false
      const read = await readRoom(this.#options.pool, id)
      const brought = read ? await this.#broughtOf(loading, read.room.lastSeq) : null
      if (loading.isStale) continue
      this.#loading.delete(id)
      if (!read || !brought) {
        this.#moved(id)
        return null
      }
      const known = { ...read, loadedSeq: read.room.lastSeq, toldSeq: this.#told.get(id)?.toldSeq ?? 0 }
      this.#told.delete(id)
      for (const one of loading.before) {
        const step = stepIn(one)
        if (step && isNext(known, step)) advance(known, step)
      }
      this.#cache.set(id, known)
      for (const one of loading.since) this.#followFresh(known, one, brought)
      this.#moved(id)
      return known
    }
  }

  /**
   * The uids of those steps that were read since and that the database had before them, or as they were: another node was faster
   * than this one's reading, and nobody here has heard of them. A step of the same seq that isn't among them is void.
   */
  async #broughtOf({ since }: Loading, loadedSeq: number): Promise<ReadonlySet<string>> {
    const brought = new Set<string>()
    for (let looked = 0; looked < since.length;) {
      const steps = since.slice(looked).flatMap((one) => stepIn(one) ?? [])
      looked = since.length
      const ahead = steps.filter((step) => lastSeqOf(step) <= loadedSeq)
      for (const uid of await uidsIn(this.#options.pool, ahead)) brought.add(uid)
    }
    return brought
  }

  #follow(known: KnownRoom, one: Unsettled): void {
    const step = this.#stepOf(known, one)
    if (!step) return
    if (isNext(known, step)) {
      advance(known, step)
      return this.#tell(step, known)
    }
    if (lastSeqOf(step) <= known.toldSeq) return
    // The database was ahead of what is read here, or what is known is not what is.
    this.forget(step.roomId)
    this.take(one, true)
  }

  #followFresh(known: KnownRoom, one: Unsettled, brought: ReadonlySet<string>): void {
    const step = this.#stepOf(known, one)
    if (!step) return
    if (isNext(known, step)) {
      advance(known, step)
      return this.#tell(step, known)
    }
    if (brought.has(step.uid)) {
      if (lastSeqOf(step) > known.toldSeq) this.#tell(step, known)
      return
    }
    // Decided upon what was lost: whoever brings it to the database finds out too.
    this.dropped++
    this.#options.log.warn(
      { roomId: known.room.id, seq: step.events[0]!.seq, lastSeq: known.room.lastSeq },
      'a step of a room does not go on from where the room is',
    )
  }

  /** Null for what makes no sense in this room. */
  #stepOf({ room }: KnownRoom, one: Unsettled): Step | null {
    const step = stepIn(one)
    if (step?.appId === room.appId) return step
    this.dropped++
    return null
  }

  #tell(step: Step, known: KnownRoom): void {
    known.toldSeq = lastSeqOf(step)
    const captures = this.#captures.get(step.roomId)
    if (captures) for (const steps of captures) steps.push(step)
    this.#options.happened(step, known.room)
    this.#moved(step.roomId)
  }

  #noteTold({ room: { id, appId, lastSeq }, toldSeq }: KnownRoom): void {
    // Whoever came to listen since it was read here has a page up to there.
    const seq = toldSeq > 0 ? toldSeq : lastSeq
    this.#told.delete(id)
    this.#told.set(id, { appId, seq, toldSeq })
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= 2 * this.#options.maxRooms) break
      this.#told.delete(oldest)
    }
  }

  #moved(id: RoomId): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    this.#waiting.delete(id)
    for (const resolve of waiting) resolve()
  }
}

function isNext({ room, lastAppend }: KnownRoom, step: Step): boolean {
  return step.events[0]!.seq === room.lastSeq + 1 && step.after === lastAppend
}

function lastSeqOf({ events }: Step): number {
  return events.at(-1)!.seq
}

function advance(known: KnownRoom, step: Step): void {
  for (const event of step.events) known.room = fold(known.room, known, event)
  known.lastAppend = step.uid
  const member = step.marks !== null && known.members.get(step.marks)
  if (member) known.members.set(member.userId, caughtUp(member, known.room.lastId, step.events.at(-1)!.at))
}
