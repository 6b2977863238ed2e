/**
 * What one connection may make the server hold (1.2 "Size Limits"). Passing one is a fatal error.
 * Heads are counted in UTF-16 code units, which is what they cost; bodies in UTF-8 octets, as
 * content-length does. An incomplete frame holds at most its head and body limits, so it needs no limit of its own.
 * What the session holds is counted by `frameBytes`, an estimate of the memory.
 */
export interface StompLimits {
  readonly maxHeaders: number
  /** One header line without its end. Tokens travel in headers, hence the room. */
  readonly maxLineChars: number
  /** Command and all header lines of one frame. */
  readonly maxHeadChars: number
  readonly maxBodyBytes: number
  readonly maxSubscriptions: number
  /** Frames that arrive while the host decides about CONNECT. */
  readonly maxQueuedFrames: number
  readonly maxQueuedBytes: number
  readonly maxTransactions: number
  /** Within one transaction. */
  readonly maxTransactionFrames: number
  readonly maxTransactionBytes: number
  /** Frames handed to the host whose promises are open. */
  readonly maxUnsettledBytes: number
}

export const defaultStompLimits: StompLimits = {
  maxHeaders: 64,
  maxLineChars: 8 * 1024,
  maxHeadChars: 16 * 1024,
  maxBodyBytes: 64 * 1024,
  maxSubscriptions: 64,
  maxQueuedFrames: 64,
  maxQueuedBytes: 256 * 1024,
  maxTransactions: 8,
  maxTransactionFrames: 100,
  maxTransactionBytes: 256 * 1024,
  maxUnsettledBytes: 4 * 1024 * 1024,
}
