import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Swept } from '../../../core/broom.ts'
import { ChatError, type Close } from '../../../core/errors.ts'
import type { Accept } from '../../../core/ports.ts'
import { addressBlock, clientAddress } from '../../../wire/address.ts'
import { refuseUpgrade } from '../../../wire/refusal.ts'
import { rawDialect } from '../../../wire/websocket-line.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../../wire/websocket.ts'
import { kindOf } from '../channel-names.ts'
import type { LaravelShared } from '../laravel-shared.ts'
import { closeFrame, unauthorized } from './closes.ts'
import { JwtSocket } from './jwt-socket.ts'

const maxTokenChars = 4096

export interface JwtSocketsOptions {
  readonly shared: LaravelShared
  readonly wire: Omit<WebSocketOptions, 'accept' | 'admit' | 'dialect' | 'protocols'>
}

/** The WebSockets at `/?token=…`. */
export class JwtSockets implements Swept {
  readonly #shared: LaravelShared
  readonly #endpoint: WebSocketEndpoint
  readonly #trustedHops: number

  constructor({ shared, wire }: JwtSocketsOptions) {
    this.#shared = shared
    this.#trustedHops = wire.trustedHops ?? 0
    this.#endpoint = new WebSocketEndpoint({ ...wire, dialect: rawDialect(closeFrame), accept: unasked })
  }

  /** Only the root is this wire's. */
  owns(url: string): boolean {
    return this.#shared.apps.length > 0 && url.split('?', 1)[0] === '/'
  }

  /** Takes care of the socket, whatever becomes of it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = clientAddress(request, this.#trustedHops)
    if (!this.#shared.limits.dials.take(addressBlock(address))) {
      this.#endpoint.counters.refused++
      return refuseUpgrade(socket, 429)
    }
    // Nobody else listens while the token is looked at, and an error that nobody hears ends the process.
    socket.on('error', ignore)
    void this.#admit(request.url ?? '').then((accept) => {
      socket.off('error', ignore)
      this.#endpoint.upgrade(request, socket, head, accept)
    })
  }

  sweep(now: number): void {
    this.#endpoint.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last is gone. */
  drain(close: Close): Promise<void> {
    return this.#endpoint.drain(close)
  }

  async #admit(url: string): Promise<Accept> {
    try {
      const token = new URLSearchParams(url.split('?')[1] ?? '').get('token')
      if (token === null) return closed(unauthorized('the address has no token'))
      if (token.length > maxTokenChars) return closed(unauthorized('the token is too long'))
      const shared = this.#shared
      const bearer = await shared.tokens.verify(token)
      const { app, claims } = bearer
      const roomId = kindOf(app, claims.channel).stored ? await shared.rooms.roomOf(app.app, claims.channel) : null
      return (line) => new JwtSocket({ shared, line, bearer, roomId })
    } catch (error) {
      if (error instanceof ChatError && error.code === 'unauthorized') return closed(unauthorized(error.message))
      this.#shared.log.error({ error }, 'a socket could not be admitted')
      return closed({ code: 'slow', reason: 'try again later', retry: 'later' })
    }
  }
}

/** Takes the line and closes it at once: a page can read a close, and no refused upgrade. */
function closed(close: Close): Accept {
  return (line) => {
    line.close(close)
    return { message: ignore, closed: ignore }
  }
}

function unasked(): never {
  throw new Error('each line of laravel is accepted by its own request')
}

function ignore(): void {}
