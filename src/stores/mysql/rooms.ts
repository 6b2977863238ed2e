import type { Pool } from 'mysql2/promise'
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
import type { CachedRoom, RoomCache } from '../room-cache.ts'
import { toBan, toCount, toMember, toRoom } from '../rows.ts'
import type { GroupCommit } from './group-commit.ts'
import { roomFilter } from './room-filter.ts'
import { firstOf, places, rowsOf, run, type Database, type Row } from './statement.ts'

const orders = {
  updated: 'updated_at DESC, id DESC',
  waiting: 'episode_waiting_since, id',
  pinned: 'pinned_at IS NULL, pinned_at DESC, updated_at DESC, id DESC',
}

/** What the batch that is being written has yet to say to the database. */
export interface Unwritten {
  flush(database: Database): Promise<void>
}

export class MysqlRooms implements RoomStore {
  readonly #pool: Pool
  readonly #commits: GroupCommit
  readonly #cache: RoomCache
  readonly #now: Clock
  readonly #unwritten: () => Unwritten
  /** Counts what was committed or undone: a room that was read meanwhile is read again. */
  #turn = 0
  /** Removed by the batch that is being written: others can still read them. */
  readonly #removed = new Set<RoomId>()

  constructor(pool: Pool, commits: GroupCommit, cache: RoomCache, now: Clock, unwritten: () => Unwritten) {
    this.#pool = pool
    this.#commits = commits
    this.#cache = cache
    this.#now = now
    this.#unwritten = unwritten
  }

  /** The batch was committed, or undone. */
  turned(): void {
    this.#turn++
    for (const id of this.#removed) this.#cache.delete(id)
    this.#removed.clear()
  }

  async ensure(draft: RoomDraft): Promise<{ room: Room; created: boolean }> {
    const known = await this.#known(this.#pool, draft.appId, draft.key)
    if (known) return { room: known, created: false }
    return this.#commits.write(async (connection) => {
      const room = await this.#known(connection, draft.appId, draft.key)
      return room ? { room, created: false } : { room: await this.#add(connection, draft), created: true }
    })
  }

