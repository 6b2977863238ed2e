import type { Swept } from './broom.ts'
import { ChatError } from './errors.ts'
import type { Clock } from './ports.ts'

interface Bucket {
  tokens: number
  at: number
  /** Here, since somebody asked. */
  spent: number
}

/** What was spent of a key, or given back when below zero. */
export type Spent = readonly [key: string | number, count: number]

/**
 * Token buckets: each key may spend `burst` at once and `perSecond` in the long run. A bucket is made when
 * first spent from and dropped when it is full again, so that memory follows those who are busy.
 */
export class RateLimit implements Swept {
  readonly #buckets = new Map<string | number, Bucket>()
  readonly #perSecond: number
  readonly #burst: number
  readonly #maxKeys: number
  readonly #now: Clock

  constructor(options: { perSecond: number; burst: number; now: Clock; maxKeys?: number }) {
    this.#perSecond = options.perSecond
    this.#burst = options.burst
    this.#now = options.now
    this.#maxKeys = options.maxKeys ?? 100_000
  }

  /** Spends one. False: there was none left, nothing was spent. */
  take(key: string | number): boolean {
    const now = this.#now()
    let bucket = this.#buckets.get(key)
    if (!bucket) bucket = this.#made(key, now)
    bucket.tokens = this.#filled(bucket, now)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    bucket.spent += 1
    return true
  }

  /** Gives back what was taken: for limits that count failures, where the outcome is known only afterwards. */
  giveBack(key: string | number): void {
    const bucket = this.#buckets.get(key)
    if (!bucket) return
    bucket.tokens = Math.min(this.#burst, bucket.tokens + 1)
    bucket.spent -= 1
  }

  /** `take`, or a `rate_limited` error. */
  demand(key: string | number, message: string): void {
    if (!this.take(key)) throw new ChatError('rate_limited', message)
  }

  sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) if (this.#filled(bucket, now) >= this.#burst) this.#buckets.delete(key)
  }

  /**
   * What was spent here since this was asked last, for others who count the same keys. Left out is who spends so little that
   * eight nodes' worth of it is still allowed; of more than `max` keys the rest comes the next time. Asked once a second.
   */
  *spentHere(max: number): Generator<Spent> {
    let count = 0
    for (const [key, bucket] of this.#buckets) {
      const { spent } = bucket
      if (spent === 0) continue
      bucket.spent = 0
      if (Math.abs(spent) <= this.#perSecond / 8) continue
      yield [key, spent]
      if (++count >= max) return
    }
  }

  /** Others spent it. Who spent too much in all waits until it is made up for, but no longer than for a burst. */
  spentElsewhere([key, count]: Spent): void {
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? this.#made(key, now)
    bucket.tokens = Math.max(-this.#burst, Math.min(this.#burst, this.#filled(bucket, now) - count))
    bucket.at = now
  }

  /** How many keys are being counted. */
  get size(): number {
    return this.#buckets.size
  }

  #made(key: string | number, now: number): Bucket {
    if (this.#buckets.size >= this.#maxKeys) this.#dropOldest()
    const bucket = { tokens: this.#burst, at: now, spent: 0 }
    this.#buckets.set(key, bucket)
    return bucket
  }

  #filled(bucket: Bucket, now: number): number {
    const gained = (Math.max(0, now - bucket.at) / 1000) * this.#perSecond
    return Math.min(this.#burst, bucket.tokens + gained)
  }

  // An attacker who makes up keys faster than the broom comes must not grow the map without end. The oldest
  // key goes, which gives its owner a full bucket again: the bound on memory is worth more.
  #dropOldest(): void {
    const oldest = this.#buckets.keys().next()
    if (!oldest.done) this.#buckets.delete(oldest.value)
  }
}
