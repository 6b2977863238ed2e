import type { Log } from '../../../core/ports.ts'
import type { RoomLog, Settled } from '../../../core/room-log.ts'
import { isUnstorable, reasonOf } from '../database.ts'
import type { GroupCommit } from '../group-commit.ts'
import { bring } from './bring.ts'
import type { Step } from './step.ts'
import { stepIn, type Unsettled, type UnsettledEntries } from './unsettled.ts'

export interface BringerOptions {
  readonly unsettled: UnsettledEntries
  readonly roomLog: RoomLog
  readonly commits: GroupCommit
  readonly log: Log
}

const maxBatch = 500
const maxBatchChars = 4_000_000

/**
 * Brings to the database what is in the log, of the partitions that are this node's to bring: while a batch is written the next one
 * gathers. Every node remembers what is unsettled, so whoever takes a partition over goes on at once.
 */
export class Bringer {
  readonly #options: BringerOptions
  /** Partitions of which a batch is under way. */
  readonly #busy = new Set<number>()
  #isDue = false
  #closed = false

  constructor(options: BringerOptions) {
    this.#options = options
  }

  /** Something may be there to be brought. */
  look(): void {
    if (this.#isDue || this.#closed) return
    this.#isDue = true
    // All that is read in this turn.
    setImmediate(() => {
      this.#isDue = false
      if (this.#closed) return
      const { roomLog, unsettled } = this.#options
      for (let partition = 0; partition < roomLog.partitions; partition++) {
        if (this.#busy.has(partition) || unsettled.of(partition).size === 0) continue
        if (roomLog.brings(partition)) void this.#run(partition)
      }
    })
  }

  /** Everything that this node knows of a partition, whosever it is to bring. Resolves with what became of it. */
  async bringAll(partition: number): Promise<Settled | null> {
    const all = [...this.#options.unsettled.of(partition).values()]
    const settled: { upTo: string; kept: string[]; void: string[] } = { upTo: '', kept: [], void: [] }
    for (let at = 0; at < all.length; at += maxBatch) {
      const some = await this.#bring(all.slice(at, at + maxBatch))
      settled.upTo = some.upTo
      settled.kept.push(...some.kept)
      settled.void.push(...some.void)
    }
    return all.length > 0 ? settled : null
  }

  /** Brings what is its to bring, once more. */
  async close(): Promise<void> {
    this.#closed = true
    const { roomLog, unsettled, log } = this.#options
    for (let partition = 0; partition < roomLog.partitions; partition++) {
      if (unsettled.of(partition).size === 0 || !roomLog.brings(partition)) continue
      try {
        const settled = await this.bringAll(partition)
        if (settled) roomLog.settle(partition, settled)
      } catch (error) {
        log.warn({ partition, reason: reasonOf(error) }, 'what is in the log is left to the other nodes')
      }
    }
  }

  async #run(partition: number): Promise<void> {
    const { roomLog, unsettled, log } = this.#options
    this.#busy.add(partition)
    try {
      while (!this.#closed && roomLog.brings(partition)) {
        const batch = firstOf(unsettled.of(partition).values())
        if (batch.length === 0) break
        const settled = await this.#bring(batch)
        if (settled.void.length > 0)
          log.error(
            { partition, steps: settled.void.length },
            'steps in the log go on from what was lost; nobody was told that they are kept',
          )
        roomLog.settle(partition, settled)
      }
    } catch (error) {
      // Whoever looks next tries again.
      log.warn(
        { partition, reason: reasonOf(error) },
        'what is in the log could not be brought to the database; trying again',
      )
    } finally {
      this.#busy.delete(partition)
    }
  }

  async #bring(batch: readonly Unsettled[]): Promise<Settled> {
    const steps = batch.map(stepIn)
    const known = steps.filter((step) => step !== null)
    const kept = await this.#keptOf(known)
    const isKept = new Set(kept)
    const uids = batch.map(({ entry }) => entry.uid)
    return { upTo: batch.at(-1)!.entry.position, kept, void: uids.filter((uid) => !isKept.has(uid)) }
  }

  /** What no node of ours writes may be in the log all the same: an entry that can't be stored is void, and keeps no other from it. */
  async #keptOf(steps: readonly Step[]): Promise<string[]> {
    const { commits, log } = this.#options
    if (steps.length === 0) return []
    try {
      const verdicts = await commits.write((connection) => bring(connection, steps))
      return steps.flatMap(({ uid }, index) => (verdicts[index] ? uid : []))
    } catch (error) {
      if (!isUnstorable(error)) throw error
      if (steps.length === 1) {
        log.error({ error, uid: steps[0]!.uid }, 'an entry of the log can not be stored')
        return []
      }
      const half = steps.length >> 1
      return [...(await this.#keptOf(steps.slice(0, half))), ...(await this.#keptOf(steps.slice(half)))]
    }
  }
}

function firstOf(entries: Iterable<Unsettled>): Unsettled[] {
  const batch: Unsettled[] = []
  let chars = 0
  for (const one of entries) {
    batch.push(one)
    chars += one.entry.text.length
    if (batch.length >= maxBatch || chars >= maxBatchChars) break
  }
  return batch
}
