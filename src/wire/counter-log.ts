import type { Swept } from '../core/broom.ts'
import type { Log } from '../core/ports.ts'
import type { WireCounters } from './counters.ts'

const everyMs = 60_000
const told = ['refused', 'slow', 'stale', 'invalid', 'bugs'] as const

/** Writes what went wrong on the lines of a wire into the log: a line a minute at most, and none while nothing did. */
export class CounterLog implements Swept {
  readonly #wire: string
  readonly #counters: WireCounters
  readonly #log: Log
  #toldAt = 0
  #before: readonly number[] = told.map(() => 0)

  constructor(wire: string, counters: WireCounters, log: Log) {
    this.#wire = wire
    this.#counters = counters
    this.#log = log
  }

  sweep(now: number): void {
    if (now - this.#toldAt < everyMs) return
    const counts = told.map((name) => this.#counters[name])
    const grown = told.flatMap((name, index) => {
      const more = (counts[index] ?? 0) - (this.#before[index] ?? 0)
      return more > 0 ? [[name, more] as const] : []
    })
    if (grown.length === 0) return
    this.#toldAt = now
    this.#before = counts
    this.#log.warn({ wire: this.#wire, ...Object.fromEntries(grown) }, 'connections were closed or turned away')
  }
}
