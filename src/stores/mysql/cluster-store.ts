import { randomBytes } from 'node:crypto'
import type { Pool } from 'mysql2/promise'
import type { Delivery } from '../../core/event.ts'
import type { AppId, Room, RoomId, UserId } from '../../core/model.ts'
import type { Nodes } from '../../core/nodes.ts'
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
import type { RoomLog } from '../../core/room-log.ts'
import type { CommitWatch } from '../commit-watch.ts'
import { uidsIn } from './cluster/bring.ts'
import { Bringer } from './cluster/bringer.ts'
import { ClusterMessages } from './cluster/cluster-messages.ts'
import { ClusterRooms } from './cluster/cluster-rooms.ts'
import { Follower } from './cluster/follower.ts'
import { KnownRooms } from './cluster/known-rooms.ts'
import { Marks } from './cluster/marks.ts'
import { RoomAppends } from './cluster/room-appends.ts'
import { endOf, type Step } from './cluster/step.ts'
import { UnsettledEntries } from './cluster/unsettled.ts'
import { endPool, openNodeWriter, openPool, prepareDatabase, shortReasonOf } from './database.ts'
import { MysqlDocuments } from './documents.ts'
import { MysqlErrands } from './errands.ts'
import { GroupCommit } from './group-commit.ts'
import { MysqlMessages } from './messages.ts'
import { lastAppendOf } from './room-statements.ts'
import { firstOf, run } from './statement.ts'
import { MysqlUsers } from './users.ts'

export interface ClusterStoreOptions {
  /** `mysql://user:password@host:port/database` */
  readonly url: string
  readonly roomLog: RoomLog
  readonly nodes: Nodes
  /** Hears of every step that concerns rooms remembered or wanted here, in their order. Must not throw. */
  readonly told: (delivery: Delivery) => void
  /** Whether somebody on this node listens to the room, or to all of the app's. */
  readonly isWanted: (appId: AppId, roomId: RoomId) => boolean
  readonly ack: 'stored' | 'accepted'
  readonly log: Log
  readonly now: Clock
  /** How many rooms are remembered between uses, at about 1 KiB each. */
  readonly cachedRooms?: number
  /** How long senders wait while the database or Redis is away, before they are told to try again. Default 10 s. */
  readonly patienceMs?: number
  readonly watch?: CommitWatch
  /** Hears what the opening waits for, in words that strangers may read; null when that is over. */
  readonly waits?: (what: string | null) => void
}

const tickMs = 250
/** Batches of nodes that are long gone. */
const staleMs = 24 * 3_600_000
const topic = 'rooms'
const markTopic = 'marks'

/**
 * The store of several nodes on one MySQL 8 or MariaDB 10.11 and newer. What happens in rooms is ordered by the log that the nodes
 * have in common, which brings it to everyone, and is brought to the database in batches. All else is written to the
 * database at once; its unique keys settle who was first.
 */
export class ClusterStore implements Store {
  readonly users: UserStore
  readonly rooms: RoomStore
  readonly messages: MessageStore
  readonly documents: DocumentStore
  readonly errands: ErrandStore
  readonly #options: ClusterStoreOptions
  readonly #pool: Pool
  readonly #commits: GroupCommit
  readonly #known: KnownRooms
  readonly #appends: RoomAppends
  readonly #marks: Marks
  readonly #bringer: Bringer
  readonly #follower: Follower
  readonly #unsettled: UnsettledEntries
  /** Names the steps of this process. */
  readonly #tag = randomBytes(9).toString('base64url').replaceAll('_', '-')
  #steps = 0
  readonly #patienceMs: number
  #ticker: NodeJS.Timeout | null = null

  /** Waits for the database and for the log. Rejects with a `DatabaseError` when the database is there and can't serve. */
  static async open(options: ClusterStoreOptions): Promise<ClusterStore> {
    await prepareDatabase(options.url, options.log, options.waits)
    const store = new ClusterStore(options)
    try {
      await store.#commits.open()
      await store.#start()
    } catch (error) {
      await store.close()
      throw error
    }
    return store
  }

