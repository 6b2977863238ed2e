import { WebSocket } from 'ws'
import { Inbox } from './inbox.ts'

export interface RawFrame {
  readonly command: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The body of a MESSAGE. */
export interface RawEvent {
  readonly eventName: string
  readonly companyId: string
  readonly roomId: string | null
  readonly data: Record<string, unknown>
}

export interface RawOptions {
  /** Speak SockJS around the frames. */
  readonly sockjs?: boolean
  /** Of the HTTP request. */
  readonly headers?: Record<string, string>
}

/** STOMP written by hand, on a WebSocket: what is sent is exactly what the test says, and every frame back is seen. */
export class RawStomp implements Disposable {
  readonly inbox = new Inbox<RawFrame>(({ command, headers, body }) => `${command} ${JSON.stringify(headers)} ${body}`)
  /** Every frame ever, for those who look for what must not be there. */
  readonly received: RawFrame[] = []
  /** Takes every frame in place of the inbox: for those who hear thousands. */
  onFrame: ((frame: RawFrame) => void) | null = null
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #ws: WebSocket
  readonly #sockjs: boolean
  #count = 0

  private constructor(ws: WebSocket, sockjs: boolean) {
    this.#ws = ws
    this.#sockjs = sockjs
    ws.on('error', () => {})
    ws.on('message', (data: Buffer) => this.#hear(data.toString()))
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.inbox.end(`closed with ${code} ${reason}`)
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  /** `url`: `http://…/ws` */
  static async open(url: string, { sockjs = false, headers = {} }: RawOptions = {}): Promise<RawStomp> {
    const path = sockjs ? `/000/${Math.random().toString(36).slice(2)}/websocket` : '/websocket'
    const ws = new WebSocket(url.replace('http', 'ws') + path, { perMessageDeflate: false, headers })
    const raw = new RawStomp(ws, sockjs)
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject))
    return raw
  }

  /** Connected as a customer, or as whoever the headers say. Rejects with the words of an ERROR. */
  static async connect(url: string, headers: Record<string, string>, options: RawOptions = {}): Promise<RawStomp> {
    const raw = await RawStomp.open(url, options)
    raw.frame('CONNECT', { 'accept-version': '1.2', ...headers })
    await raw.takes('CONNECTED')
    return raw
  }

  /** Bytes as they are: part of a frame, or several. */
  send(text: string): void {
    this.#ws.send(this.#sockjs ? JSON.stringify([text]) : text)
  }

  frame(command: string, headers: Record<string, string> = {}, body = ''): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    this.send(`${command}\n${lines.join('')}\n${body}\0`)
  }

  subscribe(id: string, destination: string, headers: Record<string, string> = {}): void {
    this.frame('SUBSCRIBE', { id, destination, ...headers })
  }

  says(eventName: unknown, data: unknown = {}, headers: Record<string, string> = {}): void {
    this.frame('SEND', { destination: '/pub/socket/message', ...headers }, JSON.stringify({ eventName, data }))
  }

  /** SEND, and waits for its receipt. */
  async saysDurably(eventName: string, data: object): Promise<void> {
    const receipt = `durable-${++this.#count}`
    this.says(eventName, data, { receipt })
    await this.takes('RECEIPT', ({ headers }) => headers['receipt-id'] === receipt)
  }

  takes(command: string, matches: (frame: RawFrame) => boolean = () => true): Promise<RawFrame> {
    return this.inbox.take(command, (frame) => frame.command === command && matches(frame))
  }

  /** The next MESSAGE with this event. */
  async hears(eventName: string, matches: (event: RawEvent) => boolean = () => true): Promise<RawEvent> {
    const fits = (frame: RawFrame) =>
      frame.command === 'MESSAGE' && eventOf(frame).eventName === eventName && matches(eventOf(frame))
    return eventOf(await this.inbox.take(`MESSAGE ${eventName}`, fits))
  }

  async hearsMessage(text: string): Promise<Record<string, unknown>> {
    const event = await this.hears('MESSAGE', ({ data }) => (data['message'] as { message: string }).message === text)
    return event.data['message'] as Record<string, unknown>
  }

  /** What an `ERROR` event on the private queue says. The connection stays open. */
  async hearsRefusal(): Promise<string> {
    return String((await this.hears('ERROR')).data['reason'])
  }

  /** What a fatal ERROR frame says, after which the server has closed. */
  async isThrownOut(): Promise<{ message: string; code: number }> {
    const { headers } = await this.takes('ERROR')
    return { message: headers['message'] ?? '', code: (await this.closed).code }
  }

  /** Waits for an answer to a frame that is sent now, and gives the names of the events before it that nobody took. */
  async unheard(): Promise<string[]> {
    const transaction = `fence-${++this.#count}`
    this.frame('BEGIN', { transaction, receipt: transaction })
    await this.takes('RECEIPT', ({ headers }) => headers['receipt-id'] === transaction)
    this.frame('ABORT', { transaction })
    return this.inbox.drain().map((frame) => (frame.command === 'MESSAGE' ? eventOf(frame).eventName : frame.command))
  }

  /** Stops reading. */
  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  /** The line breaks: no DISCONNECT, no close frame. */
  lose(): void {
    this.#ws.terminate()
  }

  [Symbol.dispose](): void {
    this.#ws.terminate()
  }

  #hear(text: string): void {
    if (!this.#sockjs) return this.#take(text)
    if (text.startsWith('a')) for (const message of JSON.parse(text.slice(1)) as string[]) this.#take(message)
  }

  #take(text: string): void {
    const end = text.indexOf('\n\n')
    // A line end alone is a heart-beat.
    if (end < 0) return
    const [command = '', ...lines] = text.slice(0, end).split('\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    )
    const frame = { command, headers, body: text.slice(end + 2, text.lastIndexOf('\0')) }
    if (this.onFrame) return this.onFrame(frame)
    this.received.push(frame)
    this.inbox.put(frame)
  }
}

export function eventOf({ body }: RawFrame): RawEvent {
  return JSON.parse(body) as RawEvent
}
