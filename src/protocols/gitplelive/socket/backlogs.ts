import type { Swept } from '../../../core/broom.ts'
import type { RoomEvent } from '../../../core/event.ts'
import type { Room, RoomId } from '../../../core/model.ts'
import type { Bus, Clock, Log, Store } from '../../../core/ports.ts'
import type { Counts } from '../counts.ts'
import type { People } from '../people.ts'
import { Backlog } from './backlog.ts'
import type { ChannelFrames } from './channel-encoding.ts'
import { usersIn } from './event-words.ts'

/** Nobody comes back later than the longest backoff of the SDK, give or take. */
const keepMs = 15_000
const maxBytes = 64 * 1024 * 1024

export interface BacklogsOptions {
  readonly bus: Bus
  readonly store: Store
  readonly people: People
  readonly counts: Counts
  readonly frames: ChannelFrames
  /** Events of one channel that are told again. */
  readonly maxEvents: number
  readonly log: Log
  readonly now: Clock
}

/** How a position was found. `too_many`: more was missed than is told again. `unknown`: it is no position of the channel. */
export type Reach = 'reached' | 'too_many' | 'unknown'

/**
 * The newest events of channels that somebody lately came back to, ready to be sent. When thousands are cut off at once and come back, the
 * first of them makes its channel's backlog with one read of the store; the others find it, and from then on it goes along
 * with the channel.
 */
export class Backlogs implements Swept {
  readonly #options: BacklogsOptions
  /** Used last, last. */
  readonly #backlogs = new Map<RoomId, Backlog>()
  /** How often the store was asked. */
  reads = 0

  constructor(options: BacklogsOptions) {
    this.#options = options
    options.bus.listen((delivery) => {
      const { event } = delivery
      const backlog = 'roomId' in event && event.roomId !== null ? this.#backlogs.get(event.roomId) : undefined
      if (!backlog || !('roomId' in event)) return
      if (event.type === 'room_removed') return this.#drop(event.roomId)
      if (!('seq' in event)) return
      const bytes = options.frames.bytes(delivery)
      // What doesn't follow makes it worthless.
      if (!bytes || !backlog.append(event.seq, bytes)) this.#drop(event.roomId)
    })
  }

  /** Makes it so that `after` can tell what came after `seq`. */
  async reach(room: Room, seq: number): Promise<Reach> {
    for (;;) {
      const backlog = this.#of(room.id)
      if (backlog.covers(seq)) return 'reached'
      if (backlog.reading) await backlog.reading
      else {
        const reading = this.#read(backlog, room, seq)
        backlog.reading = reading.then(nothing, nothing)
        try {
          const reach = await reading
          if (reach !== 'reached') return reach
        } finally {
          backlog.reading = null
        }
      }
    }
  }

  /**
   * What came after `seq`, whole frames, at most `maxBytes` of them but always one; `isAll` when it is everything that has been told by
   * now. Null when it isn't known, or no longer.
   */
  after(roomId: RoomId, seq: number, most: number): { bytes: Uint8Array; seq: number; isAll: boolean } | null {
    return this.#backlogs.get(roomId)?.after(seq, most) ?? null
  }

  sweep(now: number): void {
    let bytes = 0
    for (const backlog of this.#backlogs.values()) bytes += backlog.bytes
    for (const [roomId, backlog] of this.#backlogs) {
      if (bytes <= maxBytes && now - backlog.usedAt < keepMs) break
      if (backlog.reading) continue
      bytes -= backlog.bytes
      this.#drop(roomId)
    }
  }

  #of(roomId: RoomId): Backlog {
    const backlog = this.#backlogs.get(roomId) ?? new Backlog(this.#options.maxEvents)
    backlog.usedAt = this.#options.now()
    this.#backlogs.delete(roomId)
    this.#backlogs.set(roomId, backlog)
    return backlog
  }

  async #read(backlog: Backlog, room: Room, seq: number): Promise<Reach> {
    const { store, people, counts, frames, maxEvents, log } = this.#options
    this.reads++
    log.debug({ roomId: room.id, seq }, 'missed events were read')
    const events = await store.messages.since(room.id, seq, maxEvents + 1)
    if (events === null) return 'unknown'
    if (events.length > maxEvents) return 'too_many'
    await Promise.all([people.load(room.appId, events.flatMap(usersIn)), counts.of(room)])
    const told = events.flatMap((event: RoomEvent) => {
      const bytes = frames.bytes({ event, room })
      return bytes ? [bytes] : []
    })
    return backlog.prepend(seq, told) ? 'reached' : 'too_many'
  }

  #drop(roomId: RoomId): void {
    this.#backlogs.delete(roomId)
  }
}

function nothing(): void {
  // How it went is told to who asked; those who wait look for themselves.
}
