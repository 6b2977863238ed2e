import type { Swept } from './broom.ts'
import type { AppId, Room, RoomId, UserId } from './model.ts'
import type { Nodes, Roster } from './nodes.ts'
import type { Bus, Clock, RoomStore } from './ports.ts'

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

/** What is known of somebody on another node. */
interface Place {
  readonly appId: AppId
  /** Null: in the app as such. */
  readonly roomId: RoomId | null
  readonly userId: UserId
}

/** What it takes to see who is present on other nodes. */
export interface Elsewhere {
  readonly nodes: Nodes
  readonly rooms: Pick<RoomStore, 'byId'>
  /** Whether anybody on this node hears what happens in a room. */
  readonly isHeard: (appId: AppId, roomId: RoomId) => boolean
}

export interface PresenceOptions {
  readonly bus: Bus
  readonly now: Clock
  readonly debounceMs: number
  /** Left out for a node that serves alone. */
  readonly elsewhere?: Elsewhere
}

const lookedUpAtOnce = 16

/**
 * Who is in which room, or in an app at all, counted per connection: two tabs are one presence until both are gone. A connection
 * that was lost may come back within the debounce (a page reload) without anybody hearing of it; one that
 * said good-bye is gone at once.
 *
 * Of several nodes each says what it has in a roster, and finds out by itself who comes and goes: who is present on any
 * node is present. Those of a node that is gone have the debounce to come back at another.
 */
export class Presence implements Swept {
  readonly #entries = new Map<string, Entry>()
  /** Entries waiting to lapse, so that a sweep doesn't look at everyone who is happily online. */
  readonly #lapsing = new Set<Entry>()
  readonly #bus: Bus
  readonly #now: Clock
  readonly #debounceMs: number
  readonly #elsewhere: Elsewhere | null
  readonly #roster: Roster | null
  /** Who was on a node that is gone, and until when they count as present. */
  readonly #stranded = new Map<string, { readonly place: Place; readonly until: number }>()
  /** What other nodes did and nobody heard here yet, for want of the room. */
  readonly #untold = new Map<string, { readonly place: Place; readonly online: boolean }>()
  #isLookingUp = false

