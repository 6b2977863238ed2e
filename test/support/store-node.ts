import { setImmediate } from 'node:timers/promises'
import { ProcessNodes } from '../../src/buses/process-nodes.ts'
import { RedisConnections } from '../../src/buses/redis/redis-connection.ts'
import { RedisRoomLog } from '../../src/buses/redis/room-log.ts'
import type { RoomEvent } from '../../src/core/event.ts'
import type { AppId, Room, RoomId } from '../../src/core/model.ts'
import { ClusterStore } from '../../src/stores/mysql/cluster-store.ts'
import { house, post } from '../contract/desk.ts'
import { HeldLog } from './held-log.ts'
import { RecordedLog } from './recorded-log.ts'

const app = 'app' as AppId

export interface StoreNodeOptions {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly prefix: string
  /** The ids of all nodes, this one's among them. */
  readonly ids: readonly string[]
  readonly id: string
  readonly ack?: 'stored' | 'accepted'
  readonly patienceMs?: number
}

/** Nobody tells it anything, and it may have missed that. */
class DeafNodes extends ProcessNodes {
  readonly #gaps: (() => void)[] = []

  override onGap(listener?: () => void): void {
    if (listener) this.#gaps.push(listener)
  }

  gap(): void {
    for (const listener of this.#gaps) listener()
  }
}

/** The store of one of several nodes, with all that it tells. `await using` closes it. */
export class StoreNode implements AsyncDisposable {
  readonly store: ClusterStore
  readonly roomLog: RedisRoomLog
  /** Between the store and that. */
  readonly held: HeldLog
  readonly nodes: DeafNodes
  readonly log: RecordedLog
  readonly told: readonly RoomEvent[]
  readonly #connections: RedisConnections

  private constructor(
    store: ClusterStore,
    held: HeldLog,
    roomLog: RedisRoomLog,
    nodes: DeafNodes,
    connections: RedisConnections,
    log: RecordedLog,
    told: readonly RoomEvent[],
  ) {
    this.store = store
    this.#connections = connections
    this.held = held
    this.roomLog = roomLog
    this.nodes = nodes
    this.log = log
    this.told = told
  }

  static async start(options: StoreNodeOptions): Promise<StoreNode> {
    const { databaseUrl, redisUrl, prefix, id, ids, ack = 'stored', patienceMs = 10_000 } = options
    const log = new RecordedLog()
    const nodes = new DeafNodes({ url: '', version: '', settings: '', files: '', startedAt: 0 }, Date.now)
    const fast = { tickMs: 200, leaseMs: 1500, partitions: 4 }
    const connections = new RedisConnections({ url: redisUrl, name: id, log, silenceMs: 2000 })
    const roomLog = new RedisRoomLog({ connections, prefix, nodeId: id, nodes: () => ids, log, ...fast })
    const held = new HeldLog(roomLog)
    const told: RoomEvent[] = []
    const store = await ClusterStore.open({
      url: databaseUrl,
      roomLog: held,
      nodes,
      told: ({ event }) => 'seq' in event && told.push(event),
      isWanted: () => true,
      ack,
      patienceMs,
      log,
      now: Date.now,
    })
    return new StoreNode(store, held, roomLog, nodes, connections, log, told)
  }

  async room(key: string): Promise<Room> {
    const draft = { appId: app, key, kind: 'channel', name: '', state: 'active', ownerId: null, members: [] } as const
    return (await this.store.rooms.ensure(draft)).room
  }

  /** One whose entries this node brings to the database. */
  async ownRoom(): Promise<Room> {
    for (let n = 0; ; n++) {
      const room = await this.room(`${n}`)
      if (this.roomLog.brings(this.roomLog.partitionOf(room.id))) return room
      await setImmediate()
    }
  }

  /** Resolves once it is durable. */
  async say(roomId: RoomId, body: string): Promise<void> {
    await this.store.append(app, roomId, () => [post(null, body)], house).durable
  }

  /** The room's messages, which count up without gaps; those that were deleted are empty. */
  async bodies(roomId: RoomId): Promise<string[]> {
    const page = await this.store.messages.page(roomId, {
      audience: 'all',
      deleted: true,
      limit: 100_000,
      keep: 'oldest',
    })
    return page.map(({ id, body }, index) => (id === index + 1 ? body : `${id} where ${index + 1} should be`))
  }

  /** What it told of a room, as the store would say it. */
  heard(roomId: RoomId): string[] {
    return this.told.flatMap((event) =>
      event.roomId === roomId && event.type === 'message_posted' ? event.message.body : [],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
    this.#connections.close()
  }
}
