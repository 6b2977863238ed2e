import type { Pool } from 'mysql2/promise'
import type { Delivery } from '../../../core/event.ts'
import type { AppId, RoomId } from '../../../core/model.ts'
import type { Log } from '../../../core/ports.ts'
import type { LogFollower, ReadEntry, RoomLog, Settled } from '../../../core/room-log.ts'
import { reasonOf } from '../database.ts'
import type { MysqlMessages } from '../messages.ts'
import { uidsIn } from './bring.ts'
import type { Bringer } from './bringer.ts'
import type { KnownRooms } from './known-rooms.ts'
import type { RoomAppends } from './room-appends.ts'
import { headOf } from './step.ts'
import { stepIn, type Unsettled, type UnsettledEntries } from './unsettled.ts'

export interface FollowerOptions {
  readonly pool: Pool
  readonly rooms: KnownRooms
  readonly unsettled: UnsettledEntries
  readonly appends: RoomAppends
  readonly bringer: Bringer
  readonly messages: MysqlMessages
  readonly roomLog: RoomLog
  readonly isOwn: (uid: string) => boolean
  readonly told: (delivery: Delivery) => void
  readonly isWanted: (appId: AppId, roomId: RoomId) => boolean
  readonly log: Log
}

/** What wasn't heard to be settled for so long is looked up. */
const lookUpAfterMs = 1500
const maxLookedUp = 500
/** Whoever was to bring it doesn't, or what became of it was never heard. */
const forsakenAfterMs = 10_000
const retryMs = 500
/** Events of one room that are told after a gap; who missed more comes back and reads the history. */
const maxMissed = 1000

/** What this node does with the log as it reads it. */
export class Follower implements LogFollower {
  readonly #options: FollowerOptions
  #isLookingUp = false
  #toldAt = -Infinity
  #isClosed = false
  /** Nobody listens before. */
  isLive = false
  /** Steps that were heard and never will be in the database. */
  voided = 0

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  read(partition: number, entries: readonly ReadEntry[]): void {
    const { unsettled, rooms, isWanted, isOwn, bringer } = this.#options
    const now = performance.now()
    for (const entry of entries) {
      const early = unsettled.early(entry.uid)
      const one = unsettled.add(partition, entry, now)
      if (!one) continue
      one.step = this.#options.appends.stepOf(entry.uid)
      const head = headOf(entry)
      if (head) rooms.take(one, this.isLive && (head.isWide || isOwn(entry.uid) || isWanted(head.appId, entry.roomId)))
      else rooms.dropped++
      if (early !== undefined) this.#settle(partition, entry.uid, early, now)
    }
    bringer.look()
  }

  settled(partition: number, { kept, void: voided }: Settled): void {
    const now = performance.now()
    for (const uid of kept) this.#settle(partition, uid, true, now)
    for (const uid of voided) this.#void(partition, uid, now)
  }

  async lost(partition: number): Promise<void> {
    const { rooms, unsettled, appends, bringer, roomLog, log } = this.#options
    const heard = new Map<RoomId, { readonly appId: AppId; readonly seq: number }>()
    const note = (): void => {
      for (const [id, { appId, seq }] of rooms.told())
        if (roomLog.partitionOf(id) === partition) heard.set(id, { appId, seq: Math.max(seq, heard.get(id)?.seq ?? 0) })
    }
    note()
    appends.lost((roomId) => roomLog.partitionOf(roomId) === partition)
    // All partitions at once, as a rule.
    const now = performance.now()
    if (now - this.#toldAt > 1000)
      log.error({}, 'the log lost entries, or this node its place in it: what is missing is read from the database')
    this.#toldAt = now
    // What this node has read may be nowhere else any more.
    await this.#untilDone(async () => {
      const settled = await bringer.bringAll(partition)
      if (settled) this.settled(partition, settled)
    })
    if (this.#isClosed) return
    for (const uid of unsettled.of(partition).keys()) this.#void(partition, uid, performance.now())
    // A room that was being read may have been told something meanwhile.
    note()
    const missing = [...heard].filter(([id, { appId }]) => this.#options.isWanted(appId, id))
    const wanted = new Set(missing.map(([id]) => id))
    for (const id of heard.keys()) rooms.forget(id, { isMadeGood: wanted.has(id) })
    for (const [id, { appId, seq }] of missing) {
      // Nothing is read on before: what comes next must not overtake what is missing.
      await this.#untilDone(() => this.#catchUp(id, appId, seq))
    }
  }

  /** Tries no more what could not be done. */
  close(): void {
    this.#isClosed = true
  }

  /** `now` by the clock of this process. */
  sweep(now: number): void {
    if (this.#isLookingUp) return
    const overdue: Unsettled[] = []
    for (let partition = 0; partition < this.#options.roomLog.partitions; partition++) {
      for (const one of this.#options.unsettled.of(partition).values()) {
        if (now - one.readAt < lookUpAfterMs || overdue.length >= maxLookedUp) break
        overdue.push(one)
      }
    }
    if (overdue.length === 0) return
    this.#isLookingUp = true
    this.#lookUp(overdue)
      .catch(() => {
        // Whoever brings it says why, and this is asked again.
      })
      .finally(() => (this.#isLookingUp = false))
  }

  async #lookUp(overdue: readonly Unsettled[]): Promise<void> {
    const { pool, bringer, roomLog } = this.#options
    const steps = overdue.flatMap((one) => stepIn(one) ?? [])
    const known = await uidsIn(pool, steps)
    const now = performance.now()
    const forsaken = new Set<number>()
    for (const { partition, entry, readAt } of overdue) {
      if (known.has(entry.uid)) this.#settle(partition, entry.uid, true, now)
      else if (now - readAt > forsakenAfterMs) forsaken.add(partition)
    }
    for (const partition of forsaken) {
      const settled = await bringer.bringAll(partition)
      if (settled) roomLog.settle(partition, settled)
    }
  }

  /** The database may be away too. */
  async #untilDone(act: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        if (this.#isClosed) return
        this.#options.log.warn({ reason: reasonOf(error) }, 'what the log lost is not made good yet; trying again')
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref())
      }
    }
  }

  #settle(partition: number, uid: string, isKept: boolean, now: number): void {
    this.#options.unsettled.settle(partition, uid, isKept, now)
    if (this.#options.isOwn(uid)) this.#options.appends.settled(uid, isKept)
  }

  #void(partition: number, uid: string, now: number): void {
    const one = this.#options.unsettled.of(partition).get(uid)
    if (one) this.#options.rooms.forget(one.entry.roomId, { isUndone: true })
    this.#settle(partition, uid, false, now)
    this.voided++
  }

  /** Tells those who listen what happened in a room since it was known here. */
  async #catchUp(id: RoomId, appId: AppId, lastSeq: number): Promise<void> {
    const { rooms, messages, told, log } = this.#options
    const known = await rooms.load(appId, id)
    if (!known || known.room.lastSeq <= lastSeq) return
    const { lastSeq: seq } = known.room
    const missed = await messages.since(id, lastSeq, maxMissed)
    if (!missed || missed.length < seq - lastSeq)
      log.warn({ roomId: id, lastSeq, seq }, 'who listens to a room here missed events')
    for (const event of missed ?? []) if (event.seq <= seq) told({ event, room: known.room, foreign: true })
    // Some of it may be read of the log yet.
    rooms.caughtUp(known, seq)
  }
}
