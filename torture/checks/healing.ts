import { isOpen, type Records } from '../journal.ts'
import type { Violation } from './violation.ts'

/** When nothing is wrong any more, everybody is served again: the last words of each speaker are taken. */
export function checkHealing({ sends, lines, readers }: Records, healedAt: number): Violation[] {
  const violations: Violation[] = []
  for (const ofSpeaker of Map.groupBy(sends, ({ room, by }) => `${room.name} ${by}`).values()) {
    const last = ofSpeaker.at(-1)
    if (last && (last.outcome !== 'acked' || last.sentAt < healedAt))
      violations.push({
        rule: 'healing',
        words: `the last words of ${last.by}, "${last.text}", are ${last.outcome} (${last.why})`,
      })
  }
  for (const { room, name } of readers) {
    if (!lines.some((line) => line.room === room && line.reader === name && isOpen(line)))
      violations.push({ rule: 'healing', words: `${name} in ${room.name} did not come back` })
  }
  return violations
}
