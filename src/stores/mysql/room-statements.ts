import {
  roomStates,
  type AppId,
  type Audience,
  type Room,
  type RoomId,
  type RoomKind,
  type RoomState,
  type UserId,
} from '../../core/model.ts'
import type { RoomDraft, RoomPage, RoomQuery } from '../../core/ports.ts'
import type { CachedRoom } from '../room-cache.ts'
import { toBan, toCount, toMember, toRoom } from '../rows.ts'
import { roomFilter } from './room-filter.ts'
import { firstOf, places, rowsOf, run, type Database, type Row } from './statement.ts'

const orders = {
  updated: 'updated_at DESC, id DESC',
  waiting: 'episode_waiting_since, id',
  pinned: 'pinned_at IS NULL, pinned_at DESC, updated_at DESC, id DESC',
}

export async function findRooms(database: Database, query: RoomQuery): Promise<RoomPage> {
  const { where, values } = roomFilter(query)
  const order = orders[query.order ?? 'updated']
  const [rows, count] = await Promise.all([
    rowsOf(database, `SELECT * FROM rooms WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`, [
      ...values,
      toCount(query.limit),
      toCount(query.offset ?? 0),
    ]),
    firstOf(
      database,
      `SELECT count(*) AS total FROM (SELECT 1 FROM rooms WHERE ${where} LIMIT 10000) AS found`,
      values,
    ),
  ])
  return { rooms: rows.map(toRoom), total: Number(count?.['total']) }
}

export async function countRooms(
  database: Database,
  appId: AppId,
  kind: RoomKind,
  agentId: UserId | null,
): Promise<{ byState: Record<RoomState, number>; held: number }> {
  const byState = Object.fromEntries(roomStates.map((state) => [state, 0])) as Record<RoomState, number>
  const rows = await rowsOf(
    database,
    'SELECT state, count(*) AS total FROM rooms WHERE app_id = ? AND kind = ? GROUP BY state',
    [appId, kind],
  )
  for (const row of rows) byState[row['state'] as RoomState] = Number(row['total'])
  if (agentId === null) return { byState, held: 0 }
  const held = await firstOf(
    database,
    `SELECT count(*) AS total FROM rooms WHERE assignee_id = ? AND app_id = ? AND kind = ? AND state = 'active'`,
    [agentId, appId, kind],
  )
  return { byState, held: Number(held?.['total']) }
}

/** Messages after `readId` that the user did not write itself; at most 1,000. */
export async function countUnread(
  database: Database,
  id: RoomId,
  userId: UserId,
  readId: number,
  audience: Audience,
): Promise<number> {
  const count = await firstOf(
    database,
    `SELECT count(*) AS total FROM (SELECT 1 FROM messages WHERE room_id = ? AND id > ? AND sender_id IS NOT NULL
      AND sender_id <> ? AND staff <= ? AND deleted_at IS NULL LIMIT 1000) AS unread`,
    [id, readId, userId, audience === 'staff' ? 1 : 0],
  )
  return Number(count?.['total'])
}

export async function appOfRoom(database: Database, id: RoomId): Promise<AppId | null> {
  const row = await firstOf(database, 'SELECT app_id FROM rooms WHERE id = ?', [id])
  return (row?.['app_id'] as AppId | undefined) ?? null
}

export async function idOfRoom(database: Database, appId: AppId, key: string): Promise<RoomId | null> {
  const row = await firstOf(database, 'SELECT id FROM rooms WHERE app_id = ? AND `key` = ?', [appId, key])
  return (row?.['id'] as RoomId | undefined) ?? null
}

/** `lastAppend` names the last entry of the nodes' common log that is in it; empty for none. */
export async function readRoom(database: Database, id: RoomId): Promise<(CachedRoom & { lastAppend: string }) | null> {
  const row = await firstOf(database, 'SELECT * FROM rooms WHERE id = ?', [id])
  if (!row) return null
  const members = await rowsOf(database, 'SELECT * FROM members WHERE room_id = ?', [id])
  const bans = await rowsOf(database, 'SELECT * FROM bans WHERE room_id = ?', [id])
  return {
    room: toRoom(row),
    members: new Map(members.map(toMember).map((member) => [member.userId, member])),
    bans: new Map(bans.map(toBan).map((ban) => [ban.userId, ban])),
    lastAppend: lastAppendOf(row),
  }
}

/** Empty for none. */
export function lastAppendOf(row: Row): string {
  return (row['last_append'] as string | null) ?? ''
}

export async function addRoom(connection: Database, draft: RoomDraft, now: number): Promise<Room> {
  const { appId, key, kind, name, state, ownerId } = draft
  const { insertedId } = await run(
    connection,
    `INSERT INTO rooms (app_id, \`key\`, kind, name, state, owner_id, parent_id, open, meta, created_at, updated_at)
      VALUES ${places(1, 11)}`,
    [
      appId,
      key,
      kind,
      name.toWellFormed(),
      state,
      ownerId,
      draft.parentId ?? null,
      draft.open ? 1 : 0,
      JSON.stringify(draft.meta ?? {}),
      now,
      now,
    ],
  )
  if (draft.members.length > 0) {
    const rows = draft.members.flatMap(({ userId, role }) => [insertedId, userId, role, now])
    await run(
      connection,
      `INSERT IGNORE INTO members (room_id, user_id, role, joined_at) VALUES ${places(draft.members.length, 4)}`,
      rows,
    )
  }
  return toRoom((await firstOf(connection, 'SELECT * FROM rooms WHERE id = ?', [insertedId])) as Row)
}

/** Removes what is in a room. */
export async function emptyRoom(connection: Database, id: RoomId): Promise<void> {
  for (const table of ['messages', 'events', 'errands'])
    await run(connection, `DELETE FROM ${table} WHERE room_id = ?`, [id])
}

/** Removes an empty room. */
export async function removeRoom(connection: Database, id: RoomId): Promise<void> {
  for (const table of ['members', 'bans']) await run(connection, `DELETE FROM ${table} WHERE room_id = ?`, [id])
  await run(connection, 'DELETE FROM rooms WHERE id = ?', [id])
}
