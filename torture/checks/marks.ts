import type { Records } from '../journal.ts'
import { seconds } from './kept.ts'
import type { Violation } from './violation.ts'

/** What was read stays read: as each line is told, and as every node has it in the end. */
export function checkMarks({ marksTold, marksSet, marksKept }: Records): Violation[] {
  const violations: Violation[] = []
  const newest = new Map<string, number>()
  for (const { line, observer, room, reader, toId, at } of marksTold) {
    const key = `${line} ${reader}`
    const before = newest.get(key) ?? 0
    if (toId < before) {
      const words = `${observer} in ${room.name} was told at ${seconds(at)} that ${reader} has read up to ${toId}, after ${before}`
      violations.push({ rule: 'marks', words })
    }
    newest.set(key, Math.max(before, toId))
  }
  for (const { room, node, reader, toId } of marksKept) {
    const set = marksSet.filter((mark) => mark.room === room && mark.reader === reader).map((mark) => mark.toId)
    const most = Math.max(0, ...set)
    if (toId < most) {
      const words = `${node} says that ${reader} has read ${room.name} up to ${toId}, and was answered that it is ${most}`
      violations.push({ rule: 'marks', words })
    }
  }
  return violations
}
