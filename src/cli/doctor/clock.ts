import type { AppConfig } from '../../config/apps.ts'
import { bad, doubt, good, type Finding } from './finding.ts'

/** Nobody ran this program earlier: a clock that says so has lost its battery. */
const firstRelease = Date.UTC(2026, 0, 1)
const jumpMs = 250
const maxDriftMs = 5000

/** The two clocks of a machine at one moment. */
export interface Moment {
  readonly wallMs: number
  readonly steadyMs: number
}

export function moment(): Moment {
  return { wallMs: Date.now(), steadyMs: performance.now() }
}

/** `newestAt`: when something was last stored. */
export function checkClock(before: Moment, after: Moment, newestAt: number | null): Finding[] {
  const advice = 'set it, and keep it right with NTP'
  const iso = new Date(after.wallMs).toISOString()
  if (after.wallMs < firstRelease) return [bad(`the clock says ${iso}, which can’t be`, advice)]
  if (newestAt !== null && newestAt > after.wallMs) {
    const seconds = Math.ceil((newestAt - after.wallMs) / 1000)
    return [
      bad(
        `the clock says ${iso}, ${seconds} s before what was stored last: new messages would look older than old ones`,
        advice,
      ),
    ]
  }
  const driftMs = Math.round(after.wallMs - before.wallMs - (after.steadyMs - before.steadyMs))
  if (Math.abs(driftMs) > jumpMs) {
    return [
      doubt(
        `the clock was moved by ${driftMs} ms during this check`,
        'let one program alone keep it, and slew it instead of setting it',
      ),
    ]
  }
  return [good(`the clock says ${iso}` + (newestAt === null ? '' : ', after what was stored last'))]
}

/** How another machine's clock agrees with this one's, both in milliseconds since 1970. */
export function driftOf(name: string, theirs: number, ours: number): Finding {
  const drift = theirs - ours
  if (Math.abs(drift) <= maxDriftMs) return good(`the clock of ${name} agrees with this one`)
  const which = drift > 0 ? 'ahead of' : 'behind'
  return doubt(
    `the clock of ${name} is ${Math.round(Math.abs(drift) / 1000)} s ${which} this one`,
    'run NTP on both machines',
  )
}

export function checkTimezones(apps: readonly AppConfig[], now: number): Finding[] {
  return apps.flatMap(({ id, cstalk }) => {
    if (!cstalk) return []
    const { timezone } = cstalk
    try {
      const local = new Intl.DateTimeFormat('sv-SE', {
        timeZone: timezone,
        dateStyle: 'short',
        timeStyle: 'short',
      }).format(now)
      return [good(`${id}: it is ${local} in ${timezone}`)]
    } catch {
      return [
        bad(
          `${id}: this Node does not know the time zone ${timezone}`,
          'use a Node with full ICU data, or name another zone',
        ),
      ]
    }
  })
}
