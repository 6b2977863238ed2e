import type { LocalTime } from './local-time.ts'
import type { WorkingHours } from './settings.ts'

export type DeskState = 'open' | 'closed' | 'lunch'

/** Whether the desk answers at a moment, by the company's calendar. Null hours: always. */
export function deskState(hours: WorkingHours | null, time: LocalTime, at: number): DeskState {
  if (hours === null) return 'open'
  const { date, weekday, time: now } = time.parts(at)
  const day = hours.days[weekday]
  if (!day || hours.holidays.includes(date) || !within(day, now)) return 'closed'
  return hours.lunch && within(hours.lunch, now) ? 'lunch' : 'open'
}

function within([from, to]: readonly [string, string], now: string): boolean {
  return now >= from && now < to
}
