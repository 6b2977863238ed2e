import type { LogLane } from './log-lane.ts'
import type { LogPartition } from './log-partition.ts'
import { holdScript, releaseScript } from './log-scripts.ts'
import { sharesOf } from './writer-shares.ts'

export interface WriterLeasesOptions {
  readonly nodeId: string
  /** Those that are alive, this one included, in an order that all agree upon. */
  readonly nodes: () => readonly string[]
  readonly partitions: readonly LogPartition[]
  readonly laneOf: (partition: number) => LogLane
  /** How long a lease lasts that isn't renewed. */
  readonly leaseMs: number
  readonly failed: (partition: LogPartition, error: unknown) => void
}

interface Hold {
  /** By `performance.now()`, which goes on while the process is stopped. */
  until: number
  /** The nodes when it was taken. */
  nodes: string
  /** Since when nobody has it; null when somebody does. */
  freeSince: number | null
  /** Counts up when it is given up: an answer to what was asked before says nothing any more. */
  turn: number
}

/**
 * Which partitions' entries this node brings to the store. Each has one node that is to do it; another one stands in when that one
 * doesn't, although it is alive. Two may believe that they hold it only if Redis forgets it: the store is what decides then.
 */
export class WriterLeases {
  readonly #options: WriterLeasesOptions
  readonly #holds: readonly Hold[]
  #nodes = ''
  #shares: readonly string[] = []
  #closed = false

  constructor(options: WriterLeasesOptions) {
    this.#options = options
    this.#holds = options.partitions.map(() => ({ until: 0, nodes: '', freeSince: null, turn: 0 }))
  }

  isHeld(partition: number): boolean {
    return performance.now() < (this.#holds[partition]?.until ?? 0)
  }

  /** Once a second or so: renews, takes what is due, gives up what isn't. */
  async tick(): Promise<void> {
    this.#share()
    await Promise.all(this.#options.partitions.map((partition) => this.#tend(partition)))
  }

  /** Somebody gave it up. */
  async freed(partition: number): Promise<void> {
    const { partitions, nodeId } = this.#options
    const freed = partitions[partition]
    this.#share()
    if (freed && this.#shares[partition] === nodeId) await this.#tend(freed)
  }

  async close(): Promise<void> {
    this.#closed = true
    // All: one may have been taken by what is under way.
    await Promise.all(this.#options.partitions.map((partition) => this.#release(partition)))
  }

  #share(): void {
    const nodes = this.#options.nodes()
    const key = nodes.join(' ')
    if (key === this.#nodes) return
    this.#nodes = key
    this.#shares = sharesOf(nodes, this.#options.partitions.length)
  }

  async #tend(partition: LogPartition): Promise<void> {
    const { nodeId, leaseMs, laneOf } = this.#options
    const hold = this.#holds[partition.index]
    if (!hold || this.#closed) return
    const isMine = this.#shares[partition.index] === nodeId
    const sentAt = performance.now()
    // A stand-in stays until the nodes are others: who should have taken it by now won't.
    if (sentAt < hold.until && !isMine && hold.nodes !== this.#nodes) return this.#release(partition)
    const { turn } = hold
    // Long before its node is known to be dead: senders wait. One that is alive takes its own as soon as it is given up.
    const isForsaken = hold.freeSince !== null && sentAt - hold.freeSince > leaseMs / 2
    const mayTake = isMine || isForsaken
    try {
      const args = [nodeId, leaseMs, mayTake ? 'take' : 'keep']
      const holder = await holdScript.run(laneOf(partition.index).client, [partition.keys.writer], args)
      if (hold.turn !== turn) return
      if (holder === nodeId) {
        if (hold.until === 0) hold.nodes = this.#nodes
        // The key lives at least so long from when this was sent; a part of that is for what is under way at its end.
        hold.until = sentAt + leaseMs * 0.8
        hold.freeSince = null
      } else {
        hold.until = 0
        hold.freeSince = holder === null ? (hold.freeSince ?? sentAt) : null
      }
    } catch (error) {
      // Nobody knows whether it was renewed: it is held as long as it was.
      this.#options.failed(partition, error)
    }
  }

  async #release(partition: LogPartition): Promise<void> {
    const { nodeId, laneOf } = this.#options
    const hold = this.#holds[partition.index]
    if (!hold) return
    hold.until = 0
    hold.turn++
    const { writer, epoch, log } = partition.keys
    try {
      await releaseScript.run(laneOf(partition.index).client, [writer, epoch, log], [nodeId])
    } catch {
      // It ends by itself.
    }
  }
}
