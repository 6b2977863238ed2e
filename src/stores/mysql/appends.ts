import type { Connection } from 'mysql2/promise'
import { ChatError } from '../../core/errors.ts'
import type { RoomEvent } from '../../core/event.ts'
import type { AppId, Message, Room, RoomId, UserId } from '../../core/model.ts'
import type { Appended, Author, Clock, Decide } from '../../core/ports.ts'
import { fold, stamp, type Change } from '../../core/room.ts'
import { caughtUp, marked } from '../marks.ts'
import type { CachedRoom, RoomCache } from '../room-cache.ts'
import { posted } from '../rows.ts'
import { maxId, type MysqlMessages } from './messages.ts'
import type { MysqlRooms, Unwritten } from './rooms.ts'
import { places, run, type Database, type Value } from './statement.ts'

/** Rows of one statement. A message's words count against the server's `max_allowed_packet`, 16 MiB and more by default. */
const maxRows = 200
const maxStatementChars = 2_000_000

const messageColumns =
  'room_id, id, seq, sender_id, type, body, detail, staff, episode_id, meta, client_key, created_at, updated_at'
const eventColumns = 'room_id, seq, last_id, type, actor_id, body, at'
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

/**
 * Decisions become rows. Messages, events and rooms are written many at a time, at the end of the batch or before a
 * statement that needs them there.
 */
export class MysqlAppends implements Unwritten {
  readonly #cache: RoomCache
  readonly #rooms: MysqlRooms
  readonly #messages: MysqlMessages
  readonly #now: Clock
  #newMessages: Value[][] = []
  #newEvents: Value[][] = []
  /** Members whose marks moved, by room and user. */
  readonly #marked = new Map<string, { roomId: RoomId; userId: UserId }>()

  constructor(cache: RoomCache, rooms: MysqlRooms, messages: MysqlMessages, now: Clock) {
    this.#cache = cache
    this.#rooms = rooms
    this.#messages = messages
    this.#now = now
  }

  /** Answers at once where the room is remembered and only words are posted. */
  append(
    connection: Connection,
    appId: AppId,
    roomId: RoomId,
    decide: Decide,
    by: Author,
  ): Appended | Promise<Appended> {
    const cached = this.#cache.get(roomId)
    if (cached?.room.appId !== appId || by.clientKey !== undefined)
      return this.#appendSlowly(connection, appId, roomId, decide, by)
    const changes = decide(cached)
    if (changes.every(({ type }) => type === 'post')) return this.#take(cached, changes, [], by)
    return this.#appendRest(connection, cached, changes, by)
  }

  async mark(
    connection: Connection,
    appId: AppId,
    roomId: RoomId,
    userId: UserId,
    which: 'read' | 'delivered',
    toId: number,
  ): Promise<{ room: Room; fromId: number; toId: number } | null> {
    const cached = await this.#rooms.load(connection, appId, roomId)
    const before = cached?.members.get(userId)
    if (!cached || !before) return null
    const { member, beforeId, id } = marked(before, which, toId, cached.room.lastId, this.#now())
    cached.members.set(userId, member)
    this.#marked.set(`${roomId} ${userId}`, { roomId, userId })
    // Its marks are in memory alone until the batch ends.
    this.#cache.touch(cached)
    return id > beforeId ? { room: cached.room, fromId: beforeId + 1, toId: id } : null
  }

  /** Writes what waits, the rooms' own rows too. */
  async finish(connection: Database): Promise<void> {
    await this.flush(connection)
    const rooms = [...this.#cache.touched()].map(({ room }) => room)
    for (let at = 0; at < rooms.length; at += maxRows) await writeRooms(connection, rooms.slice(at, at + maxRows))
  }

  async flush(database: Database): Promise<void> {
    const [messages, events] = [this.#newMessages, this.#newEvents]
    this.#newMessages = []
    this.#newEvents = []
    await insert(database, 'messages', messageColumns, messages)
    await insert(database, 'events', eventColumns, events)
    if (this.#marked.size > 0) await this.#writeMarks(database)
  }

  /** The batch was undone. */
  forget(): void {
    this.#newMessages = []
    this.#newEvents = []
    this.#marked.clear()
  }

  async #appendSlowly(
    connection: Connection,
    appId: AppId,
    roomId: RoomId,
    decide: Decide,
    by: Author,
  ): Promise<Appended> {
    const cached = await this.#rooms.load(connection, appId, roomId)
    if (!cached) throw new ChatError('not_found', 'there is no such room')
    if (by.clientKey !== undefined) {
      await this.flush(connection)
      const repeated = await this.#messages.findByClientKey(connection, roomId, by.actorId, by.clientKey)
      if (repeated) return { room: cached.room, events: [posted(appId, repeated)], repeated: true }
    }
    return this.#appendRest(connection, cached, decide(cached), by)
  }

  async #appendRest(
    connection: Connection,
    cached: CachedRoom,
    changes: readonly Change[],
    by: Author,
  ): Promise<Appended> {
    // All refusals come before the first write: the changes of one decision happen together or not at all.
    const targets: (Message | null)[] = []
    for (const change of changes) targets.push(await this.#target(connection, cached.room.id, change))
    const appended = this.#take(cached, changes, targets, by)
    for (const event of appended.events) await this.#write(connection, event)
    return appended
  }

  async #target(connection: Connection, roomId: RoomId, change: Change): Promise<Message | null> {
    if (change.type !== 'edit' && change.type !== 'delete') return null
    await this.flush(connection)
    const message = await this.#messages.find(connection, roomId, change.messageId)
    if (!message || message.deletedAt !== null) throw new ChatError('not_found', 'there is no such message')
    return message
  }

  #take(cached: CachedRoom, changes: readonly Change[], targets: readonly (Message | null)[], by: Author): Appended {
    if (changes.length === 0) return { room: cached.room, events: [] }
    if (cached.room.lastSeq + changes.length > maxId) throw new ChatError('conflict', 'this room is full')
    const at = this.#now()
    const events = changes.map((change, index) => {
      const event = stamp(cached, change, { actorId: by.actorId, origin: by.origin, at }, targets[index] ?? null)
      cached.room = fold(cached.room, cached, event)
      if (event.type === 'message_posted') this.#newMessages.push(messageRow(event.message, by.clientKey ?? null))
      else this.#newEvents.push(eventRow(event, cached.room))
      return event
    })
    if (by.marksActor && by.actorId !== null) this.#markAll(cached, by.actorId, at)
    this.#cache.touch(cached)
    return { room: cached.room, events }
  }

  #markAll({ room, members }: CachedRoom, userId: UserId, at: number): void {
    const member = members.get(userId)
    if (!member) return
    const { id: roomId, lastId } = room
    members.set(userId, caughtUp(member, lastId, at))
    this.#marked.set(`${roomId} ${userId}`, { roomId, userId })
  }

