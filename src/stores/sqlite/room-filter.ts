import type { RoomQuery } from '../../core/ports.ts'
import { likePattern } from '../rows.ts'

const searchedRooms = 1000
const searchedMessages = 200

/**
 * The WHERE of a room query. Search in texts looks at the newest messages of the rooms that changed last, so that one
 * search can't keep everyone waiting: within these bounds it took 70 ms, on a million messages 600.
 *
 * One person's rooms and a community's are few, and an app's are many, which SQLite's planner doesn't know: it would take the index with
 * the most columns. A plus before a column keeps its index out of the choice.
 */
export function roomFilter(query: RoomQuery): { where: string; values: (string | number)[] } {
  const { assigneeId, heldById, ownerId, memberId, parentId } = query
  const plus = [assigneeId, heldById, ownerId, memberId, parentId].some((id) => id !== undefined) ? '+' : ''
  const where = [`${plus}app_id = ?`]
  const values: (string | number)[] = [query.appId]
  const add = (condition: string, ...more: (string | number)[]): void => {
    where.push(condition)
    values.push(...more)
  }
  if (query.kind !== undefined) add(`${plus}kind = ?`, query.kind)
  if (query.states !== undefined) add(`${plus}state IN (${query.states.map(() => '?').join(', ')})`, ...query.states)
  if (assigneeId !== undefined) add('assignee_id = ?', assigneeId)
  if (heldById !== undefined) add('(assignee_id = ? OR last_assignee_id = ?)', heldById, heldById)
  if (ownerId !== undefined) add('owner_id = ?', ownerId)
  if (parentId !== undefined) add(`${memberId === undefined ? '' : '+'}parent_id = ?`, parentId)
  if (memberId !== undefined) add('id IN (SELECT room_id FROM members WHERE user_id = ?)', memberId)
  if (query.nameLike !== undefined) add(`name LIKE ? ESCAPE '\\'`, likePattern(query.nameLike))
  if (query.hasMessages !== undefined) add(`last_at IS ${query.hasMessages ? 'NOT ' : ''}NULL`)
  if (query.closedFrom !== undefined) add(`${plus}closed_at >= ?`, query.closedFrom)
  if (query.closedTo !== undefined) add(`${plus}closed_at <= ?`, query.closedTo)
  if (query.textLike === undefined) return { where: where.join(' AND '), values }
  const searched = `SELECT id FROM rooms WHERE ${where.join(' AND ')} ORDER BY updated_at DESC, id DESC LIMIT ${searchedRooms}`
  const said = `SELECT 1 FROM messages WHERE pk > (rooms.id << 32 | max(0, rooms.last_id - ${searchedMessages})) AND pk <= (rooms.id << 32 | rooms.last_id)
    AND deleted_at IS NULL AND body LIKE ? ESCAPE '\\'`
  return { where: `id IN (${searched}) AND EXISTS (${said})`, values: [...values, likePattern(query.textLike)] }
}
