import type { Section } from './section.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** Local times of the day, `HH:MM`, up to `24:00`: they compare as texts. The second one is outside. */
export type Span = readonly [from: string, to: string]

export interface WorkingHours {
  /** A day that isn't named is closed. */
  readonly days: Readonly<Partial<Record<Weekday, Span>>>
  readonly lunch: Span | null
  /** Local dates, `YYYY-MM-DD`. */
  readonly holidays: readonly string[]
}

export function readWorkingHours(section: Section): WorkingHours {
  const days: Partial<Record<Weekday, Span>> = {}
  const inner = section.section('days')
  if (!inner) section.refuse('days', null, 'an object such as {"mon": ["09:00", "18:00"]}')
  for (const weekday of weekdays) {
    const span = inner ? readSpan(inner, weekday) : null
    if (span) days[weekday] = span
  }
  inner?.done()
  return {
    days,
    lunch: readSpan(section, 'lunch'),
    holidays: section.texts('holidays', 'a list of dates such as "2026-01-01"', isDate),
  }
}

function readSpan(section: Section, key: string): Span | null {
  const expected = 'two times such as ["09:00", "18:00"], the earlier one first'
  const times = section.texts(key, expected, (text) => /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text))
  const [from, to] = times
  if (from !== undefined && to !== undefined && times.length === 2 && from < to) return [from, to]
  if (times.length > 0) section.refuse(key, times, expected)
  return null
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}
