import { ChatError } from '../../core/errors.ts'
import type { RoomId } from '../../core/model.ts'
import type { Log } from '../../core/ports.ts'
import type { LogEntry, LogFollower, RoomLog, Settled } from '../../core/room-log.ts'
import type { AppendOutcome, LogAppend } from './log-appends.ts'
import { LogFailures } from './log-failures.ts'
import { LogLane } from './log-lane.ts'
import { LogPartition, type LogCounts } from './log-partition.ts'
import { forgetScript } from './log-scripts.ts'
import { LogSettling } from './log-settling.ts'
import type { RedisConnections } from './redis-connection.ts'
import { unreachable } from './redis-failure.ts'
import { WriterLeases } from './writer-leases.ts'

export interface RedisRoomLogOptions {
  /** Not closed with the log. */
  readonly connections: RedisConnections
  /** All nodes that serve together have the same, and no others. */
  readonly prefix: string
  readonly nodeId: string
  /** The ids of the nodes that are alive, this one's among them, in their order. */
  readonly nodes: () => readonly string[]
  readonly log: Log
  /** The same on all nodes for ever. Default 16. */
  readonly partitions?: number
  /** How many settled entries of a partition stay for nodes that lag. Default 2,000. */
  readonly keepEntries?: number
  /** Between two looks at everything. Default 1 s. */
  readonly tickMs?: number
  /** Until the writer of a partition is taken for dead. Default 4 s. */
  readonly leaseMs?: number
  /** How long an append waits for a log that is being read anew. Default 2 s. */
  readonly appendMs?: number
  /** How long an append took, in milliseconds. */
  readonly appended?: (forMs: number) => void
}

/** For metrics. */
export interface RoomLogCounts extends LogCounts {
  appended: number
  /** Because the room's end was another one. */
  refused: number
  failed: number
}

const beingRead = 'what is in Redis is being read'
const checkEveryTicks = 5
const maxWaiting = 10_000
const maxTimedMs = 10_000

/**
 * The order of rooms in Redis. Each partition is a stream; a script compares and appends in one step.
 *
 * **Why nothing is decided upon a past that isn't.** A partition has an epoch, named after the process that serves it, and an append
 * says in which epoch it was decided.
 * - A Redis that was restarted, or replaced by its replica, is another process. Whatever the data say that it came up with (all, an
 *   older state, nothing, an epoch's name included), a node appends over a connection only if the process at its other end is
 *   the one of the epoch that the node is in. It learns the process by asking on each new connection, before anything else;
 *   and it gets into the epoch of a new process only by the check of its reader (log-scripts.ts), which begins a new epoch
 *   wherever the one in Redis is another process's. The first of many nodes to check does it, in one step; the others find it.
 * - Data that are lost while the process lives (flushed, evicted, loaded from elsewhere) take the epoch with them, and then every
 *   append is refused; or they leave it, and then the last entry that some node read is not there any more, or is another one:
 *   the check of that node, at the latest some seconds later, begins a new epoch. What others append in between follows upon what
 *   Redis has, and the store refuses what doesn't follow upon what it has: there may be voids, but no second truth.
 * - A node that finds itself in another epoch forgets what it knows (`lost`), reads all that isn't settled, and appends nothing before
 *   it has. Rooms' ends in Redis are an epoch's, so none is waited for that only the past had; where there is none yet, an append
 *   must go on from what was read last of the room, and of a room of which nothing was, from what the store has.
 * - Numbers of entries go up by one. A node that was stopped or cut off for so long that entries were trimmed before it read them sees
 *   the gap, and knows that it must forget.
 * - A master that was cut off from its replicas, and goes on serving nodes that were cut off with it, is a second truth while that lasts.
 *   The store decides entry by entry which continues it; when the network is whole again the others' are void.
 */
