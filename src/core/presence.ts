import type { Swept } from './broom.ts'
import type { AppId, Room, RoomId, UserId } from './model.ts'
import type { Bus, Clock } from './ports.ts'

interface Entry {
  readonly key: string
  readonly appId: AppId
  /** Null: in the app as such. */
  readonly room: Room | null
  readonly userId: UserId
  connections: number
  /** When to say that the user has gone; null while connected. */
  lapsesAt: number | null
}

/**
 * Who is in which room, or in an app at all, counted per connection: two tabs are one presence until both are gone. A connection
 * that was lost may come back within the debounce (a page reload) without anybody hearing of it; one that
 * said good-bye is gone at once.
 */
export class Presence implements Swept {
  readonly #entries = new Map<string, Entry>()
  /** Entries waiting to lapse, so that a sweep doesn't look at everyone who is happily online. */
  readonly #lapsing = new Set<Entry>()
  readonly #bus: Bus
  readonly #now: Clock
  readonly #debounceMs: number

  constructor(options: { bus: Bus; now: Clock; debounceMs: number }) {
    this.#bus = options.bus
    this.#now = options.now
    this.#debounceMs = options.debounceMs
  }

  /** An app's id stands for being there at all, in no room. */
  enter(where: Room | AppId, userId: UserId): void {
    const room = typeof where === 'string' ? null : where
    const appId = typeof where === 'string' ? where : where.appId
    const key = keyOf(room?.id ?? appId, userId)
    const entry = this.#entries.get(key)
    if (entry) {
      entry.connections++
      entry.lapsesAt = null
      this.#lapsing.delete(entry)
      return
    }
    const fresh = { key, appId, room, userId, connections: 1, lapsesAt: null }
    this.#entries.set(key, fresh)
    this.#tell(fresh, true)
  }

  /** `lost`: the connection broke, as opposed to the user leaving. */
  leave(where: RoomId | AppId, userId: UserId, lost: boolean): void {
    const entry = this.#entries.get(keyOf(where, userId))
    if (!entry || entry.connections === 0) return
    entry.connections--
    if (entry.connections > 0) return
    if (!lost) return this.#lapse(entry)
    entry.lapsesAt = this.#now() + this.#debounceMs
    this.#lapsing.add(entry)
  }

  isOnline(where: RoomId | AppId, userId: UserId | null): boolean {
    return userId !== null && this.#entries.has(keyOf(where, userId))
  }

  /** Connected at this very moment, as opposed to still counting as present. */
  isConnected(where: RoomId | AppId, userId: UserId | null): boolean {
    return userId !== null && (this.#entries.get(keyOf(where, userId))?.connections ?? 0) > 0
  }

  sweep(now: number): void {
    for (const entry of this.#lapsing) if (entry.lapsesAt !== null && entry.lapsesAt <= now) this.#lapse(entry)
  }

  #lapse(entry: Entry): void {
    this.#lapsing.delete(entry)
    this.#entries.delete(entry.key)
    this.#tell(entry, false)
  }

  #tell({ appId, room, userId }: Entry, online: boolean): void {
    const event = {
      type: 'presence_changed',
      appId,
      roomId: room?.id ?? null,
      userId,
      online,
      at: this.#now(),
      origin: null,
    } as const
    this.#bus.publish({ event, room })
  }
}

function keyOf(where: RoomId | AppId, userId: UserId): string {
  // An app may be called "7", like a room.
  return typeof where === 'string' ? `${where}/${userId}` : `${where}:${userId}`
}
