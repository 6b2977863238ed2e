import type { DatabaseSync } from 'node:sqlite'
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
import type { Clock, RoomDraft, RoomPage, RoomQuery, RoomStore } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import type { GroupCommit } from './group-commit.ts'
import type { CachedRoom, RoomCache } from '../room-cache.ts'
import { roomFilter } from './room-filter.ts'
import { toBan, toCount, toMember, toRoom, type Row } from '../rows.ts'

const orders = {
  updated: 'updated_at DESC, id DESC',
  waiting: 'episode_waiting_since, id',
  pinned: 'pinned_at IS NULL, pinned_at DESC, updated_at DESC, id DESC',
}

export class SqliteRooms implements RoomStore {
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #cache: RoomCache
  readonly #now: Clock
  readonly #insert
  readonly #insertMember
  readonly #byId
  readonly #byKey
  readonly #members
  readonly #bans
  readonly #counts
  readonly #held
  readonly #unread
  readonly #removals
  readonly #clearings
  readonly #forgetLast

  constructor(database: DatabaseSync, commits: GroupCommit, cache: RoomCache, now: Clock) {
    this.#database = database
    this.#commits = commits
    this.#cache = cache
    this.#now = now
    this.#insert =
      database.prepare(`INSERT INTO rooms (app_id, key, kind, name, state, owner_id, parent_id, open, meta, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?10, ?10) RETURNING *`)
    this.#insertMember = database.prepare(
      'INSERT OR IGNORE INTO members (room_id, user_id, role, joined_at) VALUES (?, ?, ?, ?)',
    )
    this.#byId = database.prepare('SELECT * FROM rooms WHERE id = ?')
    this.#byKey = database.prepare('SELECT * FROM rooms WHERE app_id = ? AND key = ?')
    this.#members = database.prepare('SELECT * FROM members WHERE room_id = ?')
    this.#bans = database.prepare('SELECT * FROM bans WHERE room_id = ?')
    this.#counts = database.prepare(
      'SELECT state, count(*) AS total FROM rooms WHERE app_id = ? AND kind = ? GROUP BY state',
    )
    // The pluses as in room-filter.ts.
    this.#held = database.prepare(
      `SELECT count(*) AS total FROM rooms WHERE assignee_id = ? AND +app_id = ? AND +kind = ? AND +state = 'active'`,
    )
    const ofRoom = 'pk >= (?1 << 32) AND pk <= (?1 << 32 | 4294967295)'
    this.#clearings = [`messages WHERE ${ofRoom}`, `events WHERE ${ofRoom}`, 'errands WHERE room_id = ?'].map((rows) =>
      database.prepare(`DELETE FROM ${rows}`),
    )
    this.#forgetLast = database.prepare(
      'UPDATE rooms SET last_type = NULL, last_preview = NULL, last_sender_id = NULL, last_at = NULL WHERE id = ?',
    )
    this.#removals = ['members WHERE room_id', 'bans WHERE room_id', 'rooms WHERE id'].map((where) =>
      database.prepare(`DELETE FROM ${where} = ?`),
    )
    this.#unread = database.prepare(`SELECT count(*) AS total FROM (SELECT 1 FROM messages
      WHERE pk > (?1 << 32 | ?2) AND pk <= (?1 << 32 | 4294967295) AND sender_id IS NOT NULL AND sender_id <> ?3 AND staff <= ?4 AND deleted_at IS NULL LIMIT 1000)`)
  }

  async ensure(draft: RoomDraft): Promise<{ room: Room; created: boolean }> {
    const known = this.#known(draft.appId, draft.key)
    if (known) return { room: known, created: false }
    return this.#commits.write(() => {
      const room = this.#known(draft.appId, draft.key)
      return room ? { room, created: false } : { room: this.#add(draft), created: true }
    })
  }

  async byId(appId: AppId, id: RoomId): Promise<Room | null> {
    return this.load(appId, id)?.room ?? null
  }

  async byKey(appId: AppId, key: string): Promise<Room | null> {
    return this.#known(appId, key)
  }

  async withMembers(appId: AppId, id: RoomId): Promise<Roomful | null> {
    return this.load(appId, id)
  }

  async find(query: RoomQuery): Promise<RoomPage> {
    const { where, values } = roomFilter(query)
    const order = orders[query.order ?? 'updated']
    const rows = this.#database
      .prepare(`SELECT * FROM rooms WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(...values, toCount(query.limit), toCount(query.offset ?? 0))
    const total = this.#database
      .prepare(`SELECT count(*) AS total FROM (SELECT 1 FROM rooms WHERE ${where} LIMIT 10000)`)
      .get(...values)?.['total']
    return { rooms: rows.map(toRoom), total: Number(total) }
  }

  async counts(
    appId: AppId,
    kind: RoomKind,
    agentId: UserId | null,
  ): Promise<{ byState: Record<RoomState, number>; held: number }> {
    const byState = Object.fromEntries(roomStates.map((state) => [state, 0])) as Record<RoomState, number>
    for (const row of this.#counts.all(appId, kind)) byState[row['state'] as RoomState] = Number(row['total'])
    const held = agentId === null ? 0 : Number(this.#held.get(agentId, appId, kind)?.['total'])
    return { byState, held }
  }

  async unread(id: RoomId, userId: UserId, audience: Audience): Promise<number> {
    const row = this.#byId.get(id)
    if (!row) return 0
    const readId = this.load(row['app_id'] as AppId, id)?.members.get(userId)?.readId ?? 0
    return Number(this.#unread.get(id, readId, userId, audience === 'staff' ? 1 : 0)?.['total'])
  }

  remove(appId: AppId, id: RoomId): Promise<boolean> {
    return this.#commits.write(() => {
      if (!this.load(appId, id)) return false
      for (const statement of [...this.#clearings, ...this.#removals]) statement.run(id)
      this.#cache.delete(id)
      return true
    })
  }

  clear(appId: AppId, id: RoomId, closedTo: number): Promise<boolean> {
    return this.#commits.write(() => {
      const cached = this.load(appId, id)
      if (cached?.room.state !== 'closed' || (cached.room.closedAt ?? Infinity) > closedTo) return false
      for (const statement of this.#clearings) statement.run(id)
      this.#forgetLast.run(id)
      cached.room = { ...cached.room, lastMessage: null }
      return true
    })
  }

  /** From memory, else from the file. Null for another app's. */
  load(appId: AppId, id: RoomId): CachedRoom | null {
    let cached = this.#cache.get(id)
    if (!cached) {
      const row = this.#byId.get(id)
      if (!row) return null
      cached = {
        room: toRoom(row),
        members: new Map(
          this.#members
            .all(id)
            .map(toMember)
            .map((member) => [member.userId, member]),
        ),
        bans: new Map(
          this.#bans
            .all(id)
            .map(toBan)
            .map((ban) => [ban.userId, ban]),
        ),
      }
      this.#cache.set(id, cached)
    }
    return cached.room.appId === appId ? cached : null
  }

  #known(appId: AppId, key: string): Room | null {
    const row = this.#byKey.get(appId, key)
    // What memory holds may be ahead of the row within a batch.
    return row ? (this.load(appId, row['id'] as RoomId)?.room ?? null) : null
  }

  #add(draft: RoomDraft): Room {
    const { appId, key, kind, name, state, ownerId, members } = draft
    const more = [draft.parentId ?? null, draft.open ? 1 : 0, JSON.stringify(draft.meta ?? {}), this.#now()] as const
    const row = this.#insert.get(appId, key, kind, name, state, ownerId, ...more) as Row
    for (const { userId, role } of members) this.#insertMember.run(row['id'] as number, userId, role, this.#now())
    return toRoom(row)
  }
}