  private constructor(options: ClusterStoreOptions) {
    this.#options = options
    this.#patienceMs = options.patienceMs ?? 10_000
    const { url, roomLog, nodes, ack, log, now, cachedRooms = 10_000, watch } = options
    const patienceMs = this.#patienceMs
    this.#pool = openPool(url, log)
    this.#commits = new GroupCommit({
      connect: () => openNodeWriter(url),
      writer: `node ${this.#tag}`,
      shared: true,
      log,
      beforeCommit: async () => {},
      committed: () => {},
      undone: () => {},
      patienceMs,
      ...(watch && { watch }),
    })
    this.#unsettled = new UnsettledEntries(roomLog.partitions)
    const messages = new MysqlMessages(this.#pool)
    this.#known = new KnownRooms({
      pool: this.#pool,
      maxRooms: cachedRooms,
      unsettled: this.#unsettled,
      happened: (step, room) => this.#happened(step, room),
      log,
    })
    this.#appends = new RoomAppends({
      rooms: this.#known,
      unsettled: this.#unsettled,
      messages,
      roomLog,
      newUid: () => `${this.#tag}-${(this.#steps++).toString(36)}`,
      ack,
      patienceMs,
      endInDatabase: (roomId) => this.#endInDatabase(roomId),
      keptOf: (steps) => uidsIn(this.#pool, steps),
      now,
      log,
    })
    this.#bringer = new Bringer({ unsettled: this.#unsettled, roomLog, commits: this.#commits, log })
    this.#follower = new Follower({
      pool: this.#pool,
      rooms: this.#known,
      unsettled: this.#unsettled,
      appends: this.#appends,
      bringer: this.#bringer,
      messages,
      roomLog,
      isOwn: (uid) => this.#isOwn(uid),
      told: options.told,
      isWanted: options.isWanted,
      log,
    })
    this.#marks = new Marks(this.#commits)
    this.users = new MysqlUsers(this.#pool, this.#commits, now)
    this.rooms = new ClusterRooms({
      pool: this.#pool,
      commits: this.#commits,
      rooms: this.#known,
      unsettled: this.#unsettled,
      now,
      changed: (id, isRemoved) => this.#changed(id, isRemoved),
    })
    this.messages = new ClusterMessages(messages, this.#unsettled)
    this.documents = new MysqlDocuments(this.#pool, this.#commits, now)
    this.errands = new MysqlErrands(this.#pool, this.#commits)
    nodes.hear(topic, (text) => this.#forget(text))
    nodes.hear(markTopic, (text) => this.#note(text))
    // Marks of others may have gone unheard.
    nodes.onGap(() => this.#known.forgetAll())
  }

  append(appId: AppId, roomId: RoomId, decide: Decide, by: Author): Append {
    return this.#appends.append(appId, roomId, decide, by)
  }

  async mark(
    appId: AppId,
    roomId: RoomId,
    userId: UserId,
    which: 'read' | 'delivered',
    toId: number,
  ): Promise<{ room: Room; fromId: number; toId: number } | null> {
    const known = await this.#known.load(appId, roomId)
    if (!known?.members.has(userId)) return null
    const at = this.#options.now()
    const wantedId = Math.min(Math.trunc(toId) || 0, known.room.lastId)
    const mark = { roomId, userId, which, toId: wantedId, at }
    let beforeId = await this.#marks.raise(mark)
    if (beforeId === null) {
      // It may have joined a moment ago.
      await this.#unsettled.settled(roomId, this.#patienceMs)
      beforeId = await this.#marks.raise(mark)
    }
    if (beforeId === null) return null
    const markedId = Math.max(beforeId, wantedId)
    this.#known.mark(roomId, userId, which, markedId, at)
    // Not every mark is announced, and those that didn't move never are.
    this.#options.nodes.tell(markTopic, [roomId, userId, which, markedId, at].join(' '))
    return wantedId > beforeId ? { room: known.room, fromId: beforeId + 1, toId: wantedId } : null
  }

  /**
   * To be asked of every signal before anybody hears it: false for one that is old news, because a later mark of the same
   * member was heard before it. Marks that others set are remembered by it.
   */
  isNews({ event }: Delivery): boolean {
    if (event.type === 'read_marked') return this.#known.mark(event.roomId, event.userId, 'read', event.toId, event.at)
    if (event.type !== 'delivered_marked') return true
    return this.#known.mark(event.roomId, event.userId, 'delivered', event.toId, event.at)
  }

  async check(): Promise<string | null> {
    this.#commits.probe()
    if (this.#commits.failure !== null) return this.#commits.failure
    if (this.#options.roomLog.failure !== null) return this.#options.roomLog.failure
    try {
      await this.#pool.query('SELECT 1')
      return null
    } catch (error) {
      return shortReasonOf(error)
    }
  }

  get waiting(): number {
    return this.#commits.waiting + this.#appends.waiting
  }

  /** For the metrics. */
  get counts(): {
    readonly unsettled: number
    readonly retried: number
    readonly dropped: number
    readonly voided: number
  } {
    const { voided } = this.#follower
    return { unsettled: this.#unsettled.size, retried: this.#appends.retried, dropped: this.#known.dropped, voided }
  }

  /** Waits for what its own senders wait for, then leaves the rest to the others. */
  async close(): Promise<void> {
    await this.#appends.close()
    if (this.#ticker) clearInterval(this.#ticker)
    await this.#bringer.close()
    this.#follower.close()
    this.#known.close()
    await this.#options.roomLog.close()
    await this.#commits.close()
    await endPool(this.#pool)
  }

  async #start(): Promise<void> {
    const { roomLog, waits = () => {} } = this.#options
    // Here, and not in the broom: senders wait for it.
    this.#ticker = setInterval(() => this.#tick(), tickMs).unref()
    await this.#commits.write((connection) =>
      run(connection, "DELETE FROM batches WHERE writer LIKE 'node %' AND at < ?", [Date.now() - staleMs]),
    )
    waits(roomLog.failure)
    await roomLog.follow(this.#follower)
    this.#follower.isLive = true
    waits(null)
  }

  #tick(): void {
    const now = performance.now()
    if (!this.#follower.isLive) this.#options.waits?.(this.#options.roomLog.failure)
    this.#appends.sweep(now)
    this.#unsettled.sweep(now)
    this.#follower.sweep(now)
    this.#bringer.look()
  }

  #happened(step: Step, room: Room): void {
    const isForeign = !this.#isOwn(step.uid)
    for (const event of step.events) this.#options.told(isForeign ? { event, room, foreign: true } : { event, room })
    if (!isForeign) this.#appends.read(step, room)
  }

  #isOwn(uid: string): boolean {
    return uid.startsWith(this.#tag)
  }

  #changed(id: RoomId, isRemoved: boolean): void {
    const known = this.#known.get(id)
    if (known && isRemoved)
      void this.#options.roomLog.forget(id, endOf(known.room.lastSeq, known.lastAppend)).catch(() => {})
    this.#known.forget(id)
    this.#options.nodes.tell(topic, String(id))
  }

  #forget(text: string): void {
    const id = Number(text)
    if (Number.isSafeInteger(id)) this.#known.forget(id as RoomId)
  }

  #note(text: string): void {
    const [room, user, which, ...numbers] = text.split(' ')
    const [roomId, userId, toId, at] = [room, user, ...numbers].map(Number)
    if (![roomId, userId, toId, at].every(Number.isSafeInteger)) return
    if (which === 'read' || which === 'delivered')
      this.#known.mark(roomId as RoomId, userId as UserId, which, toId as number, at as number)
  }

  async #endInDatabase(id: RoomId): Promise<string | null> {
    const row = await firstOf(this.#pool, 'SELECT last_seq, last_append FROM rooms WHERE id = ?', [id])
    return row && endOf(Number(row['last_seq']), lastAppendOf(row))
  }
}
