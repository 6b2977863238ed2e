/**
 * The servers that serve together, as one of them sees the others. A node that serves alone has the same, without others:
 * what is built on this needs no second way.
 *
 * Texts are the asker's own JSON, or anything else: nothing here looks inside. Names of leases, rosters, shelves and topics are
 * the programmer's; keys may come from clients, so each is at most 512 characters.
 */
export interface Nodes {
  /** This one. Unguessable, another at each start. */
  readonly id: string
  /** Those that are alive, this one included, in the order of their ids. */
  readonly all: readonly NodeCard[]
  /** For what one node must do and the others mustn't. Asked for the same name again, it is the same lease. */
  lease(name: string): Lease
  roster(name: string): Roster
  shelf(name: string): Shelf
  /** Says something to every other node, at once and in order. Who isn't reached has a gap. */
  tell(topic: string, text: string): void
  /** What others tell. One listener for each topic. */
  hear(topic: string, listener: (text: string, from: string) => void): void
  /** Asks one other node. Rejects when it is not there, has nobody to answer, fails, or takes longer than 5 s. */
  ask(nodeId: string, topic: string, text: string): Promise<string>
  /** One for each topic. */
  answer(topic: string, answerer: (text: string, from: string) => Promise<string> | string): void
  /** Something that others said may have been missed: what is remembered of it must be read anew. */
  onGap(listener: () => void): void
  /** Says good-bye, so that others needn't wait until it is clear that this node is gone. */
  close(): Promise<void>
}

/** What a node says of itself to the others. */
export interface NodeCard {
  readonly id: string
  /** Where the others reach it, without a slash at the end: `http://10.0.0.5:8080`. */
  readonly url: string
  readonly version: string
  /** Changes with everything in its settings that all nodes must have in common. */
  readonly settings: string
  /** Names the folder of uploaded files, which all nodes must share. */
  readonly files: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

export interface Lease {
  /** False as soon as another node may have it. Whoever asked for the lease gets it when it is free. */
  readonly isHeld: boolean
  /** Gives it up, and doesn't want it any more. */
  release(): void
}

/**
 * Who is where, over all nodes. Each node writes its own entries and sees everyone's, a moment later; the entries of a node
 * that died go by themselves within 30 s.
 */
export interface Roster {
  /** This node's entry under the key, at most 8 KiB. Replaces the one before. */
  put(key: string, value: string): void
  /** Harmless when there is none. */
  remove(key: string): void
  /** What other nodes have there, by node; empty for nothing. Read it at once, don't keep it. */
  others(key: string): ReadonlyMap<string, string>
  /** Every key that another node has. */
  keysOfOthers(): Iterable<string>
  /** An entry of another node is new, changed or (null) gone. */
  onChange(listener: (key: string, nodeId: string, value: string | null, before: string | null) => void): void
}

/** Small texts that every node may read and write, and that go by themselves. Rejects when they can't be reached. */
export interface Shelf {
  get(key: string): Promise<string | null>
  put(key: string, value: string, forMs: number): Promise<void>
  /** False when there is one already. */
  add(key: string, value: string, forMs: number): Promise<boolean>
  /** Reads and removes it in one step: of several that ask, one gets it. */
  take(key: string): Promise<string | null>
  remove(key: string): Promise<void>
}
