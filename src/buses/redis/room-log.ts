import type { Redis } from 'ioredis'
import { ChatError } from '../../core/errors.ts'
import type { RoomId } from '../../core/model.ts'
import type { Log } from '../../core/ports.ts'
import type { LogEntry, LogFollower, RoomLog, Settled } from '../../core/room-log.ts'
import { LogPartition, settledText, type LogCounts } from './log-partition.ts'
import { isElsewhere, LogReader } from './log-reader.ts'
import { appendScript, settleScript } from './log-scripts.ts'
import type { RedisConnections } from './redis-connection.ts'
import { failureOf, unreachable } from './redis-failure.ts'
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
  /** How many settled entries of a partition stay for nodes that lag. Default 10,000. */
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

/** A connection for commands, and what serves there. */
interface Lane {
  readonly client: Redis
  readonly reader: LogReader
  readonly partitions: readonly LogPartition[]
  /** The number of the process at the other end; empty when that isn't known. */
  process: string
}

const endTtlS = 24 * 60 * 60
const checkEveryTicks = 5
const maxUntold = 200
const maxWaiting = 10_000
const maxTimedMs = 10_000
const maxBlockMs = 1000

/**
 * The order of rooms in Redis. Each partition is a stream; an append is one script, which compares and appends in one step.
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
 *   it has. Rooms' ends are an epoch's, so none is waited for that only the past had.
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
  readonly #lanes: readonly Lane[]
  readonly #leases: WriterLeases
  readonly #timer: NodeJS.Timeout
  readonly #counts = { appended: 0, refused: 0, failed: 0 }
  /** What is wrong with a partition, as the last command there was answered. */
  readonly #failures = new Map<number, string>()
  /** What Redis could not be told yet. */
  readonly #untold = new Map<number, Settled[]>()
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
    this.#options = { partitions: 16, keepEntries: 10_000, ...times, appended: () => {}, ...options }
    const { nodeId, nodes, tickMs, leaseMs } = this.#options
    this.partitions = this.#options.partitions
    this.#parts = Array.from({ length: this.partitions }, (_, index) => this.#partition(index))
    this.#lanes = this.#options.connections.isCluster
      ? this.#parts.map((part) => this.#open([part]))
      : [this.#open(this.#parts)]
    const commandsOf = (index: number): Redis => this.#lane(index).client
    this.#leases = new WriterLeases({
      nodeId,
      nodes,
      partitions: this.#parts,
      commandsOf,
      leaseMs,
      failed: (index, error) => this.#failed(this.#part(index), error),
    })
    this.#timer = setInterval(() => void this.#tick(), tickMs).unref()
  }

  partitionOf(roomId: RoomId): number {
    return roomId % this.partitions
  }

  async append(
    roomId: RoomId,
    before: string,
    after: string,
    entries: readonly LogEntry[],
  ): Promise<{ readonly end: string }> {
    const sentAt = performance.now()
    const part = this.#part(this.partitionOf(roomId))
    if (!this.#isOpen(part)) await this.#opened(part)
    const args: (string | number)[] = [part.epoch, part.nextId, before, after, endTtlS]
    for (const { uid, roomId: entryRoomId, text } of entries) args.push(`${entryRoomId} ${uid}`, text)
    if (!this.#timed || sentAt - this.#timed.sentAt > maxTimedMs) this.#timed = { uid: after, sentAt }
    const { epoch, log } = part.keys
    let end: unknown
    try {
      end = await appendScript.run(this.#lane(part.index).client, [epoch, log, part.endKey(roomId)], args)
    } catch (error) {
      this.#counts.failed++
      this.#failed(part, error)
      throw this.#unavailable()
    }
    if (typeof end !== 'string') {
      part.suspect()
      this.#lane(part.index).reader.nudge()
      this.#counts.failed++
      throw this.#unavailable()
    }
    if (this.#failures.size > 0) this.#mended(part)
    if (end === after) this.#counts.appended++
    else this.#counts.refused++
    this.#options.appended(performance.now() - sentAt)
    return { end }
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
    while (!this.#closed && !this.#parts.every((part) => this.#isOpen(part))) await this.#changed()
    this.#isFollowing = true
  }

  brings(partition: number): boolean {
    return this.#leases.isHeld(partition)
  }

  settle(partition: number, settled: Settled): void {
    const untold = this.#untold.get(partition) ?? []
    untold.push(settled)
    // Whoever waits for what is left out finds it in the store.
    if (untold.length > maxUntold) untold.shift()
    this.#untold.set(partition, untold)
    void this.#tell(partition)
    try {
      this.#follower?.settled(partition, settled)
    } catch (error) {
      this.#options.log.error({ error }, 'what is settled could not be handled')
    }
  }

  async forget(roomId: RoomId): Promise<void> {
    const part = this.#part(this.partitionOf(roomId))
    await this.#lane(part.index).client.del(part.endKey(roomId)).catch(ignore)
  }

  get failure(): string | null {
    const closed = this.#parts.find((part) => !this.#isOpen(part))
    if (!closed) return this.#failures.values().next().value ?? null
    const failure = this.#failures.get(closed.index)
    if (failure !== undefined) return failure
    return this.#lane(closed.index).process === '' ? 'Redis can not be reached' : 'what is in Redis is being read'
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
    for (const { reader, client } of this.#lanes) {
      reader.disconnect()
      client.disconnect()
    }
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

  #open(partitions: readonly LogPartition[]): Lane {
    const key = partitions[0]?.keys.log ?? ''
    const { connections } = this.#options
    const client = connections.commandAt(key)
    const reader = new LogReader({
      client: connections.blocking(key),
      commands: client,
      partitions,
      blockMs: Math.min(maxBlockMs, connections.silenceMs / 2),
      redial: (reading) => connections.redial(reading),
      checked: () => this.#wake(),
      failed: (error) => this.#note(partitions[0] as LogPartition, error),
    })
    const lane: Lane = { client, reader, partitions, process: '' }
    client.on('ready', () => void this.#meet(lane))
    client.on('close', () => (lane.process = ''))
    return lane
  }

  /** Asks who is at the other end, before anything is appended there. */
  async #meet(lane: Lane): Promise<void> {
    const { stream } = lane.client
    try {
      const info = await lane.client.info('server')
      if (lane.client.stream !== stream) return
      lane.process = /run_id:(\w+)/.exec(info)?.[1] ?? 'unknown'
      this.#wake()
    } catch (error) {
      if (lane.client.stream === stream) this.#options.connections.redial(lane.client)
      this.#failed(lane.partitions[0] as LogPartition, error)
    }
  }

  #part(index: number): LogPartition {
    return this.#parts[index] as LogPartition
  }

  #lane(index: number): Lane {
    return (this.#lanes[index] ?? this.#lanes[0]) as Lane
  }

  /** Whether this node may decide what comes next in it. */
  #isOpen(part: LogPartition): boolean {
    const lane = this.#lane(part.index)
    return (
      part.isCaughtUp && part.process === lane.process && lane.reader.silentMs < 2 * this.#options.connections.silenceMs
    )
  }

  async #opened(part: LogPartition): Promise<void> {
    const until = performance.now() + this.#options.appendMs
    while (!this.#isOpen(part)) {
      const leftMs = until - performance.now()
      if (leftMs <= 0 || this.#closed || this.#waiting.length > maxWaiting) throw this.#unavailable()
      await this.#changed(leftMs)
    }
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
    if (this.#follower && this.#ticks % checkEveryTicks === 0) this.#look()
    for (const index of this.#untold.keys()) void this.#tell(index)
    // A node that doesn't know yet what is in the log can't bring it anywhere.
    const leases = this.#isFollowing ? this.#leases.tick() : null
    await Promise.all([leases, ...this.#failures.keys().map((index) => this.#probe(this.#part(index)))])
    this.#isTicking = false
  }

  /** Something may have been lost without anyone being told. */
  #look(): void {
    for (const lane of this.#lanes) {
      for (const part of lane.partitions) part.suspect()
      lane.reader.nudge()
      // One of the two is connected to a server that the other one has left.
      const isApart = lane.partitions.some((part) => part.isCaughtUp && part.process !== lane.process)
      if (!isApart || lane.process === '') continue
      lane.reader.redial()
      this.#options.connections.redial(lane.client)
    }
  }

  /** Writes something that is gone at once, to see whether it can be written. */
  async #probe(part: LogPartition): Promise<void> {
    try {
      await this.#lane(part.index).client.set(part.keys.probe, '1', 'PX', 1000)
      this.#mended(part)
    } catch (error) {
      this.#failed(part, error)
    }
  }

  async #tell(index: number): Promise<void> {
    const part = this.#part(index)
    const lane = this.#lane(index)
    // Later: the epoch to say it in is not known.
    if (lane.process === '' || part.process !== lane.process) return
    const untold = this.#untold.get(index) ?? []
    this.#untold.delete(index)
    const { epoch, log, settled: settledKey } = part.keys
    await Promise.all(
      untold.map(async (settled) => {
        const args = [part.epoch, settled.upTo, this.#options.keepEntries, settledText(this.#options.nodeId, settled)]
        try {
          const told = await settleScript.run(lane.client, [epoch, log, settledKey], args)
          if (told === 1) return
        } catch (error) {
          this.#failed(part, error)
        }
        const again = this.#untold.get(index) ?? []
        if (again.length < maxUntold) again.push(settled)
        this.#untold.set(index, again)
      }),
    )
  }

  #failed(part: LogPartition, error: unknown): void {
    if (isElsewhere(error)) this.#options.connections.redial(this.#lane(part.index).client)
    this.#note(part, error)
  }

  #note(part: LogPartition, error: unknown): void {
    // That there is no connection is told by the connections.
    const failure = failureOf(error)
    if (this.#closed || failure === unreachable) return
    if (this.#failures.size === 0) {
      this.#options.log.error(
        { failure, error },
        'the log in Redis can not be written, and senders are told to try again',
      )
    }
    this.#failures.set(part.index, failure)
  }

  #mended(part: LogPartition): void {
    if (!this.#failures.delete(part.index) || this.#failures.size > 0) return
    this.#options.log.info({}, 'the log in Redis can be written again')
  }

  #unavailable(): ChatError {
    return new ChatError('unavailable', 'the server can not take this now, try again soon')
  }
}

function ignore(): void {
  // It goes by itself.
}
