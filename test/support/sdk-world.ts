import type { Environment, Socket } from '../../sdk/src/environment.ts'

/** The other end of a WebSocket of the SDK's. */
export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly url: string
  // oxlint-disable-next-line typescript/no-explicit-any -- frames are looked at field by field
  readonly sent: any[] = []
  isClosed = false

  constructor(url: string) {
    this.url = url
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data))
  }

  close(): void {
    this.isClosed = true
  }

  open(): void {
    this.onopen?.(null as never)
  }

  say(...frames: readonly object[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** The handshake, of a user who has these channels. */
  welcome(positions: object = {}, pending: readonly string[] = []): void {
    this.open()
    const user = { user_id: 'ana', name: 'Ana', created_at: 1, updated_at: 1 }
    this.say({ type: 'welcome', version: 1, capabilities: [], heartbeat_ms: 1000, user, positions })
    this.say({ type: 'ready', pending })
  }

  drop(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason })
  }
}

/** A world for the SDK in which nothing happens by itself. */
export class SdkWorld {
  now = 0
  random = 0.5
  readonly sockets: FakeSocket[] = []
  #timers: { readonly at: number; readonly callback: () => void }[] = []
  #listener: ((how: 'online' | 'visible') => void) | null = null

  readonly environment: Environment = {
    now: () => this.now,
    random: () => this.random,
    setTimeout: (callback, delayMs) => {
      const timer = { at: this.now + delayMs, callback }
      this.#timers.push(timer)
      return timer
    },
    clearTimeout: (timer) => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    },
    dial: (url) => {
      const socket = new FakeSocket(url)
      this.sockets.push(socket)
      return socket
    },
    fetch: () => Promise.reject(new TypeError('there is no network here')),
    XMLHttpRequest: undefined,
    onReturn: (listener) => {
      this.#listener = listener
      return () => (this.#listener = null)
    },
  }

  /** The newest connection. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('nobody has dialled')
    return socket
  }

  get isListening(): boolean {
    return this.#listener !== null
  }

  /** How long until the next timer rings; null for none. */
  get nextMs(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(({ at }) => at)) - this.now
  }

  /** Lets time pass: timers ring in their order, and what they promise is kept. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers = this.#timers.filter((one) => one !== next)
      this.now = next.at
      next.callback()
      await this.settle()
    }
    this.now = until
  }

  returns(how: 'online' | 'visible'): void {
    this.#listener?.(how)
  }

  /** Lets promises be kept. */
  async settle(): Promise<void> {
    await new Promise(setImmediate)
  }
}
