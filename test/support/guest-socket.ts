import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { Inbox } from './inbox.ts'

export interface ChatFrame {
  readonly type: string
  readonly is_host: boolean
  readonly message: string
  readonly datetime: string
  readonly status?: string
  /** A page of messages. */
  readonly data?: readonly ChatFrame[]
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** One WebSocket of a guest or host. */
export class GuestSocket {
  readonly closed: Promise<Closed>
  /** Called with each frame before it is kept for `hears`. */
  onFrame: (frame: ChatFrame) => void = () => {}
  readonly #ws: WebSocket
  readonly #inbox = new Inbox<ChatFrame>((frame) => JSON.stringify(frame))

  private constructor(ws: WebSocket) {
    this.#ws = ws
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ChatFrame
      this.onFrame(frame)
      this.#inbox.put(frame)
    })
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.#inbox.end(`closed with ${code} ${reason.toString()}`)
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  /** Resolves when it is open; rejects with `HTTP 403` where the upgrade is refused. */
  static dial(url: string, origin?: string): Promise<GuestSocket> {
    const ws = new WebSocket(url, { ...(origin !== undefined && { origin }), perMessageDeflate: false })
    return new Promise((resolve, reject) => {
      const socket = new GuestSocket(ws)
      ws.once('open', () => resolve(socket))
      ws.once('unexpected-response', (_request, response) => {
        reject(new Error(`HTTP ${response.statusCode}`))
        ws.terminate()
      })
      ws.on('error', reject)
    })
  }

  /** The page that comes first. */
  async page(): Promise<readonly ChatFrame[]> {
    const frame = await this.#inbox.take('a page', ({ data }) => data !== undefined)
    assert.deepEqual(Object.keys(frame).sort(), ['data', 'type'])
    assert.equal(frame.type, 'chat_message')
    return frame.data!
  }

  hears(message: string): Promise<ChatFrame> {
    return this.#inbox.take(message, (frame) => frame.message === message)
  }

  /** The next frame, whatever it is. */
  next(): Promise<ChatFrame> {
    return this.#inbox.take('a frame', () => true)
  }

  says(message: string, datetime = '2023-03-23T12:22:12', isHost = false): void {
    this.send({ type: 'chat_message', is_host: isHost, message, datetime })
  }

  asksBefore(datetime: string): Promise<readonly ChatFrame[]> {
    this.send({ type: 'request', message: datetime })
    return this.page()
  }

  send(frame: object | string): void {
    this.#ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** All that came and wasn't asked for, once what was sent so far is answered: by an older page of nothing. */
  async unheard(): Promise<ChatFrame[]> {
    assert.deepEqual(await this.asksBefore('0000-01-01T00:00:00'), [])
    return this.#inbox.drain()
  }

  /** The frames that are here already. */
  drain(): ChatFrame[] {
    return this.#inbox.drain()
  }

  async leave(): Promise<Closed> {
    this.#ws.close()
    return this.closed
  }

  /** As a page that is torn away. */
  lose(): void {
    this.#ws.terminate()
  }
}

/** As the description's `getDatetime`. */
export function getDatetime(): string {
  const now = new Date()
  now.setHours(now.getHours() + 9)
  return now.toISOString().substring(0, 19)
}
