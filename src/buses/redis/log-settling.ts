import type { Settled } from '../../core/room-log.ts'
import type { LogLane } from './log-lane.ts'
import { settledText, type LogPartition } from './log-partition.ts'
import { settleScript } from './log-scripts.ts'

export interface LogSettlingOptions {
  readonly nodeId: string
  readonly keepEntries: number
  readonly laneOf: (partition: number) => LogLane
  readonly failed: (partition: LogPartition, error: unknown) => void
}

const maxUntold = 200

/** Tells the other nodes, through a partition's log, what is settled of it: now, or as soon as that can be said. */
export class LogSettling {
  readonly #options: LogSettlingOptions
  /** What Redis could not be told yet. */
  readonly #untold = new Map<LogPartition, Settled[]>()

  constructor(options: LogSettlingOptions) {
    this.#options = options
  }

  settle(partition: LogPartition, settled: Settled): void {
    this.#keep(partition, settled)
    void this.#tell(partition)
  }

  retry(): void {
    for (const partition of this.#untold.keys()) void this.#tell(partition)
  }

  #keep(partition: LogPartition, settled: Settled): void {
    const untold = this.#untold.get(partition) ?? []
    untold.push(settled)
    // Whoever waits for what is left out finds it in the store.
    if (untold.length > maxUntold) untold.shift()
    this.#untold.set(partition, untold)
  }

  async #tell(partition: LogPartition): Promise<void> {
    const lane = this.#options.laneOf(partition.index)
    // Later: the epoch to say it in is not known.
    if (lane.process === '' || partition.process !== lane.process) return
    const untold = this.#untold.get(partition) ?? []
    this.#untold.delete(partition)
    await Promise.all(untold.map((settled) => this.#tellOne(lane, partition, settled)))
  }

  async #tellOne({ client }: LogLane, partition: LogPartition, settled: Settled): Promise<void> {
    const { nodeId, keepEntries, failed } = this.#options
    const { keys, epoch } = partition
    const args = [epoch, settled.upTo, keepEntries, settledText(nodeId, settled)]
    try {
      if ((await settleScript.run(client, [keys.epoch, keys.log, keys.settled], args)) === 1) return
    } catch (error) {
      failed(partition, error)
    }
    this.#keep(partition, settled)
  }
}
