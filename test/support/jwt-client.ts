import { WebSocket } from 'ws'
import { Inbox } from './inbox.ts'

/** A client of the JWT socket, as a page of a Laravel application is one. */
export class JwtClient {
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #ws: WebSocket
  readonly #inbox = new Inbox<string>((frame) => frame)

  private constructor(ws: WebSocket) {
    this.#ws = ws
    ws.on('message', (data: Buffer) => this.#inbox.put(data.toString()))
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.#inbox.end(`closed with ${code} ${reason.toString()}`)
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  /** Resolves when it is open; rejects where the upgrade is refused. */
  static dial(url: string): Promise<JwtClient> {
    const ws = new WebSocket(url, { perMessageDeflate: false })
    return new Promise((resolve, reject) => {
      const client = new JwtClient(ws)
      ws.once('open', () => resolve(client))
      ws.on('error', reject)
    })
  }

  send(frame: object | string): void {
    this.#ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  says(data: object): void {
    this.send({ data })
  }

  /** The next frame, as it came over the wire. */
  next(): Promise<string> {
    return this.#inbox.take('a frame', () => true)
  }

  /** The next frame that holds this text. */
  hears(text: string): Promise<string> {
    return this.#inbox.take(text, (frame) => frame.includes(text))
  }

  /** The frames that are here already. */
  drain(): string[] {
    return this.#inbox.drain()
  }

  async leave(): Promise<void> {
    this.#ws.close()
    await this.closed
  }
}
