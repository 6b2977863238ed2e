import type { AppId } from '../../core/model.ts'
import type { RetentionRule } from '../../core/retention.ts'

const dayMs = 24 * 3600 * 1000

/** Messages of a guest's room go some days after its close, unless it is taken up again. */
export function guestRetention(appId: AppId, days: number): RetentionRule {
  return { appId, kind: 'guest_chat', closedForMs: days * dayMs }
}
