import type { RoomId } from '../../src/core/model.ts'
import type { LogEntry, LogFollower, ReadEntry, RoomLog, Settled } from '../../src/core/room-log.ts'

/** A node's way to the log that can be slow, or lose an answer, where a test wants it to. */
export class HeldLog implements RoomLog {
  readonly partitions: number
  /** Appends are done, and nobody hears so. */
  losesAnswers = false
  readonly #log: RoomLog
  /** What was read, or would have been. */
  readonly entries: ReadEntry[] = []
  #follower: LogFollower | null = null
  #held: (() => void)[] | null = null

  constructor(log: RoomLog) {
    this.#log = log
    this.partitions = log.partitions
  }

  /** Nothing is read, until `release`. */
  hold(): void {
    this.#held ??= []
  }

  /** `loses`: what was held is gone. */
  release({ loses = false } = {}): void {
    const held = loses ? [] : (this.#held ?? [])
    this.#held = null
    for (const read of held) read()
  }

  /** As when the log lost entries. */
  lose(partition: number): Promise<void> {
    return this.#follower!.lost(partition)
  }

  /** As when all of the log is read again. */
  readAgain(partition: number): void {
    const entries = this.entries.filter(({ roomId }) => this.partitionOf(roomId) === partition)
    this.#follower!.read(partition, entries)
  }

  partitionOf(roomId: RoomId): number {
    return this.#log.partitionOf(roomId)
  }

  async append(roomId: RoomId, before: string, after: string, entries: readonly LogEntry[]): Promise<{ end: string }> {
    const answer = await this.#log.append(roomId, before, after, entries)
    if (this.losesAnswers) throw new Error('the answer was lost')
    return answer
  }

  follow(follower: LogFollower): Promise<void> {
    this.#follower = follower
    return this.#log.follow({
      read: (partition, entries) => {
        this.entries.push(...entries)
        this.#when(() => follower.read(partition, entries))
      },
      settled: (partition, settled) => this.#when(() => follower.settled(partition, settled)),
      lost: (partition) => follower.lost(partition),
    })
  }

  brings(partition: number): boolean {
    return this.#log.brings(partition)
  }

  settle(partition: number, settled: Settled): void {
    this.#log.settle(partition, settled)
  }

  forget(roomId: RoomId, end: string): Promise<void> {
    return this.#log.forget(roomId, end)
  }

  get failure(): string | null {
    return this.#log.failure
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  #when(read: () => void): void {
    if (this.#held) this.#held.push(read)
    else read()
  }
}