export class RedisRoomLog implements RoomLog {
  readonly partitions: number
  readonly #options: Required<RedisRoomLogOptions>
  readonly #parts: readonly LogPartition[]
  /** One for all partitions, or in a cluster one for each. */
  readonly #lanes: readonly LogLane[]
  readonly #leases: WriterLeases
  readonly #timer: NodeJS.Timeout
  readonly #counts = { appended: 0, refused: 0, failed: 0 }
  readonly #failures: LogFailures
  readonly #settling: LogSettling
  #follower: LogFollower | null = null
  #isFollowing = false
  /** Who waits for a partition to be whole. */
  #waiting: (() => void)[] = []
  #ticks = 0
  #isTicking = false
  #closed = false
  /** One append at a time is timed until it is read. */
  #timed: { readonly uid: string; readonly sentAt: number } | null = null
  /** How long the last one of this node's appends that was looked at took until this node read it. Null when there was none. */
  lagMs: number | null = null

  constructor(options: RedisRoomLogOptions) {
    const times = { tickMs: 1000, leaseMs: 4000, appendMs: 2000 }
    this.#options = { partitions: 16, keepEntries: 2000, ...times, appended: () => {}, ...options }
    const { connections, nodeId, nodes, log, tickMs, leaseMs, keepEntries } = this.#options
    this.partitions = this.#options.partitions
    this.#failures = new LogFailures(log)
    this.#parts = Array.from({ length: this.partitions }, (_, index) => this.#partition(index))
    const changed = (): void => this.#wake()
    const shares = connections.isCluster ? this.#parts.map((part) => [part]) : [this.#parts]
    const outcome = this.#outcome
    this.#lanes = shares.map(
      (parts) => new LogLane({ connections, partitions: parts, changed, failed: this.#note, outcome }),
    )
    const failed = this.#failed
    const laneOf = (index: number): LogLane => this.#lane(index)
    this.#settling = new LogSettling({ nodeId, keepEntries, laneOf, failed })
    this.#leases = new WriterLeases({ nodeId, nodes, partitions: this.#parts, laneOf, leaseMs, failed })
    this.#timer = setInterval(() => void this.#tick(), tickMs).unref()
  }

  partitionOf(roomId: RoomId): number {
    return roomId % this.partitions
  }

  append(
    roomId: RoomId,
    before: string,
    after: string,
    entries: readonly LogEntry[],
  ): Promise<{ readonly end: string }> {
    const askedAt = performance.now()
    const part = this.#part(this.partitionOf(roomId))
    const { turn } = part
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly end: string }>()
    const wanted = { part, roomId, before, after, entries, askedAt, turn, resolve, reject }
    const lane = this.#lane(part.index)
    if (lane.isOpen(part)) this.#take(lane, wanted)
    else this.#opened(lane, part).then(() => this.#take(lane, wanted), reject)
    return promise
  }

