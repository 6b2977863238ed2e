import { ChatError } from '../../core/errors.ts'
import type { AppId, Message, Room, RoomId, UserId } from '../../core/model.ts'
import type { Appended, Author, Clock, Decide } from '../../core/ports.ts'
import { fold, stamp, type Change } from '../../core/room.ts'
import { caughtUp, marked } from '../marks.ts'
import type { CachedRoom, RoomCache } from '../room-cache.ts'
import { posted } from '../rows.ts'
import { AppendRows, insert, writeRooms } from './append-rows.ts'
import { maxId, type MysqlMessages } from './messages.ts'
import type { MysqlRooms, Unwritten } from './rooms.ts'
import type { Database, Value } from './statement.ts'

/**
 * Decisions become rows. Messages, events and rooms are written many at a time, at the end of the batch or before a
 * statement that needs them there.
 */
export class MysqlAppends implements Unwritten {
  readonly #cache: RoomCache
  readonly #rooms: MysqlRooms
  readonly #messages: MysqlMessages
  readonly #now: Clock
  // A mark that waits would make who left a member again.
  readonly #rows = new AppendRows((roomId, userId) => this.#marked.delete(`${roomId} ${userId}`))
  /** Members whose marks moved, by room and user. */
  readonly #marked = new Map<string, { roomId: RoomId; userId: UserId }>()

  constructor(cache: RoomCache, rooms: MysqlRooms, messages: MysqlMessages, now: Clock) {
    this.#cache = cache
    this.#rooms = rooms
    this.#messages = messages
    this.#now = now
  }

  /** Answers at once where the room is remembered and only words are posted. */
  append(connection: Database, appId: AppId, roomId: RoomId, decide: Decide, by: Author): Appended | Promise<Appended> {
    const cached = this.#cache.get(roomId)
    if (cached?.room.appId !== appId || by.clientKey !== undefined)
      return this.#appendSlowly(connection, appId, roomId, decide, by)
    const changes = decide(cached)
    if (changes.every(({ type }) => type === 'post')) return this.#take(cached, changes, [], by)
    return this.#appendRest(connection, cached, changes, by)
  }

  async mark(
    connection: Database,
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
    await writeRooms(
      connection,
      [...this.#cache.touched()].map(({ room }) => room),
    )
  }

  async flush(database: Database): Promise<void> {
    await this.#rows.flush(database)
    if (this.#marked.size > 0) await this.#writeMarks(database)
  }

  /** The batch was undone. */
  forget(): void {
    this.#rows.forget()
    this.#marked.clear()
  }

  async #appendSlowly(
    connection: Database,
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
    connection: Database,
    cached: CachedRoom,
    changes: readonly Change[],
    by: Author,
  ): Promise<Appended> {
    // All refusals come before the first write: the changes of one decision happen together or not at all.
    const targets: (Message | null)[] = []
    for (const change of changes) targets.push(await this.#target(connection, cached.room.id, change))
    const appended = this.#take(cached, changes, targets, by)
    for (const event of appended.events) await this.#rows.write(connection, event)
    return appended
  }

  async #target(connection: Database, roomId: RoomId, change: Change): Promise<Message | null> {
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
      this.#rows.add(event, cached.room, by.clientKey ?? null, null)
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
