import type { Close } from '../../../core/errors.ts'
import type { Framing, Line } from '../../../core/ports.ts'

const maxHeldBytes = 1_048_576

/**
 * Stands before a line while older things are still to be said on it, one after the other. Holds what happens meanwhile,
 * after each the part that comes before the next: a client that is cut off names the last it heard, and has heard all before.
 */
export class Gate implements Line {
  readonly #line: Line
  /** What happened after each of the things that are still to be said. */
  readonly #held: Uint8Array[][] = []
  #bytes = 0

  constructor(line: Line) {
    this.#line = line
  }

  get id(): string {
    return this.#line.id
  }

  get framing(): Framing {
    return this.#line.framing
  }

  get address(): string {
    return this.#line.address
  }

  get origin(): string | null {
    return this.#line.origin
  }

  /** One thing more is to be said before what happens from now on. */
  shut(): void {
    this.#held.push([])
  }

  /** The first of them has been said. */
  open(): void {
    for (const bytes of this.#held.shift() ?? []) {
      this.#bytes -= bytes.byteLength
      this.#line.push(bytes)
    }
  }

  push(bytes: Uint8Array): void {
    const held = this.#held.at(-1)
    if (!held) return this.#line.push(bytes)
    held.push(bytes)
    this.#bytes += bytes.byteLength
    if (this.#bytes > maxHeldBytes) this.close({ code: 'slow', reason: 'too much happened meanwhile', retry: 'later' })
  }

  close(close: Close): void {
    for (const held of this.#held) held.length = 0
    this.#bytes = 0
    this.#line.close(close)
  }
}
