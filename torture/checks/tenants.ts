import type { Records } from '../journal.ts'
import { nameOf } from './heard.ts'
import type { Violation } from './violation.ts'

/** Nobody hears, and no room keeps, what was said elsewhere: least of all what another tenant said. */
export function checkTenants({ lines, histories, sends }: Records): Violation[] {
  const said = new Map(sends.map((send) => [send.text, send.room]))
  const violations: Violation[] = []
  const check = (text: string, here: Records['lines'][number]['room'], where: string): void => {
    const room = said.get(text)
    if (!room || room === here) return
    const whose = room.tenant === here.tenant ? 'another room' : 'another tenant'
    violations.push({ rule: 'tenants', words: `${where} has "${text}", of ${whose}` })
  }
  for (const line of lines) for (const { text } of line.heard) check(text, line.room, nameOf(line))
  for (const { room, node, entries } of histories)
    for (const { text } of entries) check(text, room, `${room.name}, as ${node} tells it,`)
  return violations
}