  async follow(follower: LogFollower): Promise<void> {
    this.#follower = {
      read: (partition, entries) => {
        if (this.#timed) this.#time(this.#timed, entries)
        follower.read(partition, entries)
      },
      settled: (partition, settled) => follower.settled(partition, settled),
      lost: (partition) => follower.lost(partition),
    }
    for (const { reader } of this.#lanes) reader.start()
    while (!this.#closed && !this.#parts.every((part) => this.#lane(part.index).isOpen(part))) await this.#changed()
    this.#isFollowing = true
  }

  brings(partition: number): boolean {
    return this.#leases.isHeld(partition)
  }

  settle(partition: number, settled: Settled): void {
    this.#settling.settle(this.#part(partition), settled)
    try {
      this.#follower?.settled(partition, settled)
    } catch (error) {
      this.#options.log.error({ error }, 'what is settled could not be handled')
    }
  }

  async forget(roomId: RoomId, end: string): Promise<void> {
    const part = this.#part(this.partitionOf(roomId))
    if (part.ends.get(roomId) === end) part.ends.delete(roomId)
    await forgetScript.run(this.#lane(part.index).client, [part.endKey(roomId)], [end])
  }

  get failure(): string | null {
    const closed = this.#parts.find((part) => !this.#lane(part.index).isOpen(part))
    if (!closed) return this.#failures.of()
    return this.#failures.of(closed.index) ?? (this.#lane(closed.index).process === '' ? unreachable : beingRead)
  }

  get counts(): RoomLogCounts {
    const sum = (name: keyof LogCounts): number => this.#parts.reduce((total, { counts }) => total + counts[name], 0)
    return { ...this.#counts, read: sum('read'), dropped: sum('dropped'), losses: sum('losses') }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    for (const { reader } of this.#lanes) reader.close()
    for (const part of this.#parts) part.close()
    await this.#leases.close()
    for (const lane of this.#lanes) lane.disconnect()
    this.#wake()
  }

  #partition(index: number): LogPartition {
    const { prefix, nodeId, log } = this.#options
    return new LogPartition({
      index,
      prefix,
      nodeId,
      follower: () => this.#follower,
      changed: () => {
        this.#lane(index).reader.nudge()
        this.#wake()
      },
      freed: (partition) => void this.#leases.freed(partition),
      failed: (error, message) => log.error({ error, partition: index }, message),
    })
  }

  #part(index: number): LogPartition {
    return this.#parts[index] as LogPartition
  }

  #lane(index: number): LogLane {
    return (this.#lanes[index] ?? this.#lanes[0]) as LogLane
  }

  #take(lane: LogLane, wanted: Omit<LogAppend, 'epoch'>): void {
    const { part, roomId, before, entries, askedAt, resolve } = wanted
    const known = part.ends.get(roomId)
    if (known !== undefined && known !== before) {
      this.#counts.refused++
      resolve({ end: known })
      return
    }
    if (!this.#timed || askedAt - this.#timed.sentAt > maxTimedMs) {
      this.#timed = { uid: entries[0]?.uid ?? '', sentAt: askedAt }
    }
    lane.appends.add({ ...wanted, epoch: part.epoch })
  }

  /** Rejects when the room may be another one than the one that was decided upon. */
  async #opened(lane: LogLane, part: LogPartition): Promise<void> {
    const { turn } = part
    const until = performance.now() + this.#options.appendMs
    while (!lane.isOpen(part)) {
      const leftMs = until - performance.now()
      if (leftMs <= 0 || this.#closed || this.#waiting.length > maxWaiting) throw unavailable()
      await this.#changed(leftMs)
    }
    if (part.turn !== turn) throw unavailable()
  }

  /** Something is otherwise, or so much time is over. */
  #changed(withinMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #time(timed: { readonly uid: string; readonly sentAt: number }, entries: readonly LogEntry[]): void {
    for (const { uid } of entries) {
      if (uid !== timed.uid) continue
      this.lagMs = performance.now() - timed.sentAt
      this.#timed = null
    }
  }

  async #tick(): Promise<void> {
    if (this.#isTicking || this.#closed) return
    this.#isTicking = true
    this.#ticks++
    try {
      if (this.#follower && this.#ticks % checkEveryTicks === 0) for (const lane of this.#lanes) lane.look()
      this.#settling.retry()
      // A node that doesn't know yet what is in the log can't bring it anywhere.
      const leases = this.#isFollowing ? this.#leases.tick() : null
      await Promise.all([leases, ...this.#failures.partitions().map((index) => this.#probe(this.#part(index)))])
    } finally {
      this.#isTicking = false
    }
  }

  /** Writes something that is gone at once, to see whether it can be written. */
  async #probe(part: LogPartition): Promise<void> {
    try {
      await this.#lane(part.index).client.set(part.keys.probe, '1', 'PX', 1000)
      this.#failures.mended(part.index)
    } catch (error) {
      this.#failed(part, error)
    }
  }

  readonly #outcome: AppendOutcome = {
    answered: (append, end) => {
      const { part, roomId, after, askedAt } = append
      if (end === null) {
        part.suspect()
        this.#lane(part.index).reader.nudge()
        this.#counts.failed++
        append.reject(unavailable())
        return
      }
      // Redis knows it now.
      if (part.epoch === append.epoch) part.ends.delete(roomId)
      if (this.#failures.size > 0) this.#failures.mended(part.index)
      if (end === after) this.#counts.appended++
      else this.#counts.refused++
      this.#options.appended(performance.now() - askedAt)
      append.resolve({ end })
    },
    failed: ({ part, reject }, error) => {
      this.#counts.failed++
      this.#failed(part, error)
      reject(unavailable())
    },
  }

  readonly #failed = (part: LogPartition, error: unknown): void => {
    this.#lane(part.index).refused(error)
    this.#note(part, error)
  }

  readonly #note = (part: LogPartition, error: unknown): void => {
    if (!this.#closed) this.#failures.failed(part.index, error)
  }
}

function unavailable(): ChatError {
  return new ChatError('unavailable', 'the server can not take this now, try again soon')
}
