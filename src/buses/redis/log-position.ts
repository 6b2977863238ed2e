/**
 * Where an entry is in its partition's log: `EPOCH-NUMBER`, the id in the Redis stream. Numbers go up by one from entry to entry, and
 * on into the next epoch, so that whoever reads sees from the ids alone whether something is missing.
 */
export interface LogPosition {
  readonly epoch: number
  readonly number: number
}

/** Before everything. */
export const start = '0-0'

/** Null for what is none. */
export function parsePosition(text: string): LogPosition | null {
  const dash = text.indexOf('-')
  const epoch = Number(text.slice(0, Math.max(dash, 0)) || Number.NaN)
  const number = Number(text.slice(dash + 1) || Number.NaN)
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(number) && epoch >= 0 && number >= 0
    ? { epoch, number }
    : null
}
