import type { RoomEvent } from '../../core/event.ts'
import type { Message, Room, RoomId, UserId } from '../../core/model.ts'
import { places, run, type Database, type Value } from './statement.ts'
import { later } from './transaction.ts'

/** Rows of one statement. A message's words count against the server's `max_allowed_packet`, 16 MiB and more by default. */
export const maxRows = 200
const maxStatementChars = 2_000_000

const messageColumns =
  'room_id, id, seq, sender_id, type, body, detail, staff, episode_id, meta, client_key, created_at, updated_at, append_uid'
const eventColumns = 'room_id, seq, last_id, type, actor_id, body, at, append_uid'
const roomColumns = [
  'name',
  'open',
  'state',
  'frozen',
  'owner_id',
  'assignee_id',
  'last_assignee_id',
  'episode_first_id',

  'episode_waiting_since',
  'episode_assigned_at',
  'episodes',
  'last_id',
  'last_seq',
  'last_message_id',
  'last_type',
  'last_preview',
  'last_sender_id',
  'last_at',
  'closed_at',
  'pinned_at',
  'meta',
  'updated_at',
]

/** What events become in the tables: messages and events are written many at a time. */
export class AppendRows {
  #newMessages: Value[][] = []
  #newEvents: Value[][] = []
  readonly #left: (roomId: RoomId, userId: UserId) => void

  /** `left` hears who is a member no more, just before that is written. */
  constructor(left: (roomId: RoomId, userId: UserId) => void = () => {}) {
    this.#left = left
  }

  /** `room` as it is after the event. `uid` names the append in the log that nodes have in common. */
  add(event: RoomEvent, room: Pick<Room, 'lastId'>, clientKey: string | null, uid: string | null): void {
    if (event.type === 'message_posted') this.#newMessages.push(messageRow(event.message, clientKey, uid))
    else this.#newEvents.push(eventRow(event, room, uid))
  }

  async flush(database: Database): Promise<void> {
    const [messages, events] = [this.#newMessages, this.#newEvents]
    this.#newMessages = []
    this.#newEvents = []
    await insert(database, 'messages', messageColumns, messages)
    await insert(database, 'events', eventColumns, events)
  }

  /** The batch was undone. */
  forget(): void {
    this.#newMessages = []
    this.#newEvents = []
  }

  /** What an event changes beside its own row. Nothing for a message that was posted. */
  async write(connection: Database, event: RoomEvent): Promise<void> {
    const { roomId, at } = event
    switch (event.type) {
      case 'message_edited': {
        const { id, body, detail, meta } = event.message
        await this.flush(connection)
        await run(
          connection,
          'UPDATE messages SET body = ?, detail = ?, meta = ?, updated_at = ? WHERE room_id = ? AND id = ?',
          [body, detail, meta && JSON.stringify(meta), at, roomId, id],
        )
        return
      }
      case 'message_deleted':
        await this.flush(connection)
        await run(
          connection,
          `UPDATE messages SET body = '', detail = '', meta = NULL, deleted_at = ?, updated_at = ? WHERE room_id = ? AND id = ?`,
          [at, at, roomId, event.messageId],
        )
        return
      case 'member_joined':
        return this.#join(connection, roomId, event.userId, event.role, at)
      case 'member_left':
        return this.#leave(connection, roomId, event.userId)
      case 'member_appointed':
        await run(connection, 'UPDATE members SET role = ? WHERE room_id = ? AND user_id = ?', [
          event.role,
          roomId,
          event.userId,
        ])
        return
      case 'user_banned':
        await run(connection, 'DELETE FROM bans WHERE room_id = ? AND until <= ?', [roomId, at])
        await run(connection, `REPLACE INTO bans (room_id, user_id, by_id, reason, until, at) VALUES ${places(1, 6)}`, [
          roomId,
          event.userId,
          event.actorId,
          event.reason,
          event.until,
          at,
        ])
        return
      case 'user_unbanned':
        await run(connection, 'DELETE FROM bans WHERE room_id = ? AND user_id = ?', [roomId, event.userId])
        return
      case 'room_assigned':
        if (event.previousId !== null) await this.#leave(connection, roomId, event.previousId)
        return this.#join(connection, roomId, event.assigneeId, 'agent', at)
      case 'room_released':
      case 'room_closed':
        if (event.previousId !== null) await this.#leave(connection, roomId, event.previousId)
    }
  }

  async #join(connection: Database, roomId: RoomId, userId: UserId, role: string, at: number): Promise<void> {
    await run(connection, `INSERT IGNORE INTO members (room_id, user_id, role, joined_at) VALUES ${places(1, 4)}`, [
      roomId,
      userId,
      role,
      at,
    ])
  }

