import { createRequire } from 'node:module'
import LaravelEcho from 'laravel-echo'
import { io, type Socket } from 'socket.io-client'
import { Inbox } from './inbox.ts'

/** Of socket.io-client. */
export type ClientVersion = 2 | 4
export const clientVersions = [4, 2] as const

interface Heard {
  readonly what: string
  readonly value: unknown
}

type AnySocket = Pick<Socket, 'on' | 'emit' | 'disconnect' | 'connected' | 'id' | 'io'>
type EchoOfSocketIo = InstanceType<typeof LaravelEcho<'socket.io'>>

const require = createRequire(import.meta.url)
const io2: unknown = require('socket.io-client-2')

export interface EchoPageOptions {
  readonly version?: ClientVersion
  /** Whose bearer token it has. */
  readonly as?: string
  /** More for Echo and the client library. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** A page with Laravel Echo on Socket.IO, and all that it heard. */
export class EchoPage implements Disposable {
  readonly echo: EchoOfSocketIo
  readonly #inbox = new Inbox<Heard>(({ what, value }) => `${what} ${JSON.stringify(value)}`)

  private constructor(host: string, { version = 4, as, options = {} }: EchoPageOptions) {
    this.echo = new LaravelEcho({
      broadcaster: 'socket.io',
      host,
      client: version === 4 ? io : io2,
      bearerToken: as ?? null,
      // Echo keeps one object of default headers for all that are made on a page.
      auth: { headers: {} },
      namespace: 'App.Events',
      forceNew: true,
      reconnectionDelay: 10,
      ...options,
    })
    const names = ['connect', 'disconnect', 'connect_error', 'error', 'subscription_error'] as const
    for (const name of names) this.socket.on(name, (...args: unknown[]) => this.hear(name, args))
  }

  /** Not connected yet. */
  static dial(host: string, options: EchoPageOptions = {}): EchoPage {
    return new EchoPage(host, options)
  }

  static async open(host: string, options: EchoPageOptions = {}): Promise<EchoPage> {
    const page = new EchoPage(host, options)
    await page.next('connect')
    return page
  }

  get socket(): AnySocket {
    return this.echo.connector.socket as unknown as AnySocket
  }

  get socketId(): string {
    return this.echo.socketId() ?? ''
  }

  hear(what: string, value: unknown): void {
    this.#inbox.put({ what, value })
  }

  /** The next of its kind, now or when it comes. */
  async next(what: string): Promise<unknown> {
    return (await this.#inbox.take(what, (heard) => heard.what === what)).value
  }

  /** Joins a presence channel; resolves with who is there. */
  async join(name: string): Promise<unknown> {
    this.echo
      .join(name)
      .here((users: unknown) => this.hear(`here ${name}`, users))
      .joining((user: unknown) => this.hear(`joining ${name}`, user))
      .leaving((user: unknown) => this.hear(`leaving ${name}`, user))
    return this.next(`here ${name}`)
  }

  /** Hears an event of a channel, as Echo names it. */
  listen(kind: 'channel' | 'private' | 'join', name: string, event: string): void {
    this.echo[kind](name).listen(event, (data: unknown) => this.hear(`${event} ${name}`, data))
  }

  /** What it said before has been taken: this is said after it, and answered at once. */
  async settled(): Promise<void> {
    this.socket.emit('subscribe', { channel: '#', auth: {} })
    await this.#inbox.take('an answer', ({ what, value }) => what === 'subscription_error' && first(value) === '#')
  }

  /** All that came and was not asked for. */
  async unheard(): Promise<readonly string[]> {
    await this.settled()
    return this.#inbox.drain().map(({ what }) => what)
  }

  [Symbol.dispose](): void {
    this.echo.disconnect()
  }
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : undefined
}
