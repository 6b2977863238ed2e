import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Swept } from '../../../core/broom.ts'
import { ChatError, type Close } from '../../../core/errors.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Nodes } from '../../../core/nodes.ts'
import type { Bus } from '../../../core/ports.ts'
import { addressBlock, clientAddress } from '../../../wire/address.ts'
import { refuseUpgrade } from '../../../wire/refusal.ts'
import { rawDialect } from '../../../wire/websocket-line.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../../wire/websocket.ts'
import { SocketAdmission, type Admitted } from './admission.ts'
import { closeFrame } from './closes.ts'
import type { SocketHouse } from './house.ts'
import { parseDestination } from './paths.ts'

export interface SocketsOptions {
  readonly house: SocketHouse
  readonly bus: Bus
  readonly nodes: Nodes
  /** Dials by address: looking at a token or a room costs more than a frame. */
  readonly dials: RateLimit
  readonly wire: Omit<WebSocketOptions, 'accept' | 'admit' | 'dialect' | 'protocols'>
}

/** The WebSockets of guests and hosts: in their rooms, and for the host's status. */
export class PintalkSockets implements Swept {
  readonly #house: SocketHouse
  readonly #admission: SocketAdmission
  readonly #dials: RateLimit
  readonly #endpoint: WebSocketEndpoint
  readonly #trustedHops: number

  constructor({ house, bus, nodes, dials, wire }: SocketsOptions) {
    this.#house = house
    this.#dials = dials
    this.#admission = new SocketAdmission(house, bus, nodes)
    this.#trustedHops = wire.trustedHops ?? 0
    this.#endpoint = new WebSocketEndpoint({ ...wire, dialect: rawDialect(closeFrame), accept: unasked })
  }

  /** Whether a request's path is this protocol's to answer. */
  owns(url: string): boolean {
    return this.#house.directory.apps.length > 0 && parseDestination(url) !== null
  }

  /** Takes care of the socket, whatever becomes of it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Nobody else listens while the request is looked at, and an error that nobody hears ends the process.
    socket.on('error', ignore)
    void this.#admit(request).then((admitted) => {
      socket.off('error', ignore)
      if (typeof admitted === 'function') this.#endpoint.upgrade(request, socket, head, admitted)
      else {
        this.#endpoint.counters.refused++
        refuseUpgrade(socket, admitted)
      }
    })
  }

  sweep(now: number): void {
    this.#endpoint.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last is gone. */
  drain(close: Close): Promise<void> {
    return this.#endpoint.drain(close)
  }

  async #admit(request: IncomingMessage): Promise<Admitted> {
    try {
      const address = clientAddress(request, this.#trustedHops)
      this.#dials.demand(addressBlock(address), 'too many dials, slow down')
      return await this.#admission.admit(request.url ?? '', request.headers.origin)
    } catch (error) {
      if (error instanceof ChatError && error.code === 'rate_limited') return 429
      this.#house.log.error({ error }, 'a socket could not be admitted')
      return 500
    }
  }
}

function unasked(): never {
  throw new Error('each line of pintalk is accepted by its own request')
}

function ignore(): void {}
