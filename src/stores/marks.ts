import type { Member } from '../core/model.ts'

/** A member whose mark was asked to move to `toId`: forward only, and not beyond the room's newest message. */
export function marked(
  member: Member,
  which: 'read' | 'delivered',
  toId: number,
  lastId: number,
  at: number,
): { readonly member: Member; readonly beforeId: number; readonly id: number } {
  const wantedId = Math.min(Math.trunc(toId), lastId)
  const beforeId = which === 'read' ? member.readId : member.deliveredId
  // Not the larger of the two: what is no number moves nothing.
  const id = wantedId > beforeId ? wantedId : beforeId
  const marks = which === 'read' ? { readId: id, readAt: at } : { deliveredId: id, deliveredAt: at }
  return { member: { ...member, ...marks }, beforeId, id }
}

/** A member who has read, and was delivered, everything. */
export function caughtUp(member: Member, lastId: number, at: number): Member {
  return { ...member, readId: lastId, readAt: at, deliveredId: lastId, deliveredAt: at }
}
