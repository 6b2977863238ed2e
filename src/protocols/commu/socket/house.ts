import type { Nodes } from '../../../core/nodes.ts'
import type { Bus } from '../../../core/ports.ts'
import type { CommuShared } from '../commu-shared.ts'
import type { RecentEvents } from './recent-events.ts'

/** What the sockets share. */
export interface SocketHouse extends CommuShared {
  readonly bus: Bus
  readonly nodes: Nodes
  readonly recent: RecentEvents
}
