const maxBytes = 2 * 1024 * 1024

/** The newest events of a channel as frames, from some seq on, without a hole. */
export class Backlog {
  /** Somebody fills it; resolves in either case. */
  reading: Promise<unknown> | null = null
  usedAt = 0
  bytes = 0
  readonly #maxEvents: number
  /** What came after this seq is here; null while nothing is. */
  #from: number | null = null
  #frames: Uint8Array[] = []
  /** What is after a seq, joined, as asked for since the last event: those who were cut off together ask for the same. */
  #joined = new Map<number, Uint8Array>()

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents
  }

  covers(seq: number): boolean {
    return this.#from !== null && seq >= this.#from && seq <= this.#from + this.#frames.length
  }

  /** The channel goes on. False when something is missing before it. */
  append(seq: number, frame: Uint8Array): boolean {
    this.#from ??= seq - 1
    const next = this.#from + this.#frames.length + 1
    if (seq !== next) return seq < next
    this.#frames.push(frame)
    this.bytes += frame.byteLength
    this.#joined.clear()
    while (this.#frames.length > this.#maxEvents || this.bytes > maxBytes) {
      this.bytes -= this.#frames.shift()?.byteLength ?? 0
      this.#from++
    }
    return true
  }

  /**
   * All that came after `seq`, as the store has it; what is here already stays, where the two join. False when it is too
   * much to keep.
   */
  prepend(seq: number, frames: readonly Uint8Array[]): boolean {
    const known = this.#frames
    const missing = this.#from === null ? Infinity : this.#from - seq
    if (missing < 0 || missing > frames.length) this.#frames = [...frames]
    else {
      const beyond = frames.slice(missing + known.length)
      this.#frames = [...frames.slice(0, missing), ...known, ...beyond]
    }
    this.#from = seq
    this.#joined.clear()
    this.bytes = this.#frames.reduce((bytes, frame) => bytes + frame.byteLength, 0)
    if (this.bytes <= maxBytes && this.#frames.length <= 2 * this.#maxEvents) return true
    this.#from = null
    this.#frames = []
    this.bytes = 0
    return false
  }

  /** See `Backlogs.after`. */
  after(seq: number, most: number): { bytes: Uint8Array; seq: number; isAll: boolean } | null {
    if (this.#from === null || !this.covers(seq)) return null
    let joined = this.#joined.get(seq)
    if (!joined) {
      joined = Buffer.concat(this.#frames.slice(seq - this.#from))
      if (this.#joined.size < 16) this.#joined.set(seq, joined)
    }
    const last = this.#from + this.#frames.length
    if (joined.byteLength <= most) return { bytes: joined, seq: last, isAll: true }
    let bytes = 0
    let to = seq
    for (const frame of this.#frames.slice(seq - this.#from)) {
      if (to > seq && bytes + frame.byteLength > most) break
      bytes += frame.byteLength
      to++
    }
    return { bytes: joined.subarray(0, bytes), seq: to, isAll: to === last }
  }
}
