import type { Bar, Measure } from '../report/result.ts'
import type { Seats } from '../subject/cluster-stock.ts'
import type { Measured } from '../subject/subject.ts'

export const embedded = 'parlance, embedded'

/** One of the two that are compared, as clients see it. */
export interface Side {
  readonly subject: Measured
  readonly seats: Seats
  readonly portFor: (index: number) => number
}

/** Of the scenario's result. */
export interface Part {
  readonly measures: readonly Measure[]
  readonly bars: readonly Bar[]
}
