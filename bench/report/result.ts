import { spread, type Spread } from './statistics.ts'

/** One line of the table: what was measured on whom, over the rounds. */
export interface Measure extends Spread {
  readonly subject: string
  readonly what: string
  readonly unit: string
  /** One a round. */
  readonly values: readonly number[]
}

/** What we want to be able to say. */
export interface Bar extends Spread {
  readonly what: string
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
  /** By the median. */
  readonly isMet: boolean
}

export interface ScenarioResult {
  readonly scenario: string
  readonly measures: readonly Measure[]
  readonly bars: readonly Bar[]
  /** What a reader must know to believe the numbers. */
  readonly notes: readonly string[]
}

export function measure(subject: string, what: string, unit: string, values: readonly number[]): Measure {
  return { subject, what, unit, values, ...spread(values) }
}

export function bar(
  what: string,
  unit: string,
  values: readonly number[],
  limit: { atMost: number } | { atLeast: number },
): Bar {
  const over = spread(values)
  const isMet = 'atMost' in limit ? over.median <= limit.atMost : over.median >= limit.atLeast
  return { what, unit, ...over, ...limit, isMet }
}
