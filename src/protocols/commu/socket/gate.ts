import type { Close } from '../../../core/errors.ts'
import type { Framing, Line } from '../../../core/ports.ts'

const maxHeldBytes = 1_048_576

/** Stands before a line while something older is still to be said on it: holds what happens meanwhile, then lets it through. */
export class Gate implements Line {
  readonly #line: Line
  #held: Uint8Array[] | null = []
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

  push(bytes: Uint8Array): void {
    if (this.#held === null) return this.#line.push(bytes)
    this.#held.push(bytes)
    this.#bytes += bytes.byteLength
    if (this.#bytes > maxHeldBytes) this.close({ code: 'slow', reason: 'too much happened meanwhile', retry: 'later' })
  }

  close(close: Close): void {
    this.#held = []
    this.#bytes = 0
    this.#line.close(close)
  }

  open(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const bytes of held) this.#line.push(bytes)
  }
}
