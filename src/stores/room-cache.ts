import type { Room, RoomId } from '../core/model.ts'
import type { People } from '../core/room.ts'

/** A room as this process knows it. This is the only writer of the file, so what is remembered is what is there. */
export interface CachedRoom extends People {
  room: Room
}

/**
 * Rooms lately used, in two generations: when the young one is full it becomes the old one, and what is asked
 * for again moves back. Cheaper than a list in order of use, and as bounded: at most twice `maxRooms`, and those
 * that are ahead of what is committed.
 */
export class RoomCache<Cached extends CachedRoom = CachedRoom> {
  readonly #maxRooms: number
  #young = new Map<RoomId, Cached>()
  #old = new Map<RoomId, Cached>()
  /** Ahead of their rows: forgetting one of these would bring the old row back. */
  #touched = new Map<RoomId, Cached>()

  constructor(maxRooms: number) {
    this.#maxRooms = maxRooms
  }

  get(id: RoomId): Cached | undefined {
    const young = this.#young.get(id)
    if (young) return young
    const old = this.#old.get(id) ?? this.#touched.get(id)
    if (old) this.set(id, old)
    return old
  }

  set(id: RoomId, cached: Cached): void {
    if (this.#young.size >= this.#maxRooms) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, cached)
  }

  /** To be called when the room was changed and its row not yet. */
  touch(cached: Cached): void {
    this.#touched.set(cached.room.id, cached)
  }

  /** The rooms whose rows are to be written. */
  touched(): Iterable<Cached> {
    return this.#touched.values()
  }

  /** What was touched is committed. */
  settle(): void {
    if (this.#touched.size > 0) this.#touched = new Map()
  }

  /** All that are remembered. */
  all(): ReadonlyMap<RoomId, Cached> {
    return new Map([...this.#old, ...this.#young])
  }

  delete(id: RoomId): void {
    this.#young.delete(id)
    this.#old.delete(id)
    this.#touched.delete(id)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#touched.clear()
  }
}
