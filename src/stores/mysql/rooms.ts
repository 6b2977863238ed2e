import type { Pool } from 'mysql2/promise'
import type { AppId, Audience, Room, RoomId, RoomKind, RoomState, UserId } from '../../core/model.ts'
import type { Clock, RoomDraft, RoomPage, RoomQuery, RoomStore } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import type { CachedRoom, RoomCache } from '../room-cache.ts'
import type { GroupCommit } from './group-commit.ts'
import {
  addRoom,
  appOfRoom,
  countRooms,
  countUnread,
  emptyRoom,
  findRooms,
  idOfRoom,
  readRoom,
  removeRoom,
} from './room-statements.ts'
import type { Database } from './statement.ts'

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
      return room ? { room, created: false } : { room: await addRoom(connection, draft, this.#now()), created: true }
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

  find(query: RoomQuery): Promise<RoomPage> {
    return findRooms(this.#pool, query)
  }

  counts(
    appId: AppId,
    kind: RoomKind,
    agentId: UserId | null,
  ): Promise<{ byState: Record<RoomState, number>; held: number }> {
    return countRooms(this.#pool, appId, kind, agentId)
  }

  async unread(id: RoomId, userId: UserId, audience: Audience): Promise<number> {
    if (!Number.isSafeInteger(id)) return 0
    const appId = await appOfRoom(this.#pool, id)
    if (appId === null) return 0
    const readId = (await this.load(this.#pool, appId, id))?.members.get(userId)?.readId ?? 0
    return countUnread(this.#pool, id, userId, readId, audience)
  }

  remove(appId: AppId, id: RoomId): Promise<boolean> {
    return this.#commits.write(async (connection) => {
      if (!(await this.load(connection, appId, id))) return false
      await this.#empty(connection, id)
      await removeRoom(connection, id)
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
      const cached = await readRoom(database, id)
      const known = this.#cache.get(id)
      if (known || !cached) return known ?? null
      if (turn !== this.#turn) continue
      this.#cache.set(id, cached)
      return cached
    }
  }

  async #empty(connection: Database, id: RoomId): Promise<void> {
    // What the batch has yet to write would come after the removal.
    await this.#unwritten().flush(connection)
    await emptyRoom(connection, id)
  }

  async #known(database: Database, appId: AppId, key: string): Promise<Room | null> {
    const id = await idOfRoom(database, appId, key)
    // What memory holds may be ahead of the row within a batch.
    return id === null ? null : ((await this.load(database, appId, id))?.room ?? null)
  }
}
