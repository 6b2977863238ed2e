export interface BackoffOptions {
  /** The first window. Default 500. */
  readonly min_delay_ms?: number
  /** The largest window. Default 10,000. */
  readonly max_delay_ms?: number
  /** Attempts before it gives up. Default 10. */
  readonly tries?: number
}

/** Exponential backoff with full jitter: any moment of a window that doubles, so that those who were cut off together don't come back together. */
export class Backoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #tries: number
  readonly #random: () => number
  #tried = 0

  constructor({ min_delay_ms = 500, max_delay_ms = 10_000, tries = 10 }: BackoffOptions, random: () => number) {
    this.#minMs = min_delay_ms
    this.#maxMs = max_delay_ms
    this.#tries = tries
    this.#random = random
  }

  /** How often `next` gave a delay since the last reset. */
  get tried(): number {
    return this.#tried
  }

  /** Milliseconds until the next attempt; null when there is none. */
  next(): number | null {
    if (this.#tried >= this.#tries) return null
    const windowMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#tried++)
    return Math.round(this.#random() * windowMs)
  }

  reset(): void {
    this.#tried = 0
  }
}
