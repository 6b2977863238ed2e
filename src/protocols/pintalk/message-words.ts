import type { Message } from '../../core/model.ts'

const koreaMs = 9 * 3600 * 1000

/** `2023-03-23T12:22:12.123`: the wall clock of Korea, as the clients write it, whatever their own time zone. */
export function wallClock(at: number): string {
  return new Date(at + koreaMs).toISOString().slice(0, 23)
}

/** As its sender wrote it. Messages of other wires have none: theirs is the time at which they came. */
export function datetimeOf({ meta, createdAt }: Message): string {
  const datetime = meta?.['datetime']
  return typeof datetime === 'string' ? datetime : wallClock(createdAt)
}

/** The house's own words count as the host's. */
export function isOfHost({ sender }: Message): boolean {
  return sender?.role !== 'customer'
}

/** The words, or the address where there are none: images and files of other wires. */
export function wordsOf({ body, detail }: Message): string {
  return body === '' ? detail : body
}
