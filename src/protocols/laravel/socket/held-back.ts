import type { Line } from '../../../core/ports.ts'

interface Held {
  readonly bytes: Uint8Array
  /** Goes out when so many of the connection's own messages have been answered. */
  readonly after: number
}

/**
 * What a channel says to a connection while messages of its own are under way: it may be one of them, and each is
 * answered with `sended` before it is heard. Nothing waits for a message that was sent after it came, so one who never
 * stops sending hears the others all the same.
 */
export class HeldBack {
  readonly #line: Line
  readonly #maxBytes: number
  #begun = 0
  #ended = 0
  #held: Held[] | null = null
  #heldBytes = 0
  #isStopped = false

  constructor(line: Line, maxBytes: number) {
    this.#line = line
    this.#maxBytes = maxBytes
  }

  /** How many messages are not answered yet. */
  get underWay(): number {
    return this.#begun - this.#ended
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  begin(): void {
    this.#begun++
  }

  /** A message was answered, well or not; messages of one room are answered in turn. */
  end(): void {
    this.#ended++
    if (this.#held === null) return
    let count = 0
    for (; count < this.#held.length; count++) {
      const held = this.#held[count]
      if (!held || held.after > this.#ended) break
      this.#heldBytes -= held.bytes.byteLength
      this.#line.push(held.bytes)
    }
    if (count === this.#held.length) this.#held = null
    else this.#held.splice(0, count)
  }

  push(bytes: Uint8Array): void {
    if (this.#begun === this.#ended) return this.#line.push(bytes)
    if (this.#isStopped) return
    this.#heldBytes += bytes.byteLength
    if (this.#heldBytes > this.#maxBytes) {
      this.stop()
      return this.#line.close({ code: 'slow', reason: 'too slow to keep up', retry: 'later' })
    }
    this.#held ??= []
    this.#held.push({ bytes, after: this.#begun })
  }

  /** Forgets what is held. */
  stop(): void {
    this.#isStopped = true
    this.#held = null
    this.#heldBytes = 0
  }
}
