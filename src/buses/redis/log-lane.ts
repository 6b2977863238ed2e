import type { Redis } from 'ioredis'
import { LogAppends, type AppendOutcome } from './log-appends.ts'
import type { LogPartition } from './log-partition.ts'
import { isElsewhere, LogReader } from './log-reader.ts'
import type { RedisConnections } from './redis-connection.ts'

export interface LogLaneOptions {
  readonly connections: RedisConnections
  readonly partitions: readonly LogPartition[]
  /** It may be that something can be appended now. */
  readonly changed: () => void
  readonly failed: (partition: LogPartition, error: unknown) => void
  /** Of what is appended. */
  readonly outcome: AppendOutcome
}

const maxBlockMs = 1000

/** The two connections to what serves some partitions: all of them, or in a cluster one. */
export class LogLane {
  readonly client: Redis
  readonly reader: LogReader
  readonly appends: LogAppends
  readonly partitions: readonly LogPartition[]
  /** The number of the process at the other end of `client`; empty when that isn't known. */
  process = ''
  readonly #options: LogLaneOptions

  constructor(options: LogLaneOptions) {
    const { connections, partitions, changed, failed, outcome } = options
    const [first] = partitions as readonly [LogPartition]
    this.#options = options
    this.partitions = partitions
    this.client = connections.commandAt(first.keys.log)
    this.reader = new LogReader({
      client: connections.blocking(first.keys.log),
      commands: this.client,
      partitions,
      blockMs: Math.min(maxBlockMs, connections.silenceMs / 2),
      redial: (reading) => connections.redial(reading),
      checked: changed,
      failed: (error) => failed(first, error),
    })
    this.appends = new LogAppends({
      client: this.client,
      isOpen: (partition) => this.isOpen(partition),
      sendNow: () => connections.sendNow(this.client),
      outcome,
    })
    this.client.on('ready', () => void this.#meet())
    this.client.on('close', () => (this.process = ''))
  }

  /** Whether this node may decide what comes next in it. */
  isOpen(partition: LogPartition): boolean {
    if (!partition.isCaughtUp || partition.process !== this.process) return false
    return this.reader.silentMs < 2 * this.#options.connections.silenceMs
  }

  /** A command was refused: if by a server that others have replaced, that one is looked for. */
  refused(error: unknown): void {
    if (isElsewhere(error)) this.#options.connections.redial(this.client)
  }

  /** Something may have been lost without anyone being told. */
  look(): void {
    for (const partition of this.partitions) partition.suspect()
    this.reader.nudge()
    // One of the two is connected to a server that the other one has left.
    const isApart = this.partitions.some((partition) => partition.isCaughtUp && partition.process !== this.process)
    if (!isApart || this.process === '') return
    this.reader.redial()
    this.#options.connections.redial(this.client)
  }

  disconnect(): void {
    this.reader.disconnect()
    this.client.disconnect()
  }

  /** Asks who is at the other end, before anything is appended there. */
  async #meet(): Promise<void> {
    const { connections, partitions, changed, failed } = this.#options
    const { stream } = this.client
    try {
      const info = await this.client.info('server')
      if (this.client.stream !== stream) return
      this.process = /run_id:(\w+)/.exec(info)?.[1] ?? 'unknown'
      changed()
    } catch (error) {
      if (this.client.stream === stream) connections.redial(this.client)
      failed(partitions[0] as LogPartition, error)
    }
  }
}
