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

/** Of one partition. */
interface Batch {
  readonly partition: number
  readonly entries: readonly Unsettled[]
}

const maxEntries = 500
/** Of all partitions, to be written at once. */
const maxEntriesInAll = 2000
const maxChars = 4_000_000

/**
 * Brings to the database what is in the log, of the partitions that are this node's to bring: while their batches are written, together,
 * the next ones gather. Every node remembers what is unsettled, so whoever takes a partition over goes on at once.
 */
export class Bringer {
  readonly #options: BringerOptions
  /** The partition that is asked first, so that each has its turn. */
  #first = 0
  #isDue = false
  #isRunning = false
  #closed = false

  constructor(options: BringerOptions) {
    this.#options = options
  }

  /** Something may be there to be brought. */
  look(): void {
    if (this.#isDue || this.#isRunning || this.#closed) return
    this.#isDue = true
    // All that is read in this turn.
    setImmediate(() => {
      this.#isDue = false
      void this.#run()
    })
  }

  /** Everything that this node knows of a partition, whosever it is to bring. Resolves with what became of it. */
  async bringAll(partition: number): Promise<Settled | null> {
    const all = [...this.#options.unsettled.of(partition).values()]
    const settled: { upTo: string; kept: string[]; void: string[] } = { upTo: '', kept: [], void: [] }
    for (let at = 0; at < all.length; at += maxEntries) {
      for (const some of await this.#bring([{ partition, entries: all.slice(at, at + maxEntries) }])) {
        settled.upTo = some.upTo
        settled.kept.push(...some.kept)
        settled.void.push(...some.void)
      }
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

  async #run(): Promise<void> {
    const { roomLog, log } = this.#options
    this.#isRunning = true
    try {
      for (let batches = this.#gathered(); batches.length > 0; batches = this.#gathered()) {
        for (const [index, settled] of (await this.#bring(batches)).entries()) {
          const { partition } = batches[index]!
          if (settled.void.length > 0)
            log.error(
              { partition, steps: settled.void.length },
              'steps in the log go on from what was lost; nobody was told that they are kept',
            )
          roomLog.settle(partition, settled)
        }
      }
    } catch (error) {
      // Whoever looks next tries again.
      log.warn({ reason: reasonOf(error) }, 'what is in the log could not be brought to the database; trying again')
    } finally {
      this.#isRunning = false
    }
  }

  /** What is to be brought now, of each partition the oldest. */
  #gathered(): Batch[] {
    const { roomLog, unsettled } = this.#options
    const batches: Batch[] = []
    let left = maxEntriesInAll
    for (let turn = 0; turn < roomLog.partitions && left > 0 && !this.#closed; turn++) {
      const partition = (this.#first + turn) % roomLog.partitions
      const waiting = unsettled.of(partition)
      if (waiting.size === 0 || !roomLog.brings(partition)) continue
      const entries = firstOf(waiting.values(), Math.min(left, maxEntries))
      batches.push({ partition, entries })
      left -= entries.length
    }
    this.#first = ((batches.at(-1)?.partition ?? this.#first) + 1) % roomLog.partitions
    return batches
  }

  /** What became of each. */
  async #bring(batches: readonly Batch[]): Promise<Settled[]> {
    const steps = batches.flatMap(({ entries }) => entries.map(stepIn))
    const isKept = new Set(await this.#keptOf(steps.filter((step) => step !== null)))
    return batches.map(({ entries }) => {
      const uids = entries.map(({ entry }) => entry.uid)
      return {
        upTo: entries.at(-1)!.entry.position,
        kept: uids.filter((uid) => isKept.has(uid)),
        void: uids.filter((uid) => !isKept.has(uid)),
      }
    })
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

function firstOf(entries: Iterable<Unsettled>, most: number): Unsettled[] {
  const first: Unsettled[] = []
  let chars = 0
  for (const one of entries) {
    first.push(one)
    chars += one.entry.text.length
    if (first.length >= most || chars >= maxChars) break
  }
  return first
}
