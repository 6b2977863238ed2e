import type { RoomId } from '../../../core/model.ts'

/** An event as it is remembered: not what it says, which the store knows, but when it came among all others. */
export interface Trace {
  readonly index: number
  readonly roomId: RoomId
  readonly seq: number
  /** The line it came from. */
  readonly origin: string | null
}

/**
 * The order in which the events of all channels came to this node, the newest of them. A client can name the last event it
 * got, which says how far it is in one channel; this says how far it was in the others. `index` counts all events ever,
 * the one that is to come has `end`.
 */
export class RecentEvents {
  readonly #max: number
  readonly #rooms: RoomId[] = []
  readonly #seqs: number[] = []
  readonly #origins: (string | null)[] = []
  #end = 0

  /** How many are remembered: some 24 bytes each. */
  constructor(max: number) {
    this.#max = max
  }

  get end(): number {
    return this.#end
  }

  /** The index of the oldest one that is remembered. */
  get start(): number {
    return Math.max(0, this.#end - this.#max)
  }

  add({ roomId, seq, origin }: Omit<Trace, 'index'>): void {
    const place = this.#end % this.#max
    this.#rooms[place] = roomId
    this.#seqs[place] = seq
    this.#origins[place] = origin
    this.#end++
  }

  /** Where an event of a room is; null when it is not remembered, or before `from`. */
  indexOf(roomId: RoomId, seq: number, from: number): number | null {
    const first = Math.max(this.start, from)
    for (let index = this.#end - 1; index >= first; index--) {
      const place = index % this.#max
      if (this.#seqs[place] === seq && this.#rooms[place] === roomId) return index
    }
    return null
  }

  /** Those from `index` on that are of a room in `rooms`, in the order in which they came. */
  *since(index: number, rooms: { has(roomId: RoomId): boolean }): Generator<Trace> {
    for (let at = Math.max(this.start, index); at < this.#end; at++) {
      const place = at % this.#max
      const roomId = this.#rooms[place]!
      if (rooms.has(roomId)) yield { index: at, roomId, seq: this.#seqs[place]!, origin: this.#origins[place]! }
    }
  }
}
