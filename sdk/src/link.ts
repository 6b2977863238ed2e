import type { Environment, Socket } from './environment.ts'
import { decodeFrame, type ServerFrame } from './frames.ts'

/** How a link ended, as far as this end knows. */
export interface LinkEnd {
  /** The WebSocket's close code; 1006 for none. */
  readonly code: number
  readonly reason: string
}

export interface LinkOptions {
  readonly environment: Environment
  readonly url: string
  /** The first frame. */
  readonly hello: object
  /** For the dial up to the answer to `hello`, and for the answer to a ping. */
  readonly timeoutMs: number
  readonly onFrame: (frame: ServerFrame) => void
  /** Called once, unless `end` was called. */
  readonly onEnd: (end: LinkEnd) => void
}

/**
 * One WebSocket, from the dial to its end. When nothing was heard for the heart-beat's time it asks with a ping, and when that
 * stays unanswered the link counts as lost: a network that swallows everything says nothing.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #socket: Socket
  #timer: unknown
  #heartbeatMs = Infinity
  #heardAt = 0
  #isAnswered = false
  #isOver = false

  /** Throws what the WebSocket's constructor throws. */
  constructor(options: LinkOptions) {
    this.#options = options
    const { environment, url, hello } = options
    const socket = environment.dial(url)
    this.#socket = socket
    this.#wait(options.timeoutMs, () => this.#lost('no answer in time'))
    socket.onopen = () => this.send(hello)
    socket.onmessage = ({ data }) => this.#heard(data)
    socket.onclose = ({ code, reason }) => this.#end({ code, reason })
    socket.onerror = () => this.#lost('the connection failed')
  }

  send(frame: object): void {
    if (this.#isOver) return
    try {
      this.#socket.send(JSON.stringify(frame))
    } catch {
      // It is closing: `onclose` follows.
    }
  }

  /** The handshake is done: from now on silence is asked about. */
  keepAlive(heartbeatMs: number): void {
    this.#heartbeatMs = heartbeatMs
    this.#heardAt = this.#options.environment.now()
    this.#listen()
  }

  /** Asks at once whether the other end is there. */
  probe(): void {
    if (this.#heartbeatMs === Infinity) return
    this.send({ type: 'ping' })
    this.#isAnswered = false
    this.#wait(this.#options.timeoutMs, () => {
      if (this.#isAnswered) this.#listen()
      else this.#lost('the server fell silent')
    })
  }

  /** Silent: `onEnd` is not called. */
  end(): void {
    if (this.#isOver) return
    this.#close()
  }

  #heard(data: unknown): void {
    if (this.#isOver) return
    this.#isAnswered = true
    this.#heardAt = this.#options.environment.now()
    const frame = decodeFrame(data)
    if (frame) this.#options.onFrame(frame)
  }

  /** One timer that is set anew when it rings, not with each message. */
  #listen(): void {
    const { environment } = this.#options
    const silentMs = environment.now() - this.#heardAt
    if (silentMs >= this.#heartbeatMs) this.probe()
    else this.#wait(this.#heartbeatMs - silentMs, () => this.#listen())
  }

  #lost(reason: string): void {
    this.#end({ code: 1006, reason })
  }

  #end(end: LinkEnd): void {
    if (this.#isOver) return
    this.#close()
    this.#options.onEnd(end)
  }

  #close(): void {
    this.#isOver = true
    this.#options.environment.clearTimeout(this.#timer)
    const socket = this.#socket
    // A stalled one takes its time to close, and must not be heard meanwhile. Node's says errors only to who listens.
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.onerror = () => {}
    try {
      socket.close(1000)
    } catch {
      // Closed already.
    }
  }

  #wait(ms: number, then: () => void): void {
    const { environment } = this.#options
    environment.clearTimeout(this.#timer)
    this.#timer = environment.setTimeout(then, ms)
  }
}
