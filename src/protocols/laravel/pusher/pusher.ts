import type { FastifyInstance } from 'fastify'
import type { Swept } from '../../../core/broom.ts'
import type { Close } from '../../../core/errors.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Nodes, Shelf } from '../../../core/nodes.ts'
import type { Bus } from '../../../core/ports.ts'
import type { WebSocketOptions } from '../../../wire/websocket.ts'
import { pusherApi, type Unsigned } from './api/routes.ts'
import { ChannelEncoding } from './channel-encoding.ts'
import { PusherConnections } from './connections.ts'
import type { PusherHouse } from './house.ts'
import { LastEvents } from './last-events.ts'
import { PusherSockets } from './sockets.ts'

type Made = 'connections' | 'encoding' | 'lastEvents'

export interface PusherOptions extends Omit<PusherHouse, Made> {
  readonly bus: Bus
  readonly nodes: Nodes
  /** For the last events of cache channels; null when there are no other nodes. */
  readonly shelf: Shelf | null
  /** Dials by address. */
  readonly dials: RateLimit
  readonly wire: Omit<WebSocketOptions, 'accept' | 'admit' | 'dialect' | 'protocols'>
  /** What may be kept for the cache channels of one app. */
  readonly maxCacheBytes: number
  /** Who answers requests without a signature. */
  readonly unsigned: Unsigned | null
}

/** The Pusher protocol for Laravel Echo: its WebSockets at `/app/{key}` and its HTTP API at `/apps/{id}`. */
export class Pusher implements Swept {
  readonly sockets: PusherSockets
  readonly #lastEvents: LastEvents
  /** The first segment of the HTTP API's addresses. */
  readonly prefixes = ['/apps'] as const
  /** Adds the HTTP API to a scope of its own. */
  readonly routes: (scope: FastifyInstance) => Promise<void>
  /** The body of a refusal that was made before a route was found: a line of text. */
  readonly errorBody = ({ message }: { readonly message: string }): string => `${message}\n`

  constructor({ bus, nodes, shelf, dials, wire, maxCacheBytes, unsigned, ...given }: PusherOptions) {
    const connections = new PusherConnections(bus, nodes)
    const lastEvents = new LastEvents({ bus, nodes, shelf, maxBytesPerApp: maxCacheBytes, now: given.now })
    const house = { ...given, connections, lastEvents, encoding: new ChannelEncoding(connections) }
    this.#lastEvents = lastEvents
    this.sockets = new PusherSockets({ house, dials, wire })
    this.routes = pusherApi({ ...house, unsigned })
  }

  sweep(now: number): void {
    this.sockets.sweep(now)
    this.#lastEvents.sweep()
  }

  drain(close: Close): Promise<void> {
    return this.sockets.drain(close)
  }
}