  /** What an event changes beside its own row. */
  async #write(connection: Connection, event: RoomEvent): Promise<void> {
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

  async #join(connection: Connection, roomId: RoomId, userId: UserId, role: string, at: number): Promise<void> {
    await run(connection, `INSERT IGNORE INTO members (room_id, user_id, role, joined_at) VALUES ${places(1, 4)}`, [
      roomId,
      userId,
      role,
      at,
    ])
  }

  async #leave(connection: Connection, roomId: RoomId, userId: UserId): Promise<void> {
    // A mark that waits would make it a member again.
    this.#marked.delete(`${roomId} ${userId}`)
    await run(connection, 'DELETE FROM members WHERE room_id = ? AND user_id = ?', [roomId, userId])
  }

  async #writeMarks(database: Database): Promise<void> {
    const rows: Value[][] = []
    for (const { roomId, userId } of this.#marked.values()) {
      const member = this.#cache.get(roomId)?.members.get(userId)
      if (!member) continue
      const { role, readId, readAt, deliveredId, deliveredAt, joinedAt } = member
      rows.push([roomId, userId, role, readId, readAt, deliveredId, deliveredAt, joinedAt])
    }
    this.#marked.clear()
    const columns = 'room_id, user_id, role, read_id, read_at, delivered_id, delivered_at, joined_at'
    const updates = ['read_id', 'read_at', 'delivered_id', 'delivered_at'].map((name) => `${name} = VALUES(${name})`)
    await insert(database, 'members', columns, rows, ` ON DUPLICATE KEY UPDATE ${updates.join(', ')}`)
  }
}

function messageRow(message: Message, clientKey: string | null): Value[] {
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
  ]
}

function eventRow(event: RoomEvent, { lastId }: Room): Value[] {
  const { roomId, seq, type, actorId, at, appId: _appId, origin: _origin, ...more } = event
  const body = 'message' in more ? { messageId: more.message.id } : more
  return [roomId, seq, lastId, type, actorId, JSON.stringify(body), at]
}

async function insert(
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
    await run(database, `INSERT INTO ${table} (${columns}) VALUES ${values}${suffix}`, some.flat())
  }
}

/** Each is there already: the insert is only a form in which one statement can say different things of many rows. */
async function writeRooms(database: Database, rooms: readonly Room[]): Promise<void> {
  const columns = ['id', 'app_id', '`key`', 'kind', 'created_at', ...roomColumns]
  const updates = roomColumns.map((name) => `${name} = VALUES(${name})`).join(', ')
  await run(
    database,
    `INSERT INTO rooms (${columns.join(', ')}) VALUES ${places(rooms.length, columns.length)} ON DUPLICATE KEY UPDATE ${updates}`,
    rooms.flatMap(roomRow),
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
