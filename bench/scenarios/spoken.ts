import type { Crowd } from '../load/crowd.ts'
import type { Where } from '../subject/servers.ts'

/** One of our protocols, as the scenarios that all of them play need it. Each crowd has a server of its own. */
export interface Spoken {
  /** In the tables. */
  readonly name: `parlance ${string}`
  /** A room with so many who listen, and its customer or guest, who speaks. */
  oneRoom(where: Where, listeners: number): Promise<Crowd>
  /** So many rooms of two who answer each other. */
  pairs(where: Where, count: number): Promise<Crowd>
}
