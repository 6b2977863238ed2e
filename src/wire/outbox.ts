/**
 * Coalesced writing. What is pushed to a sender within one turn of the event loop leaves in one system call.
 *
 * What waits for a sender is not a list of its own but a place in a tree of chunks that all senders share: a
 * broadcast of the same frames to 1,000 senders walks the same path 1,000 times, allocates nothing per receiver,
 * and is joined into one Buffer once.
 */

/** The chunks that wait for a sender, as the last of them and the batch it was added to. Immutable for its readers. */
export class Batch {
  readonly before: Batch | null
  readonly chunk: Uint8Array
  /** Of all its chunks. */
  readonly bytes: number
  /** The batch that was last made by adding a chunk to this one. */
  next: Batch | null = null
  #joined: Uint8Array | null

  constructor(before: Batch | null, chunk: Uint8Array) {
    this.before = before
    this.chunk = chunk
    this.bytes = before === null ? chunk.byteLength : before.bytes + chunk.byteLength
    this.#joined = before === null ? chunk : null
  }

  /** All its chunks end to end; the same Buffer for everyone who asks. */
  joined(): Uint8Array {
    return (this.#joined ??= join(this))
  }
}

function join(last: Batch): Uint8Array {
  const whole = Buffer.allocUnsafe(last.bytes)
  for (let batch: Batch | null = last; batch !== null; batch = batch.before) {
    whole.set(batch.chunk, batch.bytes - batch.chunk.byteLength)
  }
  return whole
}

/** Whose bytes go through an outbox. */
export interface Sender {
  /** What waits; null for nothing. Only the outbox writes it. */
  pending: Batch | null
  /** Takes what waited. Must not throw. May push again: that leaves in the next turn. */
  flush(batch: Batch): void
}

export class Outbox {
  /** The last batch of one chunk: where the paths of this turn begin. */
  #first: Batch | null = null
  #dirty: (Sender | null)[] = []
  #count = 0
  /** The list that is not in use: the two take turns, so that their room is kept. */
  #spare: (Sender | null)[] = []
  #scheduled = false
  readonly #flushAll = () => this.flush()

  /** Adds a chunk and returns how many bytes now wait for the sender. */
  push(sender: Sender, chunk: Uint8Array): number {
    const before = sender.pending
    let batch = before === null ? this.#first : before.next
    if (batch === null || batch.chunk !== chunk) {
      batch = new Batch(before, chunk)
      if (before === null) this.#first = batch
      else before.next = batch
    }
    sender.pending = batch
    if (before === null) {
      this.#dirty[this.#count++] = sender
      if (!this.#scheduled) {
        this.#scheduled = true
        setImmediate(this.#flushAll)
      }
    }
    return batch.bytes
  }

  /** Flushes one sender now, for a close that must come after. */
  flushOne(sender: Sender): void {
    const batch = sender.pending
    if (batch === null) return
    sender.pending = null
    sender.flush(batch)
  }

  /** Forgets what waits for a sender. */
  drop(sender: Sender): void {
    sender.pending = null
  }

  /** Flushes everyone now; otherwise happens by itself at the end of the turn. */
  flush(): void {
    const dirty = this.#dirty
    const count = this.#count
    this.#dirty = this.#spare
    this.#spare = dirty
    this.#count = 0
    this.#scheduled = false
    // Before the flushing: whoever pushes meanwhile starts a new path. The old one goes with its last sender.
    this.#first = null
    for (let index = 0; index < count; index++) {
      const sender = dirty[index]
      dirty[index] = null
      if (sender) this.flushOne(sender)
    }
  }
}
