import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const retryAfterSeconds = 5
const maxConnections = 1000

/**
 * Answers at the server's address until the server itself can: that the process is alive, that it is not ready, and what it
 * waits for. Everything else is asked to come again.
 */
export class WaitingRoom implements AsyncDisposable {
  /** What the start waits for, in words that strangers may read; null while it waits for nothing. */
  waitsFor: string | null = null
  readonly port: number
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request, response) => this.#answer(request, response))
  }

  /** Rejects with the system's error (address in use). */
  static async open(address: { readonly host: string; readonly port: number }): Promise<WaitingRoom> {
    const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 })
    server.maxConnections = maxConnections
    server.listen({ host: address.host, port: address.port })
    await once(server, 'listening')
    return new WaitingRoom(server)
  }

  /** The address is free when it resolves. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const path = url.split('?', 1)[0]
    const reason = this.waitsFor === null ? 'starting' : `starting: ${this.waitsFor}`
    const [status, body] =
      path === '/healthz'
        ? [200, { status: 'starting' }]
        : path === '/readyz'
          ? [503, { status: 'not ready', reasons: [reason] }]
          : [503, { error: 'unavailable', message: 'The server starts. Try again in some seconds.' }]
    response.writeHead(status as number, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // Nobody may hold on to a listener that is about to go.
      Connection: 'close',
      ...(status === 503 && { 'Retry-After': retryAfterSeconds }),
    })
    response.end(JSON.stringify(body))
  }
}
