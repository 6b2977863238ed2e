/** How nodes notice that one of them is gone. */
export interface NodeTimes {
  /** Between two signs of life. */
  readonly beatMs: number
  /** What a node wrote goes so long after its last sign of life. */
  readonly ttlMs: number
  /** A node whose card is missing may have been kept from renewing it, by a Redis that was away: so long it may come back. */
  readonly graceMs: number
  /** How long a lease is given for. */
  readonly leaseMs: number
}

/** One that died is gone after 16 s at the latest. */
export const nodeTimes: NodeTimes = { beatMs: 2000, ttlMs: 8000, graceMs: 6000, leaseMs: 6000 }
