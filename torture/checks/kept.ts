import type { History, Records, Room, Send } from '../journal.ts'
import type { Violation } from './violation.ts'

/** Nothing acknowledged is lost, nothing is kept twice, and every node says the same. */
export function checkKept({ sends, histories }: Records): Violation[] {
  const violations: Violation[] = []
  const saidIn = Map.groupBy(sends, ({ room }) => room)
  for (const history of histories) {
    const said = saidIn.get(history.room) ?? []
    violations.push(...checkCounts(history, said), ...checkIds(history, said), ...checkTime(history, said))
  }
  for (const [room, ofRoom] of Map.groupBy(histories, ({ room: of }) => of))
    violations.push(...checkEqual(room, ofRoom))
  return violations
}

function checkCounts({ node, room, entries }: History, said: readonly Send[]): Violation[] {
  const counts = new Map<string, number>()
  for (const { text } of entries) counts.set(text, (counts.get(text) ?? 0) + 1)
  const violations: Violation[] = []
  for (const { text, outcome, endedAt } of said) {
    const count = counts.get(text) ?? 0
    counts.delete(text)
    const where = `in ${room.name}, as ${node} tells it`
    if (count === 0 && outcome === 'acked')
      violations.push({ rule: 'lost', words: `"${text}", acknowledged at ${seconds(endedAt)}, is not ${where}` })
    if (count > 1) violations.push({ rule: 'twice', words: `"${text}" (${outcome}) is ${count} times ${where}` })
  }
  // What nobody said is the house's own words, or another room's.
  for (const text of counts.keys())
    if (text.startsWith(`${room.name} `))
      violations.push({ rule: 'twice', words: `"${text}" is in ${room.name}, and nobody said it (${node})` })
  return violations
}

function checkIds({ node, room, entries }: History, said: readonly Send[]): Violation[] {
  const violations: Violation[] = []
  const ids = new Map(entries.map(({ text, id }) => [text, id]))
  for (const [index, { id, text }] of entries.entries()) {
    const before = entries[index - 1]
    if (before && before.id >= id)
      violations.push({ rule: 'order', words: `${node} tells "${text}" (${id}) after ${before.id} in ${room.name}` })
  }
  for (const { text, id } of said) {
    const kept = ids.get(text)
    if (id !== null && kept !== undefined && kept !== id)
      violations.push({
        rule: 'order',
        words: `"${text}" was acknowledged as ${id} and is ${kept} in ${room.name} (${node})`,
      })
  }
  return violations
}

/** What was acknowledged before something else was said stands before it. */
function checkTime({ node, room, entries }: History, said: readonly Send[]): Violation[] {
  const violations: Violation[] = []
  const sends = new Map(said.map((send) => [send.text, send]))
  let latest: Send | null = null
  for (const { text } of entries) {
    const send = sends.get(text)
    if (!send) continue
    if (latest && send.outcome === 'acked' && send.endedAt < latest.sentAt) {
      const words = `"${send.text}" was acknowledged before "${latest.text}" was said, and stands after it in ${room.name} (${node})`
      violations.push({ rule: 'order', words })
    }
    if (!latest || send.sentAt > latest.sentAt) latest = send
  }
  return violations
}

function checkEqual(room: Room, histories: readonly History[]): Violation[] {
  const violations: Violation[] = []
  const [first, ...others] = histories
  if (!first) return violations
  for (const other of others) {
    const length = Math.max(first.entries.length, other.entries.length)
    for (let index = 0; index < length; index++) {
      const [a, b] = [first.entries[index]?.text, other.entries[index]?.text]
      if (a === b) continue
      const words = `${room.name}: number ${index + 1} is "${a}" as ${first.node} tells it and "${b}" as ${other.node} does`
      violations.push({ rule: 'order', words })
      break
    }
  }
  return violations
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
