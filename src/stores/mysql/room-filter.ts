import type { RoomQuery } from '../../core/ports.ts'
import { likePattern } from '../rows.ts'

const searchedRooms = 1000
const searchedMessages = 200

/** Capital and small letters are alike in a search, whatever the column's own collation. */
export const contains = "COLLATE utf8mb4_general_ci LIKE ? ESCAPE '\\\\'"

/**
 * The WHERE of a room query. Search in texts looks at the newest messages of the rooms that changed last, so that one
 * search can't keep the database busy.
 */
export function roomFilter(query: RoomQuery): { where: string; values: (string | number)[] } {
  const { assigneeId, heldById, ownerId, memberId, parentId } = query
  const where = ['app_id = ?']
  const values: (string | number)[] = [query.appId]
  const add = (condition: string, ...more: (string | number)[]): void => {
    where.push(condition)
    values.push(...more)
  }
  if (query.kind !== undefined) add('kind = ?', query.kind)
  if (query.states?.length === 0) add('FALSE')
  else if (query.states !== undefined) add(`state IN (${query.states.map(() => '?').join(', ')})`, ...query.states)
  if (assigneeId !== undefined) add('assignee_id = ?', assigneeId)
  if (heldById !== undefined) add('(assignee_id = ? OR last_assignee_id = ?)', heldById, heldById)
  if (ownerId !== undefined) add('owner_id = ?', ownerId)
  if (parentId !== undefined) add('parent_id = ?', parentId)
  if (memberId !== undefined) add('id IN (SELECT room_id FROM members WHERE user_id = ?)', memberId)
  if (query.nameLike !== undefined) add(`name ${contains}`, likePattern(query.nameLike))
  if (query.hasMessages !== undefined) add(`last_at IS ${query.hasMessages ? 'NOT ' : ''}NULL`)
  if (query.closedFrom !== undefined) add('closed_at >= ?', query.closedFrom)
  if (query.closedTo !== undefined) add('closed_at <= ?', query.closedTo)
  if (query.textLike === undefined) return { where: where.join(' AND '), values }
  const searched = `SELECT id FROM rooms WHERE ${where.join(' AND ')} ORDER BY updated_at DESC, id DESC LIMIT ${searchedRooms}`
  const said = `SELECT 1 FROM messages WHERE room_id = rooms.id AND messages.id > rooms.last_id - ${searchedMessages}
    AND deleted_at IS NULL AND body ${contains}`
  // In a derived table: a LIMIT may not stand directly in an IN.
  return {
    where: `id IN (SELECT id FROM (${searched}) AS searched) AND EXISTS (${said})`,
    values: [...values, likePattern(query.textLike)],
  }
}
