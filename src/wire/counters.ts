/** What happened to lines of a wire, for the metrics. Network faults are counted here and not logged. */
export class WireCounters {
  opened = 0
  closed = 0
  /** Turned away before they were lines: limits, an `admit` hook, a node that drains. */
  refused = 0
  /** Closed because too much waited for them. */
  slow = 0
  /** Given up because nothing came from them. */
  stale = 0
  /** Closed for bytes that are no message. */
  invalid = 0
  /** Lost without a goodbye. */
  faults = 0
  /** Handlers that threw: a mistake of ours. */
  bugs = 0
}
