import type { Log } from '../../core/ports.ts'
import { failureOf, unreachable } from './redis-failure.ts'

/** What is wrong with which partition, as the last command there was answered. Said once for each outage. */
export class LogFailures {
  readonly #log: Log
  readonly #failures = new Map<number, string>()

  constructor(log: Log) {
    this.#log = log
  }

  get size(): number {
    return this.#failures.size
  }

  /** Of one partition, or the first of any. */
  of(partition?: number): string | null {
    const failure = partition === undefined ? this.#failures.values().next().value : this.#failures.get(partition)
    return failure ?? null
  }

  partitions(): number[] {
    return [...this.#failures.keys()]
  }

  failed(partition: number, error: unknown): void {
    const failure = failureOf(error)
    // That there is no connection is told by the connections.
    if (failure === unreachable) return
    if (this.#failures.size === 0) {
      this.#log.error({ failure, error }, 'the log in Redis can not be written, and senders are told to try again')
    }
    this.#failures.set(partition, failure)
  }

  mended(partition: number): void {
    if (!this.#failures.delete(partition) || this.#failures.size > 0) return
    this.#log.info({}, 'the log in Redis can be written again')
  }
}