  constructor({ bus, now, debounceMs, elsewhere }: PresenceOptions) {
    this.#bus = bus
    this.#now = now
    this.#debounceMs = debounceMs
    this.#elsewhere = elsewhere ?? null
    this.#roster = elsewhere?.nodes.roster('presence') ?? null
    this.#roster?.onChange((key, nodeId, value, before) => {
      if (value === null) this.#leftElsewhere(key, nodeId, before)
      else if (before === null) this.#cameElsewhere(key, value)
    })
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
      if (this.#lapsing.delete(entry)) this.#roster?.put(key, valueOf('connected', appId))
      return
    }
    const fresh = { key, appId, room, userId, connections: 1, lapsesAt: null }
    const wasElsewhere = this.#isElsewhere(key)
    this.#stranded.delete(key)
    this.#entries.set(key, fresh)
    this.#roster?.put(key, valueOf('connected', appId))
    if (!wasElsewhere) this.#tell(fresh, true)
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
    this.#roster?.put(entry.key, valueOf('lapsing', entry.appId))
  }

  isOnline(where: RoomId | AppId, userId: UserId | null): boolean {
    if (userId === null) return false
    const key = keyOf(where, userId)
    return this.#entries.has(key) || this.#isElsewhere(key)
  }

  /** Connected at this very moment, as opposed to still counting as present. */
  isConnected(where: RoomId | AppId, userId: UserId | null): boolean {
    if (userId === null) return false
    const key = keyOf(where, userId)
    if ((this.#entries.get(key)?.connections ?? 0) > 0) return true
    for (const value of this.#roster?.others(key).values() ?? []) if (value.startsWith('connected')) return true
    return false
  }

  sweep(now: number): void {
    for (const entry of this.#lapsing) if (entry.lapsesAt !== null && entry.lapsesAt <= now) this.#lapse(entry)
    for (const [key, { place, until }] of this.#stranded) {
      // All were stranded with the same time to come back.
      if (until > now) break
      this.#stranded.delete(key)
      this.#tellOfOther(key, place, false)
    }
    if (this.#untold.size > 0) void this.#lookUp()
  }

  #isElsewhere(key: string): boolean {
    return this.#roster !== null && (this.#stranded.has(key) || this.#roster.others(key).size > 0)
  }

  #lapse(entry: Entry): void {
    this.#lapsing.delete(entry)
    this.#entries.delete(entry.key)
    this.#roster?.remove(entry.key)
    if (!this.#isElsewhere(entry.key)) this.#tell(entry, false)
  }

  #cameElsewhere(key: string, value: string): void {
    const place = placeOf(key, value)
    const wasStranded = this.#stranded.delete(key)
    if (wasStranded || !place || this.#entries.has(key) || (this.#roster?.others(key).size ?? 0) > 1) return
    this.#tellOfOther(key, place, true)
  }

  #leftElsewhere(key: string, nodeId: string, before: string | null): void {
    const place = before === null ? null : placeOf(key, before)
    if (!place || this.#entries.has(key) || this.#isElsewhere(key)) return
    if (this.#elsewhere?.nodes.all.some(({ id }) => id === nodeId)) this.#tellOfOther(key, place, false)
    else this.#stranded.set(key, { place, until: this.#now() + this.#debounceMs })
  }

  /** With its room, which takes a moment to find. */
  #tellOfOther(key: string, place: Place, online: boolean): void {
    const { appId, roomId } = place
    if (roomId === null) return this.#publish(place, null, online, true)
    // Came and went, or the other way round, before anybody heard.
    if (this.#untold.delete(key) || !this.#elsewhere?.isHeard(appId, roomId)) return
    this.#untold.set(key, { place, online })
    void this.#lookUp()
  }

  async #lookUp(): Promise<void> {
    if (this.#isLookingUp) return
    this.#isLookingUp = true
    try {
      while (this.#untold.size > 0) {
        const some = [...this.#untold.entries().take(lookedUpAtOnce)]
        await Promise.all(some.map(async ([key, untold]) => this.#lookUpOne(key, untold)))
      }
    } catch {
      // The store will be there again: at the next sweep, maybe.
    } finally {
      this.#isLookingUp = false
    }
  }

  async #lookUpOne(key: string, untold: { readonly place: Place; readonly online: boolean }): Promise<void> {
    const { appId, roomId } = untold.place
    const room = roomId === null ? null : ((await this.#elsewhere?.rooms.byId(appId, roomId)) ?? null)
    if (this.#untold.get(key) !== untold) return
    this.#untold.delete(key)
    if (room) this.#publish(untold.place, room, untold.online, true)
  }

  #tell({ key, appId, room, userId }: Entry, online: boolean): void {
    if (this.#untold.delete(key)) return
    this.#publish({ appId, roomId: room?.id ?? null, userId }, room, online, false)
  }

  #publish({ appId, roomId, userId }: Place, room: Room | null, online: boolean, foreign: boolean): void {
    const event = { type: 'presence_changed', appId, roomId, userId, online, at: this.#now(), origin: null } as const
    this.#bus.publish({ event, room, here: true, ...(foreign && { foreign: true }) })
  }
}

function keyOf(where: RoomId | AppId, userId: UserId): string {
  // An app may be called "7", like a room.
  return typeof where === 'string' ? `${where}/${userId}` : `${where}:${userId}`
}

function valueOf(state: 'connected' | 'lapsing', appId: AppId): string {
  return `${state} ${appId}`
}

/** Null for what no node of this version writes. */
function placeOf(key: string, value: string): Place | null {
  const [, where, separator, user] = /^([^/:]+)([/:])(\d+)$/.exec(key) ?? []
  const [, app] = /^\w+ (\S+)$/.exec(value) ?? []
  if (where === undefined || app === undefined) return null
  const roomId = separator === ':' ? (Number(where) as RoomId) : null
  if (Number.isNaN(roomId) || (roomId === null && where !== app)) return null
  return { appId: app as AppId, roomId, userId: Number(user) as UserId }
}
