/** Something that looks after itself when asked: late heart-beats, expired buckets, lapsed presence. */
export interface Swept {
  sweep(now: number): void
}

/**
 * One timer for the whole process instead of one or more per connection: at 10,000 connections a timer each
 * costs memory and a heap operation per message, a sweep costs a fraction of a millisecond a second.
 * Whoever is swept may be late by one interval.
 */
export class Broom {
  readonly #swept = new Set<Swept>()
  #timer: NodeJS.Timeout | null = null

  add(swept: Swept): void {
    this.#swept.add(swept)
  }

  remove(swept: Swept): void {
    this.#swept.delete(swept)
  }

  /** One round. `now` in milliseconds since 1970. */
  sweep(now: number): void {
    for (const swept of this.#swept) swept.sweep(now)
  }

  start(everyMs: number): void {
    this.#timer ??= setInterval(() => this.sweep(Date.now()), everyMs).unref()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }
}
