import PusherApi from 'pusher'
import PusherJs from 'pusher-js'
import { io, type Socket } from 'socket.io-client'
import type { Ended, Journal, Line, Room } from '../journal.ts'
import type { Client, Speaker } from './speaker.ts'

// The package says that it has a `default`; what it has is the class itself.
const Pusher = PusherJs as unknown as typeof PusherJs.default

const event = 'said'
/** A public channel is entered without an answer: by then it surely is. */
const enteringMs = 2000

export interface EchoOptions {
  readonly journal: Journal
  readonly room: Room
  readonly name: string
  readonly url: string
  readonly app: { readonly id: string; readonly key: string; readonly secret: string }
  readonly channel: string
}

/** A page with Laravel Echo on pusher-js. */
export class PusherClient implements Client {
  readonly room: Room
  readonly name: string
  readonly #client: InstanceType<typeof Pusher>

  constructor({ journal, room, name, url, app, channel }: EchoOptions) {
    this.room = room
    this.name = name
    const { hostname, port } = new URL(url)
    let line: Line | null = null
    this.#client = new Pusher(app.key, {
      cluster: 'mt1',
      wsHost: hostname,
      wsPort: Number(port),
      forceTLS: false,
      enabledTransports: ['ws'],
      activityTimeout: 4000,
      pongTimeout: 3000,
    })
    const joined = this.#client.subscribe(channel)
    joined.bind('pusher:subscription_succeeded', () => {
      journal.close(line)
      line = journal.open(room, name)
      journal.ready(line)
    })
    joined.bind(event, ({ text }: { text: string }) => line && journal.hear(line, text))
    this.#client.connection.bind('state_change', ({ current }: { current: string }) => {
      if (current !== 'connected') journal.close(line)
    })
  }

  close(): void {
    this.#client.disconnect()
  }
}

/** A page with Laravel Echo on socket.io-client. */
export class SocketIoEchoClient implements Client {
  readonly room: Room
  readonly name: string
  readonly #socket: Socket

  constructor({ journal, room, name, url, app, channel }: EchoOptions) {
    this.room = room
    this.name = name
    let line: Line | null = null
    this.#socket = io(url, {
      query: { appId: app.id },
      forceNew: true,
      transports: ['polling', 'websocket'],
      reconnectionDelay: 200,
      reconnectionDelayMax: 1000,
      timeout: 5000,
    })
    this.#socket.on('connect', () => {
      const opened = journal.open(room, name)
      line = opened
      this.#socket.emit('subscribe', { channel, auth: { headers: {} } })
      setTimeout(() => journal.ready(opened), enteringMs)
    })
    this.#socket.on(event, (_channel: string, { text }: { text: string }) => line && journal.hear(line, text))
    this.#socket.on('disconnect', (reason) => {
      journal.close(line)
      if (reason === 'io server disconnect') this.#socket.connect()
    })
  }

  close(): void {
    this.#socket.disconnect()
  }
}

/** The application, which publishes with Pusher's own library. */
export class EchoApplication implements Speaker {
  readonly room: Room
  readonly name: string
  readonly isReady = true
  readonly #api: PusherApi
  readonly #channel: string

  constructor({ room, name, url, app, channel }: Omit<EchoOptions, 'journal'>) {
    this.room = room
    this.name = name
    this.#channel = channel
    const { hostname, port } = new URL(url)
    const { id: appId, key, secret } = app
    this.#api = new PusherApi({ appId, key, secret, host: hostname, port, useTLS: false, timeout: 10_000 })
  }

  async say(text: string): Promise<Ended> {
    try {
      await this.#api.trigger(this.#channel, event, { text })
      return { outcome: 'acked' }
    } catch (error) {
      const { status } = error as { status?: number }
      return { outcome: status === undefined || status === 502 ? 'unknown' : 'refused', why: String(error) }
    }
  }
}
