import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Accept } from '../../src/core/ports.ts'
import { SockJsEndpoint, type SockJsOptions } from '../../src/wire/sockjs/endpoint.ts'

export const echo: Accept = (line) => ({
  message: (text) => line.push(line.framing.frame(text)),
  closed: () => {},
})

const goAway: Accept = (line) => {
  line.close({ code: 'gone', reason: 'Go away!', retry: 'never' })
  return { message: () => {}, closed: () => {} }
}

/** The services that the SockJS conformance suite expects, with the limits it expects. */
export const conformanceServices: readonly SockJsOptions[] = [
  { prefix: '/echo', accept: echo, maxStreamBytes: 4096, allowScriptTransports: true },
  { prefix: '/close', accept: goAway, maxStreamBytes: 4096, allowScriptTransports: true },
  { prefix: '/disabled_websocket_echo', accept: echo, websocket: false },
  { prefix: '/cookie_needed_echo', accept: echo, cookieNeeded: true, allowScriptTransports: true },
]

/** SockJS services on a port of their own. `await using` stops them. */
export class SockJsServer implements AsyncDisposable {
  readonly endpoints: readonly SockJsEndpoint[]
  readonly http: Server

  private constructor(services: readonly SockJsOptions[]) {
    this.endpoints = services.map((options) => new SockJsEndpoint(options))
    this.http = createServer((request, response) => {
      if (this.endpoints.some((endpoint) => endpoint.handleRequest(request, response))) return
      response.statusCode = 404
      response.end()
    })
    this.http.on('upgrade', (request, socket, head) => {
      if (!this.endpoints.some((endpoint) => endpoint.handleUpgrade(request, socket, head))) socket.destroy()
    })
  }

  static start(...services: readonly SockJsOptions[]): Promise<SockJsServer> {
    const server = new SockJsServer(services)
    return new Promise((resolve) => server.http.listen(0, '127.0.0.1', () => resolve(server)))
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port
  }

  sweep(now: number): void {
    for (const endpoint of this.endpoints) endpoint.sweep(now)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const endpoint of this.endpoints) await endpoint.drain({ code: 'drain', reason: 'test over', retry: 'never' })
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
