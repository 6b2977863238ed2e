import type { Pool } from 'mysql2/promise'
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
import type { CommitWatch } from '../commit-watch.ts'
import { RoomCache } from '../room-cache.ts'
import { MysqlAppends } from './appends.ts'
import { endPool, openPool, openWriter, prepareDatabase, shortReasonOf } from './database.ts'
import { MysqlDocuments } from './documents.ts'
import { MysqlErrands } from './errands.ts'
import { GroupCommit } from './group-commit.ts'
import { MysqlMessages } from './messages.ts'
import { MysqlRooms } from './rooms.ts'
import { MysqlUsers } from './users.ts'

export interface MysqlStoreOptions {
  /** `mysql://user:password@host:port/database` */
  readonly url: string
  readonly log: Log
  readonly now: Clock
  /** How many rooms are remembered between uses, at about 1 KiB each. */
  readonly cachedRooms?: number
  /** How long a write waits for a server that went away. Default 10 s. */
  readonly patienceMs?: number
  /** Take the database for this process alone, as a server must. A command that only looks after users needn't. Default true. */
  readonly alone?: boolean
  readonly watch?: CommitWatch
  /** Hears what the opening waits for, see `prepareDatabase`. */
  readonly waits?: (what: string | null) => void
}

/** The store of a single node on MySQL 8 or MariaDB 10.11 and newer: a database that only this process writes. */
export class MysqlStore implements Store {
  readonly users: UserStore
  readonly rooms: RoomStore
  readonly messages: MessageStore
  readonly documents: DocumentStore
  readonly errands: ErrandStore
  readonly #pool: Pool
  readonly #commits: GroupCommit
  readonly #appends: MysqlAppends

  /** Waits for the server. Rejects with a `DatabaseError` when it is there and can't serve. */
  static async open(options: MysqlStoreOptions): Promise<MysqlStore> {
    await prepareDatabase(options.url, options.log, options.waits)
    const store = new MysqlStore(options)
    try {
      await store.#commits.open()
    } catch (error) {
      await store.close()
      throw error
    }
    return store
  }

  private constructor({ url, log, now, cachedRooms = 10_000, patienceMs, alone = true, watch }: MysqlStoreOptions) {
    const cache = new RoomCache(cachedRooms)
    const writer = alone ? 'server' : 'command'
    this.#pool = openPool(url, log)
    this.#commits = new GroupCommit({
      connect: () => openWriter(url, writer),
      writer,
      log,
      beforeCommit: (connection) => this.#appends.finish(connection),
      committed: () => {
        cache.settle()
        rooms.turned()
      },
      undone: () => {
        cache.clear()
        rooms.turned()
        this.#appends.forget()
      },
      ...(patienceMs !== undefined && { patienceMs }),
      ...(watch && { watch }),
    })
    const rooms = new MysqlRooms(this.#pool, this.#commits, cache, now, () => this.#appends)
    const messages = new MysqlMessages(this.#pool)
    this.#appends = new MysqlAppends(cache, rooms, messages, now)
    this.users = new MysqlUsers(this.#pool, this.#commits, now)
    this.rooms = rooms
    this.messages = messages
    this.documents = new MysqlDocuments(this.#pool, this.#commits, now)
    this.errands = new MysqlErrands(this.#pool, this.#commits)
  }

  append(appId: AppId, roomId: RoomId, decide: Decide, by: Author): Append {
    const durable = this.#commits.write((connection) => this.#appends.append(connection, appId, roomId, decide, by))
    return { ordered: durable, durable }
  }

  mark(
    appId: AppId,
    roomId: RoomId,
    userId: UserId,
    which: 'read' | 'delivered',
    toId: number,
  ): Promise<{ room: Room; fromId: number; toId: number } | null> {
    return this.#commits.write((connection) => this.#appends.mark(connection, appId, roomId, userId, which, toId))
  }

  async check(): Promise<string | null> {
    this.#commits.probe()
    if (this.#commits.failure !== null) return this.#commits.failure
    try {
      // Nobody may have written since the server went away.
      await this.#pool.query('SELECT 1')
      return null
    } catch (error) {
      return shortReasonOf(error)
    }
  }

  get waiting(): number {
    return this.#commits.waiting
  }

  async close(): Promise<void> {
    await this.#commits.close()
    await endPool(this.#pool)
  }
}
