/** Hears how writing goes, once for each commit. For the metrics. Must not throw. */
export interface CommitWatch {
  /** So many writes are durable; `elapsedMs` from the batch's begin to its end, other attempts included. */
  committed(writes: number, elapsedMs: number): void
  /** So many failed for a reason that is not the caller's. */
  lost(writes: number): void
}
