import type { Line, Records, Trouble } from '../journal.ts'
import { nameOf } from './heard.ts'
import { seconds } from './kept.ts'
import type { Violation } from './violation.ts'

/** Words that nobody keeps may be missed as long as something is wrong, and until everyone has noticed and come back. */
const graceMs = 5000

/** Rooms that keep nothing: nothing twice, each speaker's words in their order, and all of them where nothing was wrong. */
export function checkBroadcasts({ lines, sends, troubles }: Records): Violation[] {
  const violations: Violation[] = []
  for (const line of lines) {
    if (line.room.isKept) continue
    const heard = new Set<string>()
    const last = new Map<string, number>()
    for (const { text, at } of line.heard) {
      const [room = '', by = '', number = ''] = text.split(' ')
      if (room !== line.room.name) continue
      const who = `${nameOf(line)} at ${seconds(at)}`
      const before = last.get(by) ?? -1
      if (heard.has(text)) violations.push({ rule: 'twice', words: `${who} heard "${text}" again` })
      else if (Number(number) < before)
        violations.push({ rule: 'order', words: `${who} heard "${text}" after number ${before} of the same speaker` })
      heard.add(text)
      last.set(by, Math.max(before, Number(number)))
    }
    for (const { text, room, outcome, sentAt, endedAt } of sends) {
      if (room !== line.room || outcome !== 'acked' || heard.has(text)) continue
      if (isThere(line, sentAt, endedAt) && isCalm(troubles, sentAt, endedAt))
        violations.push({ rule: 'lost', words: `${nameOf(line)} did not hear "${text}", said at ${seconds(sentAt)}` })
    }
  }
  return violations
}

function isThere({ readyAt, closedAt }: Line, from: number, to: number): boolean {
  return readyAt !== null && readyAt < from && (closedAt === null || closedAt > to + graceMs)
}

function isCalm(troubles: readonly Trouble[], from: number, to: number): boolean {
  return troubles.every((trouble) => trouble.to + graceMs < from || trouble.from - graceMs > to)
}
