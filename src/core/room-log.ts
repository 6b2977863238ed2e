import type { RoomId } from './model.ts'

/**
 * The order of what happens in rooms, common to several nodes: one log for each of a fixed number of partitions, of which
 * a room has one. Entries are in it from the moment that they are decided until they are in the store, and for some time
 * after that for nodes that lag.
 *
 * A room's *end* names the last entry that was appended to it: an append says which one it was decided upon, and is refused
 * when there is another by now. So decisions are made on the room as it is, by whichever node.
 */
export interface RoomLog {
  readonly partitions: number
  partitionOf(roomId: RoomId): number
  /**
   * Appends, if the room's end is still `before`, and makes it `after`. A log that doesn't know the room's end believes `before`.
   * All entries or none. `end` is where the room is now: `after` when it was done, now or by an attempt whose answer was
   * lost. Rejects when the log can't be reached or doesn't answer within its time: then nobody knows whether it was done, until
   * the entries are read or others in their place.
   */
  append(roomId: RoomId, before: string, after: string, entries: readonly LogEntry[]): Promise<{ readonly end: string }>
  /**
   * Reads every partition, from its oldest entry that isn't settled. Resolves when what was there at the beginning was read. An
   * entry may be read twice.
   */
  follow(follower: LogFollower): Promise<void>
  /** Whether it is this node that brings the partition's entries to the store. False as soon as it may be another. */
  brings(partition: number): boolean
  /** Tells every node, this one included. Never throws. What is not heard is found out from the store. */
  settle(partition: number, settled: Settled): void
  /** The room's end need not be kept, as long as it is still `end`: the room is gone, or its end came from another time. */
  forget(roomId: RoomId, end: string): Promise<void>
  /** Why nothing can be appended now, in words that strangers may read; null when it can. */
  readonly failure: string | null
  close(): Promise<void>
}

export interface LogEntry {
  /** Unique for ever: which append it is, at most 40 letters, digits and `-`. */
  readonly uid: string
  readonly roomId: RoomId
  /** JSON. */
  readonly text: string
}

export interface ReadEntry extends LogEntry {
  /** In its partition. */
  readonly position: string
}

/** Entries whose fate is known. */
export interface Settled {
  /** Everything up to this position is settled. */
  readonly upTo: string
  /** The uids of those that are in the store. */
  readonly kept: readonly string[]
  /** Of those that never will be: they were decided upon a state that was lost. */
  readonly void: readonly string[]
}

/** None of these may throw. */
export interface LogFollower {
  /** In the order of the log, this node's own entries among them. */
  read(partition: number, entries: readonly ReadEntry[]): void
  settled(partition: number, settled: Settled): void
  /**
   * The log has lost entries, or has none any more from where this node was. What is remembered of its rooms may be wrong. Nothing
   * is read of this partition until the promise resolves; then, from the oldest entry that isn't settled.
   */
  lost(partition: number): Promise<void>
}
