import type { Records } from '../journal.ts'
import { checkBroadcasts } from './broadcasts.ts'
import { checkHealing } from './healing.ts'
import { checkHeard } from './heard.ts'
import { checkKept } from './kept.ts'
import { checkMarks } from './marks.ts'
import { checkTenants } from './tenants.ts'
import type { Violation } from './violation.ts'

/** All promises. `healedAt`: when the last fault was over. */
export function checkAll(records: Records, healedAt: number): Violation[] {
  return [
    ...checkTenants(records),
    ...checkKept(records),
    ...checkHeard(records),
    ...checkBroadcasts(records),
    ...checkMarks(records),
    ...checkHealing(records, healedAt),
  ]
}
