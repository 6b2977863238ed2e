import type { FastifyInstance } from 'fastify'
import type { Swept } from '../../../core/broom.ts'
import type { Nodes } from '../../../core/nodes.ts'
import type { Clock } from '../../../core/ports.ts'
import type { NamespaceService } from '../../../wire/socketio/service.ts'
import { ConnectionCounts } from '../connection-counts.ts'
import type { Unsigned } from '../pusher/api/routes.ts'
import { statusRoute, unsignedApi } from './api.ts'
import { AuthServers } from './auth-servers.ts'
import type { EchoHouse } from './house.ts'
import { EchoService } from './service.ts'
import { EchoEncoding } from './words.ts'

type Made = 'authServers' | 'clients' | 'encoding'

export interface EchoOptions extends Omit<EchoHouse, Made> {
  readonly nodes: Nodes
  readonly now: Clock
  /** For the whole of an application's answer. */
  readonly authTimeoutMs: number
  /** Questions to one application at the same time. */
  readonly maxAuthsAtOnce: number
  /** Questions to one application that wait for their turn. */
  readonly maxAuthsWaiting: number
}

/** What an answer holds besides who somebody is. */
const answerBytes = 16_384
/** PHP writes a letter of two bytes as `\uXXXX`, in a string of JSON as `\\uXXXX`. */
const phpBytes = 4

/**
 * Laravel Echo over Socket.IO, in the form of laravel-echo-server: the root namespace, and the HTTP API, whose addresses it
 * shares with Pusher's. Not taken over: the list of members in Redis (`{channel}:members`), and `GET /`.
 */
export class EchoSocketIo implements Swept {
  readonly service: NamespaceService
  readonly unsigned: Unsigned
  readonly routes: (scope: FastifyInstance) => void
  readonly #authServers: AuthServers
  readonly #clients: ConnectionCounts

  constructor({ nodes, now, authTimeoutMs, maxAuthsAtOnce, maxAuthsWaiting, ...given }: EchoOptions) {
    this.#authServers = new AuthServers({
      timeoutMs: authTimeoutMs,
      maxAtOnce: maxAuthsAtOnce,
      maxWaiting: maxAuthsWaiting,
      maxAnswerBytes: answerBytes + phpBytes * given.limits.maxMemberBytes,
      log: given.log,
      now,
    })
    this.#clients = new ConnectionCounts(nodes, 'echo-clients')
    const house = {
      ...given,
      authServers: this.#authServers,
      clients: this.#clients,
      encoding: new EchoEncoding(),
    }
    this.service = new EchoService(house)
    this.unsigned = unsignedApi(house)
    this.routes = statusRoute(house)
  }

  sweep(now: number): void {
    this.#authServers.sweep(now)
    this.#clients.sweep()
  }
}
