import type { DatabaseSync } from 'node:sqlite'
import type { RoomEvent } from '../../core/event.ts'
import type { AppId, Message, RoomId, UserId } from '../../core/model.ts'
import type { MessageQuery, MessageStore } from '../../core/ports.ts'
import { likePattern, messageIdIn, posted, toCount, toEvent, toMessage } from '../rows.ts'

const columns = `pk >> 32 AS room_id, pk & 4294967295 AS id, seq, sender_id, users.name AS sender_name, users.role AS sender_role,
  type, body, detail, staff, episode_id, messages.meta, messages.created_at, messages.updated_at, deleted_at`
const source = 'FROM messages LEFT JOIN users ON users.id = sender_id'

/** Ids and seqs have 32 bits of the key, and this one closes every range. What a client sends beyond names no message. */
export const maxId = 0xffff_fffe
// Rooms have 31 bits of the key. A larger number would be shifted around into somebody else's room.
const maxRoomId = 0x7fff_ffff

export class SqliteMessages implements MessageStore {
  readonly #byId
  readonly #byClientKey
  readonly #newest
  readonly #oldest
  readonly #eventsAfter
  readonly #messagesAfter
  readonly #room

  constructor(database: DatabaseSync) {
    this.#byId = database.prepare(`SELECT ${columns} ${source} WHERE pk = (? << 32 | ?)`)
    this.#byClientKey = database.prepare(
      `SELECT ${columns} ${source} WHERE pk >> 32 = ? AND sender_id IS ? AND client_key = ?`,
    )
    // One statement per direction serves every filter: the primary key bounds the range, the rest is looked at row by row.
    const page = (direction: 'ASC' | 'DESC') =>
      database.prepare(`SELECT ${columns} ${source} WHERE pk > (?1 << 32 | ?2) AND pk < (?1 << 32 | ?3)
        AND staff <= ?4 AND (deleted_at IS NULL OR ?5) AND messages.created_at >= ?6 AND (?7 IS NULL OR body LIKE ?7 ESCAPE '\\')
        ORDER BY pk ${direction} LIMIT ?8`)
    this.#newest = page('DESC')
    this.#oldest = page('ASC')
    this.#eventsAfter = database.prepare(
      'SELECT pk & 4294967295 AS seq, last_id, type, actor_id, body, at FROM events WHERE pk > (?1 << 32 | ?2) AND pk <= (?1 << 32 | 4294967295) ORDER BY pk LIMIT ?3',
    )
    this.#messagesAfter = database.prepare(
      `SELECT ${columns} ${source} WHERE pk > (?1 << 32 | ?2) AND pk <= (?1 << 32 | 4294967295) ORDER BY pk LIMIT ?3`,
    )
    this.#room = database.prepare('SELECT app_id, last_id, last_seq FROM rooms WHERE id = ?')
  }

  async byId(roomId: RoomId, id: number): Promise<Message | null> {
    return this.find(roomId, id)
  }

  find(roomId: RoomId, id: number): Message | null {
    if (!isIn(roomId, maxRoomId) || !isIn(id, maxId)) return null
    const row = this.#byId.get(roomId, id)
    return row ? toMessage(row) : null
  }

  findByClientKey(roomId: RoomId, senderId: UserId | null, clientKey: string): Message | null {
    const row = this.#byClientKey.get(roomId, senderId, clientKey)
    return row ? toMessage(row) : null
  }

  async page(roomId: RoomId, query: MessageQuery): Promise<Message[]> {
    if (!isIn(roomId, maxRoomId)) return []
    const after = clamp(query.after ?? 0)
    const before = clamp(query.before ?? maxId + 1)
    const statement = query.keep === 'newest' ? this.#newest : this.#oldest
    const like = query.textLike === undefined ? null : likePattern(query.textLike)
    const rows = statement.all(
      roomId,
      after,
      before,
      query.audience === 'staff' ? 1 : 0,
      query.deleted ? 1 : 0,
      query.since ?? 0,
      like,
      toCount(query.limit),
    )
    const messages = rows.map(toMessage)
    return query.keep === 'newest' ? messages.reverse() : messages
  }

  async since(roomId: RoomId, seq: number, limit: number): Promise<RoomEvent[] | null> {
    const room = this.#room.get(roomId)
    const lastSeq = Number(room?.['last_seq'])
    if (!room || !Number.isInteger(seq) || seq < 0 || seq > lastSeq) return null
    const most = toCount(limit)
    const rows = this.#eventsAfter.all(roomId, seq, most)
    // Until the next row of events, or the room's end, every seq is a message: id and seq run in step up to there.
    const [next] = rows
    const lastId = next
      ? Number(next['last_id']) - (Number(next['seq']) - 1 - seq)
      : Number(room['last_id']) - (lastSeq - seq)
    const appId = room['app_id'] as AppId
    const events = rows.map((row) => {
      const messageId = messageIdIn(row)
      return toEvent(appId, roomId, row, messageId === null ? null : this.find(roomId, messageId))
    })
    const messages = this.#messagesAfter.all(roomId, lastId, most).map((row) => posted(appId, toMessage(row)))
    const merged = [...events, ...messages].sort((a, b) => a.seq - b.seq).slice(0, most)
    // Something was removed for good since: say so instead of skipping it.
    const isWhole =
      merged.length === Math.min(most, lastSeq - seq) && merged.every((event, index) => event.seq === seq + 1 + index)
    return isWhole ? merged : null
  }
}

function isIn(id: number, max: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= max
}

function clamp(id: number): number {
  return Math.min(maxId + 1, Math.max(0, Math.trunc(id) || 0))
}
