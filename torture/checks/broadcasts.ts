import type { Line, Records, Send, Trouble } from '../journal.ts'
import { nameOf } from './heard.ts'
import { seconds } from './kept.ts'
import type { Violation } from './violation.ts'

/** Words that nobody keeps may be missed, or come late, as long as something is wrong, and until everyone has noticed and come back. */
const graceMs = 5000

/** Rooms that keep nothing: nothing twice; and where nothing was wrong all of it, in the order in which it was answered. */
export function checkBroadcasts({ lines, sends, troubles }: Records): Violation[] {
  const broadcasts = new Map(sends.filter(({ room }) => !room.isKept).map((send) => [send.text, send]))
  return lines
    .filter(({ room }) => !room.isKept)
    .flatMap((line) => [...checkOrder(line, broadcasts, troubles), ...checkLost(line, broadcasts, troubles)])
}

function checkOrder(line: Line, broadcasts: ReadonlyMap<string, Send>, troubles: readonly Trouble[]): Violation[] {
  const violations: Violation[] = []
  const heard = new Set<string>()
  let latest: Send | null = null
  for (const { text, at } of line.heard) {
    const send = broadcasts.get(text)
    if (!send || send.room !== line.room) continue
    const who = `${nameOf(line)} at ${seconds(at)}`
    if (heard.has(text)) violations.push({ rule: 'twice', words: `${who} heard "${text}" again` })
    else if (latest && isAfter(latest, send) && isCalm(troubles, send.sentAt, at))
      violations.push({ rule: 'order', words: `${who} heard "${text}" after "${latest.text}", which was said later` })
    heard.add(text)
    if (!latest || send.sentAt > latest.sentAt) latest = send
  }
  return violations
}

function checkLost(line: Line, broadcasts: ReadonlyMap<string, Send>, troubles: readonly Trouble[]): Violation[] {
  const heard = new Set(line.heard.map(({ text }) => text))
  const missed = [...broadcasts.values()].filter(
    ({ text, room, outcome, sentAt, endedAt }) =>
      room === line.room &&
      outcome === 'acked' &&
      !heard.has(text) &&
      isThere(line, sentAt, endedAt) &&
      isCalm(troubles, sentAt, endedAt),
  )
  return missed.map(({ text, sentAt }) => ({
    rule: 'lost',
    words: `${nameOf(line)} did not hear "${text}", said at ${seconds(sentAt)}`,
  }))
}

function isAfter(later: Send, { outcome, endedAt }: Send): boolean {
  return outcome === 'acked' && endedAt < later.sentAt
}

function isThere({ readyAt, closedAt }: Line, from: number, to: number): boolean {
  return readyAt !== null && readyAt < from && (closedAt === null || closedAt > to + graceMs)
}

function isCalm(troubles: readonly Trouble[], from: number, to: number): boolean {
  return troubles.every((trouble) => trouble.to + graceMs < from || trouble.from - graceMs > to)
}
