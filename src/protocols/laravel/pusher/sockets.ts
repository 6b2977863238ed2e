import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Swept } from '../../../core/broom.ts'
import type { Close } from '../../../core/errors.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Line, LineHandler } from '../../../core/ports.ts'
import { addressBlock, clientAddress } from '../../../wire/address.ts'
import { pusherClose, pusherDialect } from '../../../wire/pusher/dialect.ts'
import { PusherError } from '../../../wire/pusher/pusher-error.ts'
import { refuseUpgrade } from '../../../wire/refusal.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../../wire/websocket.ts'
import { PusherConnection } from './connection.ts'
import { appFor, parseDial } from './dial.ts'
import type { PusherHouse } from './house.ts'

export interface PusherSocketsOptions {
  readonly house: PusherHouse
  /** Dials by address. */
  readonly dials: RateLimit
  readonly wire: Omit<WebSocketOptions, 'accept' | 'admit' | 'dialect' | 'protocols'>
}

/** The WebSockets at `/app/{key}`. */
export class PusherSockets implements Swept {
  readonly #house: PusherHouse
  readonly #dials: RateLimit
  readonly #endpoint: WebSocketEndpoint
  readonly #trustedHops: number

  constructor({ house, dials, wire }: PusherSocketsOptions) {
    this.#house = house
    this.#dials = dials
    this.#trustedHops = wire.trustedHops ?? 0
    this.#endpoint = new WebSocketEndpoint({ ...wire, dialect: pusherDialect, accept: unasked })
  }

  /** Whether a request's path is this protocol's to answer. */
  owns(url: string): boolean {
    return this.#house.apps.length > 0 && parseDial(url) !== null
  }

  /** Takes care of the socket, whatever becomes of it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#dials.take(addressBlock(clientAddress(request, this.#trustedHops)))) {
      this.#endpoint.counters.refused++
      return refuseUpgrade(socket, 429)
    }
    this.#endpoint.upgrade(request, socket, head, (line) => this.#accept(request.url ?? '', line))
  }

  sweep(now: number): void {
    this.#endpoint.sweep(now)
    this.#house.connections.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last is gone. */
  drain(close: Close): Promise<void> {
    return this.#endpoint.drain(close)
  }

  /** Whoever is refused is let in first: a browser can't see why an upgrade failed. */
  #accept(url: string, line: Line): LineHandler {
    try {
      return this.#connect(url, line)
    } catch (error) {
      if (!(error instanceof PusherError)) throw error
      line.close(pusherClose(error.code ?? 4009, error.message))
      return refusedLine
    }
  }

  #connect(url: string, line: Line): PusherConnection {
    const { apps, connections, limits } = this.#house
    const dial = parseDial(url)
    if (!dial) throw new PusherError(4005, 'Path not found')
    const app = appFor(dial, apps)
    if (connections.count(app.app.id) >= limits.maxConnections) throw new PusherError(4100, 'Over capacity')
    return new PusherConnection(this.#house, app, line)
  }
}

const refusedLine: LineHandler = { message: () => {}, closed: () => {} }

function unasked(): never {
  throw new Error('each line is accepted by its own request')
}