  async byId(appId: AppId, id: RoomId): Promise<Room | null> {
    return (await this.load(this.#pool, appId, id))?.room ?? null
  }

  byKey(appId: AppId, key: string): Promise<Room | null> {
    return this.#known(this.#pool, appId, key)
  }

  withMembers(appId: AppId, id: RoomId): Promise<Roomful | null> {
    return this.load(this.#pool, appId, id)
  }

  async find(query: RoomQuery): Promise<RoomPage> {
    const { where, values } = roomFilter(query)
    const order = orders[query.order ?? 'updated']
    const [rows, count] = await Promise.all([
      rowsOf(this.#pool, `SELECT * FROM rooms WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`, [
        ...values,
        toCount(query.limit),
        toCount(query.offset ?? 0),
      ]),
      firstOf(
        this.#pool,
        `SELECT count(*) AS total FROM (SELECT 1 FROM rooms WHERE ${where} LIMIT 10000) AS found`,
        values,
      ),
    ])
    return { rooms: rows.map(toRoom), total: Number(count?.['total']) }
  }

  async counts(
    appId: AppId,
    kind: RoomKind,
    agentId: UserId | null,
  ): Promise<{ byState: Record<RoomState, number>; held: number }> {
    const byState = Object.fromEntries(roomStates.map((state) => [state, 0])) as Record<RoomState, number>
    const rows = await rowsOf(
      this.#pool,
      'SELECT state, count(*) AS total FROM rooms WHERE app_id = ? AND kind = ? GROUP BY state',
      [appId, kind],
    )
    for (const row of rows) byState[row['state'] as RoomState] = Number(row['total'])
    if (agentId === null) return { byState, held: 0 }
    const held = await firstOf(
      this.#pool,
      `SELECT count(*) AS total FROM rooms WHERE assignee_id = ? AND app_id = ? AND kind = ? AND state = 'active'`,
      [agentId, appId, kind],
    )
    return { byState, held: Number(held?.['total']) }
  }

  async unread(id: RoomId, userId: UserId, audience: Audience): Promise<number> {
    if (!Number.isSafeInteger(id)) return 0
    const row = await firstOf(this.#pool, 'SELECT app_id FROM rooms WHERE id = ?', [id])
    if (!row) return 0
    const readId = (await this.load(this.#pool, row['app_id'] as AppId, id))?.members.get(userId)?.readId ?? 0
    const count = await firstOf(
      this.#pool,
      `SELECT count(*) AS total FROM (SELECT 1 FROM messages WHERE room_id = ? AND id > ? AND sender_id IS NOT NULL
        AND sender_id <> ? AND staff <= ? AND deleted_at IS NULL LIMIT 1000) AS unread`,
      [id, readId, userId, audience === 'staff' ? 1 : 0],
    )
    return Number(count?.['total'])
  }

  remove(appId: AppId, id: RoomId): Promise<boolean> {
    return this.#commits.write(async (connection) => {
      if (!(await this.load(connection, appId, id))) return false
      await this.#empty(connection, id)
      for (const table of ['members', 'bans']) await run(connection, `DELETE FROM ${table} WHERE room_id = ?`, [id])
      await run(connection, 'DELETE FROM rooms WHERE id = ?', [id])
      this.#cache.delete(id)
      this.#removed.add(id)
      return true
    })
  }

  clear(appId: AppId, id: RoomId, closedTo: number): Promise<boolean> {
    return this.#commits.write(async (connection) => {
      const cached = await this.load(connection, appId, id)
      if (cached?.room.state !== 'closed' || (cached.room.closedAt ?? Infinity) > closedTo) return false
      await this.#empty(connection, id)
      cached.room = { ...cached.room, lastMessage: null }
      this.#cache.touch(cached)
      return true
    })
  }

  /** From memory, else from the database. Null for another app's. */
  async load(database: Database, appId: AppId, id: RoomId): Promise<CachedRoom | null> {
    if (this.#removed.has(id)) return null
    const cached = this.#cache.get(id) ?? (await this.#read(database, id))
    return cached?.room.appId === appId ? cached : null
  }

  async #read(database: Database, id: RoomId): Promise<CachedRoom | null> {
    if (!Number.isSafeInteger(id)) return null
    for (;;) {
      const turn = this.#turn
      const row = await firstOf(database, 'SELECT * FROM rooms WHERE id = ?', [id])
      if (!row) return this.#cache.get(id) ?? null
      const members = await rowsOf(database, 'SELECT * FROM members WHERE room_id = ?', [id])
      const bans = await rowsOf(database, 'SELECT * FROM bans WHERE room_id = ?', [id])
      const known = this.#cache.get(id)
      if (known) return known
      if (turn !== this.#turn) continue
      const cached = {
        room: toRoom(row),
        members: new Map(members.map(toMember).map((member) => [member.userId, member])),
        bans: new Map(bans.map(toBan).map((ban) => [ban.userId, ban])),
      }
      this.#cache.set(id, cached)
      return cached
    }
  }

  async #empty(connection: Database, id: RoomId): Promise<void> {
    // What the batch has yet to write would come after the removal.
    await this.#unwritten().flush(connection)
    for (const table of ['messages', 'events', 'errands'])
      await run(connection, `DELETE FROM ${table} WHERE room_id = ?`, [id])
  }

  async #known(database: Database, appId: AppId, key: string): Promise<Room | null> {
    const row = await firstOf(database, 'SELECT id FROM rooms WHERE app_id = ? AND `key` = ?', [appId, key])
    // What memory holds may be ahead of the row within a batch.
    return row ? ((await this.load(database, appId, row['id'] as RoomId))?.room ?? null) : null
  }

  async #add(connection: Database, draft: RoomDraft): Promise<Room> {
    const { appId, key, kind, name, state, ownerId } = draft
    const now = this.#now()
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
}
