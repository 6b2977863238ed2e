/** What arrived at all clients of a server, counted where it arrives. */
export class Tally {
  /** Messages of rooms. */
  deliveries = 0
  /** The bytes of the last one, the WebSocket's header not counted. */
  payloadBytes = 0
  /** Connections that ended, and frames that say that something went wrong. */
  faults: string[] = []

  fault(what: string): void {
    if (this.faults.length < 10) this.faults.push(what)
  }
}

/** A client that is in one room, of any of the servers. */
export interface Talker {
  /** Says the text in its room. */
  send(): void
  /** The server has what was said. */
  onAck: () => void
  close(): void
}
