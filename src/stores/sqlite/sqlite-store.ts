import type { DatabaseSync } from 'node:sqlite'
import type { AppId, Room, RoomId, UserId } from '../../core/model.ts'
import type {
  Append,
  Author,
  Clock,
  Decide,
  DocumentStore,
  ErrandStore,
  Log,
  MessageStore,
  RoomStore,
  Store,
  UserStore,
} from '../../core/ports.ts'
import { SqliteAppends } from './appends.ts'
import { lockStore, openDatabase, StoreFileError } from './database.ts'
import { SqliteDocuments } from './documents.ts'
import { SqliteErrands } from './errands.ts'
import { GroupCommit } from './group-commit.ts'
import { SqliteMessages } from './messages.ts'
import type { CommitWatch } from '../commit-watch.ts'
import { RoomCache } from '../room-cache.ts'
import { SqliteRooms } from './rooms.ts'
import { SqliteUsers } from './users.ts'

export interface SqliteStoreOptions {
  /** The database file, or `:memory:`. */
  readonly path: string
  readonly log: Log
  readonly now: Clock
  /** How many rooms are remembered between uses, at about 1 KiB each. */
  readonly cachedRooms?: number
  /** Take the file for this process alone, as a server must. A command that only looks after users needn't. */
  readonly alone?: boolean
  readonly watch?: CommitWatch
}

/** The store of a single node: one SQLite file, written only by this process. */
export class SqliteStore implements Store {
  readonly users: UserStore
  readonly rooms: RoomStore
  readonly messages: MessageStore
  readonly documents: DocumentStore
  readonly errands: ErrandStore
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #appends: SqliteAppends
  readonly #unlock: () => void

  /** Throws a `StoreFileError` when the file can't serve. */
  constructor({ path, log, now, cachedRooms = 10_000, alone = path !== ':memory:', watch }: SqliteStoreOptions) {
    this.#unlock = alone ? lockStore(path) : () => {}
    try {
      this.#database = openDatabase(path, alone)
    } catch (error) {
      this.#unlock()
      throw error
    }
    try {
      const cache = new RoomCache(cachedRooms)
      const hooks = { beforeCommit: () => this.#appends.writeRooms(), undone: () => cache.clear() }
      this.#commits = new GroupCommit(this.#database, log, hooks, watch)
      const rooms = new SqliteRooms(this.#database, this.#commits, cache, now)
      const messages = new SqliteMessages(this.#database)
      this.#appends = new SqliteAppends(this.#database, cache, rooms, messages, now)
      this.users = new SqliteUsers(this.#database, this.#commits, now)
      this.rooms = rooms
      this.messages = messages
      this.documents = new SqliteDocuments(this.#database, this.#commits, now)
      this.errands = new SqliteErrands(this.#database, this.#commits)
    } catch (error) {
      this.#database.close()
      this.#unlock()
      throw new StoreFileError(
        `the store ${path} lacks a table or a column (${String(error)}); restore it from a backup`,
        { cause: error },
      )
    }
  }

  append(appId: AppId, roomId: RoomId, decide: Decide, by: Author): Append {
    const durable = this.#commits.write(() => this.#appends.append(appId, roomId, decide, by))
    return { ordered: durable, durable }
  }

  mark(
    appId: AppId,
    roomId: RoomId,
    userId: UserId,
    which: 'read' | 'delivered',
    toId: number,
  ): Promise<{ room: Room; fromId: number; toId: number } | null> {
    return this.#commits.write(() => this.#appends.mark(appId, roomId, userId, which, toId))
  }

  async check(): Promise<string | null> {
    const { failure } = this.#commits
    this.#commits.probe()
    return failure
  }

  get waiting(): number {
    return this.#commits.waiting
  }

  async close(): Promise<void> {
    this.#commits.close()
    this.#database.close()
    this.#unlock()
  }
}
