import type { Line } from '../../../core/ports.ts'

interface Held {
  readonly bytes: Uint8Array
  /** Goes out when so many of the connection's own messages have been answered. */
  readonly after: number
}

/**
 * What a connection hears while messages of its own are under way. Answers go out in the order in which the messages
 * came: `sended` doesn't say whose it is, so one that overtook another would be taken for the other's. And what the
 * channel says waits, because it may be one of those messages, and each is answered before it is heard. Nothing waits for
 * a message that was sent after it came, so one who never stops sending hears the others all the same.
 */
export class HeldBack {
  readonly #line: Line
  readonly #maxBytes: number
  #begun = 0
  #ended = 0
  /** Those that have to wait for the answer to an earlier message; most connections never have any. */
  #answers: Map<number, Uint8Array> | null = null
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

  /** A message came. Its turn is for `end`. */
  begin(): number {
    return this.#begun++
  }

  /** The answer to a message, whether it went well or not. Once for each. */
  end(turn: number, answer: Uint8Array): void {
    if (turn !== this.#ended) {
      this.#answers ??= new Map()
      this.#answers.set(turn, answer)
      return
    }
    for (let next: Uint8Array | undefined = answer; next; next = this.#answers?.get(this.#ended)) {
      this.#answers?.delete(this.#ended)
      this.#ended++
      this.#line.push(next)
      this.#release()
    }
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

  #release(): void {
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
}
