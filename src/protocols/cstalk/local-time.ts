const quarterMs = 15 * 60_000
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/**
 * Dates as the desk's clients read them: `2020-12-18 15:31:37`, local to the company. The offset is asked for once
 * per quarter of an hour (zones change on no finer step) and the last second's text is kept: Intl takes some 10 µs a
 * date, and a message has two.
 */
export class LocalTime {
  readonly #format: Intl.DateTimeFormat
  #quarter = -1
  #offsetMs = 0
  #second = -1
  #text = ''

  /** Throws a RangeError for a zone that Intl doesn't know. */
  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** `yyyy-MM-dd HH:mm:ss` */
  text(at: number): string {
    const second = Math.floor(at / 1000)
    if (second !== this.#second) {
      this.#text = this.#local(at).toISOString().slice(0, 19).replace('T', ' ')
      this.#second = second
    }
    return this.#text
  }

  textOrNull(at: number | null | undefined): string | null {
    return at === null || at === undefined ? null : this.text(at)
  }

  /** `YYYYMMDD` */
  day(at: number): string {
    return this.#local(at).toISOString().slice(0, 10).replaceAll('-', '')
  }

  /** For calendars: `{date: '2026-01-01', weekday: 'thu', time: '09:30'}`. */
  parts(at: number): { date: string; weekday: (typeof weekdays)[number]; time: string } {
    const local = this.#local(at)
    const iso = local.toISOString()
    return { date: iso.slice(0, 10), weekday: weekdays[local.getUTCDay()] ?? 'sun', time: iso.slice(11, 16) }
  }

  /** The moment of a local `YYYY-MM-DD`, at its first or last millisecond; null for what is no date. */
  moment(date: string, end: 'first' | 'last'): number | null {
    const utc = Date.parse(`${date}T${end === 'first' ? '00:00:00.000' : '23:59:59.999'}Z`)
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(utc)) return null
    return utc - this.#offset(utc - this.#offset(utc))
  }

  /** A Date whose UTC fields are the local ones. */
  #local(at: number): Date {
    return new Date(at + this.#offset(at))
  }

  #offset(at: number): number {
    const quarter = Math.floor(at / quarterMs)
    if (quarter !== this.#quarter) {
      const field = Object.fromEntries(
        this.#format.formatToParts(quarter * quarterMs).map(({ type, value }) => [type, Number(value)]),
      )
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field
      this.#offsetMs = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * quarterMs
      this.#quarter = quarter
    }
    return this.#offsetMs
  }
}
