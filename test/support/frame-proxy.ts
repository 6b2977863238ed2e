import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** What becomes of a frame. `cut`: the connection ends instead, on both sides. */
export type Fate = 'pass' | 'twice' | 'drop' | 'cut'

/** A WebSocket proxy that decides about each frame, so that a test can cut in the one moment that matters. */
export class FrameProxy implements AsyncDisposable {
  fromClient: (text: string) => Fate = () => 'pass'
  fromServer: (text: string) => Fate = () => 'pass'
  readonly #listener: WebSocketServer
  readonly #origin: string

  private constructor(listener: WebSocketServer, origin: string) {
    this.#listener = listener
    this.#origin = origin
    listener.on('connection', (client, { url = '/' }) => this.#open(client, url))
  }

  /** To a server at an address such as `http://127.0.0.1:8080`. */
  static async to(url: string): Promise<FrameProxy> {
    const listener = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(listener, 'listening')
    return new FrameProxy(listener, url.replace('http', 'ws'))
  }

  /** `ws://127.0.0.1:8080` */
  get url(): string {
    return `ws://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#listener.clients) client.terminate()
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #open(client: WebSocket, path: string): void {
    const server = new WebSocket(this.#origin + path)
    const early: string[] = []
    const cut = (): void => {
      client.terminate()
      server.terminate()
    }
    const pass = (to: WebSocket, text: string, fate: Fate): void => {
      if (fate === 'cut') return cut()
      if (to.readyState !== WebSocket.OPEN) return
      for (let i = fate === 'drop' ? 0 : fate === 'twice' ? 2 : 1; i > 0; i--) to.send(text)
    }
    client.on('message', (data: Buffer) => {
      if (server.readyState === WebSocket.CONNECTING) early.push(data.toString())
      else pass(server, data.toString(), this.fromClient(data.toString()))
    })
    server.on('open', () => {
      for (const text of early) pass(server, text, this.fromClient(text))
    })
    server.on('message', (data: Buffer) => pass(client, data.toString(), this.fromServer(data.toString())))
    for (const socket of [client, server]) socket.on('error', cut)
    server.on('close', (code) => (code < 1005 || code > 1014 ? client.close(code) : client.terminate()))
    client.on('close', () => server.terminate())
  }
}