  async #leave(connection: Database, roomId: RoomId, userId: UserId): Promise<void> {
    this.#left(roomId, userId)
    await run(connection, 'DELETE FROM members WHERE room_id = ? AND user_id = ?', [roomId, userId])
  }
}

function messageRow(message: Message, clientKey: string | null, uid: string | null): Value[] {
  const { roomId, id, seq, sender, type, body, detail, audience, episodeId, meta, createdAt } = message
  // Here, and not when the batch is written: what can't be stored fails its own append.
  if (typeof body !== 'string' || typeof detail !== 'string') throw new TypeError('a message without text')
  return [
    roomId,
    id,
    seq,
    sender?.id ?? null,
    type,
    body,
    detail,
    audience === 'staff' ? 1 : 0,
    episodeId,
    meta && JSON.stringify(meta),
    clientKey,
    createdAt,
    createdAt,
    uid,
  ]
}

function eventRow(event: RoomEvent, { lastId }: Pick<Room, 'lastId'>, uid: string | null): Value[] {
  const { roomId, seq, type, actorId, at, appId: _appId, origin: _origin, ...more } = event
  const body = 'message' in more ? { messageId: more.message.id } : more
  return [roomId, seq, lastId, type, actorId, JSON.stringify(body), at, uid]
}

export async function insert(
  database: Database,
  table: string,
  columns: string,
  rows: readonly Value[][],
  suffix = '',
): Promise<void> {
  for (let at = 0; at < rows.length;) {
    const some: Value[][] = []
    for (let chars = 0; at < rows.length && some.length < maxRows && chars < maxStatementChars; at++) {
      const row = rows[at]!
      some.push(row)
      for (const value of row) if (typeof value === 'string') chars += value.length
    }
    const values = places(some.length, some[0]!.length)
    await later(database, `INSERT INTO ${table} (${columns}) VALUES ${values}${suffix}`, some.flat())
  }
}

/** `ends` names the last append of each, where nodes have a log in common. Each is there already: the insert is only a form in which one statement can say different things of many rows. */
export async function writeRooms(
  database: Database,
  rooms: readonly Room[],
  ends: ReadonlyMap<RoomId, string> | null = null,
): Promise<void> {
  for (let at = 0; at < rooms.length; at += maxRows) await writeSome(database, rooms.slice(at, at + maxRows), ends)
}

async function writeSome(
  database: Database,
  rooms: readonly Room[],
  ends: ReadonlyMap<RoomId, string> | null,
): Promise<void> {
  const changing = ends ? [...roomColumns, 'last_append'] : roomColumns
  const columns = ['id', 'app_id', '`key`', 'kind', 'created_at', ...changing]
  const updates = changing.map((name) => `${name} = VALUES(${name})`).join(', ')
  await later(
    database,
    `INSERT INTO rooms (${columns.join(', ')}) VALUES ${places(rooms.length, columns.length)} ON DUPLICATE KEY UPDATE ${updates}`,
    rooms.flatMap((room) => (ends ? [...roomRow(room), ends.get(room.id) ?? null] : roomRow(room))),
  )
}

function roomRow(room: Room): Value[] {
  const { id, appId, key, kind, createdAt, episode, lastMessage } = room
  return [
    id,
    appId,
    key,
    kind,
    createdAt,
    room.name,
    room.open ? 1 : 0,
    room.state,
    room.frozen ? 1 : 0,
    room.ownerId,
    room.assigneeId,
    room.lastAssigneeId,
    episode?.firstId ?? null,
    episode?.waitingSince ?? null,
    episode?.assignedAt ?? null,
    room.episodes,
    room.lastId,
    room.lastSeq,
    lastMessage?.id ?? null,
    lastMessage?.type ?? null,
    lastMessage?.preview ?? null,
    lastMessage?.senderId ?? null,
    lastMessage?.at ?? null,
    room.closedAt,
    room.pinnedAt,
    JSON.stringify(room.meta),
    room.updatedAt,
  ]
}
