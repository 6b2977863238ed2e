import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import { SocketIoEndpoint, type SocketIoOptions } from '../../src/wire/socketio/endpoint.ts'
import type { EventHandler, Knock, NamespaceLine } from '../../src/wire/socketio/service.ts'

/** A Socket.IO endpoint by itself, with a service that owns what begins with `/open`, and lets in whoever has the token `ok`. */
export class SocketIoServer implements AsyncDisposable {
  readonly endpoint: SocketIoEndpoint
  readonly url: string
  readonly lines: NamespaceLine[] = []
  readonly knocks: Knock[] = []
  readonly events: { name: string; args: readonly unknown[]; ackId: number | null }[] = []
  /** Of each line that ended, whether it was lost. */
  readonly ends: boolean[] = []
  readonly bugs: unknown[] = []
  readonly #server: Server

  private constructor(server: Server, options: SocketIoOptions) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.endpoint = new SocketIoEndpoint({ onBug: (error) => this.bugs.push(error), ...options })
    this.endpoint.serve({
      owns: (namespace) => namespace.startsWith('/open'),
      headers: ['token'],
      admit: async (knock) => {
        this.knocks.push(knock)
        if ((knock.auth['token'] ?? knock.headers['token']) !== 'ok') return { refused: 'Unauthorized' }
        return { enter: () => ({ accept: (line) => this.#accept(line) }) }
      },
    })
    server.on('request', (request, response) => {
      if (!this.endpoint.handleRequest(request, response)) response.writeHead(404).end('elsewhere')
    })
    server.on('upgrade', (request, socket, head) => {
      if (!this.endpoint.handleUpgrade(request, socket, head)) socket.destroy()
    })
  }

  static async open(options: SocketIoOptions = {}): Promise<SocketIoServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new SocketIoServer(server, options)
  }

  /** A WebSocket that speaks for itself, after Engine.IO's handshake. */
  async raw(revision: 3 | 4 = 4): Promise<RawClient> {
    const ws = new WebSocket(`${this.url.replace('http', 'ws')}/socket.io/?EIO=${revision}&transport=websocket`)
    const client = new RawClient(ws)
    await client.says((text) => text.startsWith('0{'))
    return client
  }

  /** A raw client in the namespace `/open`. */
  async connected(): Promise<RawClient> {
    const client = await this.raw()
    client.send('40/open,{"token":"ok"}')
    await client.says((text) => text.startsWith('40/open'))
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    const drained = this.endpoint.drain()
    // Long enough for those who will not poll again.
    for (const now of [1, 1_000_000]) this.endpoint.sweep(now)
    await drained
  }

  #accept(line: NamespaceLine): EventHandler {
    this.lines.push(line)
    return {
      event: (name, args, ackId) => {
        if (name === 'throw') throw new Error('thrown on demand')
        this.events.push({ name, args, ackId })
        if (ackId !== null) line.answer(ackId, ...args)
      },
      closed: (lost) => this.ends.push(lost),
    }
  }
}

export class RawClient {
  readonly ws: WebSocket
  readonly texts: string[] = []
  readonly closed: Promise<number>
  #heard = Promise.withResolvers<void>()

  constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('message', (data: Buffer) => {
      this.texts.push(data.toString())
      this.#heard.resolve()
      this.#heard = Promise.withResolvers()
    })
    ws.on('error', () => {})
    this.closed = new Promise((resolve) => ws.once('close', resolve))
  }

  send(data: string | Buffer): void {
    this.ws.send(data)
  }

  /** The first text that matches, now or when it comes. */
  async says(matches: (text: string) => boolean): Promise<string> {
    for (;;) {
      const found = this.texts.find(matches)
      if (found !== undefined) return found
      const ended = await Promise.race([this.#heard.promise, this.closed.then((code) => code)])
      if (ended !== undefined) throw new Error(`closed with ${ended} after ${JSON.stringify(this.texts)}`)
    }
  }
}
