import type { RoomEvent } from '../../core/event.ts'
import type { AppId, Message, RoomId, UserId } from '../../core/model.ts'
import type { MessageQuery, MessageStore } from '../../core/ports.ts'
import { likePattern, messageIdIn, posted, toCount, toEvent, toMessage } from '../rows.ts'
import { contains } from './room-filter.ts'
import { firstOf, rowsOf, type Database, type Row } from './statement.ts'

const columns = `messages.room_id, messages.id, seq, sender_id, users.name AS sender_name, users.role AS sender_role,
  type, body, detail, staff, episode_id, messages.meta, messages.created_at, messages.updated_at, deleted_at`
const source = 'FROM messages LEFT JOIN users ON users.id = sender_id'

/** As in the SQLite store, whose keys have 32 bits for an id: what is a number of a message in one is one in the other. */
export const maxId = 0xffff_fffe

export class MysqlMessages implements MessageStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  byId(roomId: RoomId, id: number): Promise<Message | null> {
    return this.find(this.#database, roomId, id)
  }

  /** On the connection of a batch it finds what the batch has written. */
  async find(database: Database, roomId: RoomId, id: number): Promise<Message | null> {
    if (!isIn(roomId) || !isIn(id) || id > maxId) return null
    const row = await firstOf(database, `SELECT ${columns} ${source} WHERE messages.room_id = ? AND messages.id = ?`, [
      roomId,
      id,
    ])
    return row && toMessage(row)
  }

  async findByClientKey(
    database: Database,
    roomId: RoomId,
    senderId: UserId | null,
    clientKey: string,
  ): Promise<Message | null> {
    const where = 'messages.room_id = ? AND client_key = ? AND sender_id <=> ?'
    const row = await firstOf(database, `SELECT ${columns} ${source} WHERE ${where} LIMIT 1`, [
      roomId,
      clientKey,
      senderId,
    ])
    return row && toMessage(row)
  }

  /** Those that are there, by id. */
  async byIds(roomId: RoomId, ids: readonly number[]): Promise<Map<number, Message>> {
    const asked = ids.filter((id) => isIn(id) && id <= maxId)
    if (!isIn(roomId) || asked.length === 0) return new Map()
    const where = `messages.room_id = ? AND messages.id IN (${asked.map(() => '?').join(', ')})`
    const rows = await rowsOf(this.#database, `SELECT ${columns} ${source} WHERE ${where}`, [roomId, ...asked])
    return new Map(rows.map(toMessage).map((message) => [message.id, message]))
  }

  /** Those that were posted under one of the keys, by whomever. */
  async byClientKeys(
    roomId: RoomId,
    keys: readonly string[],
  ): Promise<{ readonly message: Message; readonly clientKey: string }[]> {
    if (!isIn(roomId) || keys.length === 0) return []
    const where = `messages.room_id = ? AND client_key IN (${keys.map(() => '?').join(', ')})`
    const rows = await rowsOf(this.#database, `SELECT ${columns}, client_key ${source} WHERE ${where}`, [
      roomId,
      ...keys,
    ])
    return rows.map((row) => ({ message: toMessage(row), clientKey: row['client_key'] as string }))
  }

  async page(roomId: RoomId, query: MessageQuery): Promise<Message[]> {
    if (!isIn(roomId)) return []
    const where = ['messages.room_id = ?', 'messages.id > ?', 'messages.id < ?', 'staff <= ?']
    const values = [
      roomId as number,
      clamp(query.after ?? 0),
      clamp(query.before ?? maxId + 1),
      query.audience === 'staff' ? 1 : 0,
    ]
    const texts: string[] = []
    if (!query.deleted) where.push('deleted_at IS NULL')
    if (query.since !== undefined) {
      where.push('messages.created_at >= ?')
      values.push(query.since)
    }
    if (query.textLike !== undefined) {
      where.push(`body ${contains}`)
      texts.push(likePattern(query.textLike))
    }
    const direction = query.keep === 'newest' ? 'DESC' : 'ASC'
    const rows = await rowsOf(
      this.#database,
      `SELECT ${columns} ${source} WHERE ${where.join(' AND ')} ORDER BY messages.id ${direction} LIMIT ?`,
      [...values, ...texts, toCount(query.limit)],
    )
    const messages = rows.map(toMessage)
    return query.keep === 'newest' ? messages.reverse() : messages
  }

  async since(roomId: RoomId, seq: number, limit: number): Promise<RoomEvent[] | null> {
    if (!isIn(roomId) || !Number.isInteger(seq) || seq < 0) return null
    const room = await firstOf(this.#database, 'SELECT app_id, last_id, last_seq FROM rooms WHERE id = ?', [roomId])
    const lastSeq = Number(room?.['last_seq'])
    if (!room || seq > lastSeq) return null
    const most = toCount(limit)
    const rows = await rowsOf(
      this.#database,
      'SELECT seq, last_id, type, actor_id, body, at FROM events WHERE room_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
      [roomId, seq, lastSeq, most],
    )
    // Until the next row of events, or the room's end, every seq is a message: id and seq run in step up to there.
    const [next] = rows
    const lastId = next
      ? Number(next['last_id']) - (Number(next['seq']) - 1 - seq)
      : Number(room['last_id']) - (lastSeq - seq)
    const appId = room['app_id'] as AppId
    const said = await rowsOf(
      this.#database,
      `SELECT ${columns} ${source} WHERE messages.room_id = ? AND messages.id > ? AND seq <= ? ORDER BY messages.id LIMIT ?`,
      [roomId, lastId, lastSeq, most],
    )
    const events = await Promise.all(rows.map((row) => this.#toEvent(appId, roomId, row)))
    const messages = said.map((row) => posted(appId, toMessage(row)))
    const merged = [...events, ...messages].sort((a, b) => a.seq - b.seq).slice(0, most)
    // Something was removed for good since: say so instead of skipping it.
    const isWhole =
      merged.length === Math.min(most, lastSeq - seq) && merged.every((event, index) => event.seq === seq + 1 + index)
    return isWhole ? merged : null
  }

  async #toEvent(appId: AppId, roomId: RoomId, row: Row): Promise<RoomEvent> {
    const messageId = messageIdIn(row)
    return toEvent(appId, roomId, row, messageId === null ? null : await this.byId(roomId, messageId))
  }
}

function isIn(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0
}

function clamp(id: number): number {
  return Math.min(maxId + 1, Math.max(0, Math.trunc(id) || 0))
}
