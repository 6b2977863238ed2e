import type { Event } from '../../../core/event.ts'
import type { UserId } from '../../../core/model.ts'
import { hostMeta } from '../host.ts'

/** The host whose account an event says is left; null for any other event. Users of other wires have no such meta. */
export function leftHost(event: Event): UserId | null {
  if (event.type !== 'user_changed' || event.user.role !== 'agent') return null
  return typeof hostMeta(event.user).deletedAt === 'number' ? event.user.id : null
}
