import { createRequire } from 'node:module'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { Inbox } from './inbox.ts'
import type { Townsman } from './town.ts'

/** A chat as clients hear it. */
export interface Chat {
  readonly id: number
  readonly type: string
  readonly content: string
  readonly senderId: string
  readonly channelId: string
  readonly communityId: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedAt?: string
}

export interface ChatAnswer {
  readonly written: boolean
  readonly chatInfo?: Chat | false
  readonly message?: string
}

interface Said {
  readonly name: string
  readonly args: readonly unknown[]
}

/** The events of the wire. */
const names = ['new-chat', 'modify-chat', 'delete-chat', 'invited-to-channel', 'failed-to-send-message'] as const

/** The client libraries of the two protocol revisions, as far as they are alike. */
type AnySocket = Pick<
  Socket,
  'on' | 'once' | 'emit' | 'disconnect' | 'connect' | 'connected' | 'id' | 'io' | 'recovered'
>
export type ClientOptions = Partial<ManagerOptions & SocketOptions>
const require = createRequire(import.meta.url)
const io2 = require('socket.io-client-2') as (url: string, options: object) => AnySocket

const soon = { reconnectionDelay: 10, reconnectionDelayMax: 50 }

export const transports = {
  websocket: ['websocket'],
  polling: ['polling'],
  upgrade: ['polling', 'websocket'],
} as const
export type TransportName = keyof typeof transports

/** Somebody's socket in a community, with all that it heard. */
export class TownSocket implements Disposable {
  readonly socket: AnySocket
  readonly #inbox = new Inbox<Said>(({ name, args }) => `${name} ${JSON.stringify(args)}`)

  private constructor(socket: AnySocket) {
    this.socket = socket
    for (const name of [...names, 'connect', 'disconnect', 'connect_error', 'error']) {
      socket.on(name, (...args: unknown[]) => this.#inbox.put({ name, args }))
    }
  }

  /** With socket.io-client 4. Not connected yet. `url` is the namespace's. */
  static dial(url: string, token: string | null, options: ClientOptions = {}): TownSocket {
    const auth = token === null ? {} : { token }
    return new TownSocket(io(url, { auth, forceNew: true, ...soon, ...options }))
  }

  /** With socket.io-client 2, which says its token in the query. */
  static dial2(url: string, token: string | null, options: ClientOptions = {}): TownSocket {
    const query = token === null ? {} : { token }
    return new TownSocket(io2(url, { query, forceNew: true, ...soon, ...options }))
  }

  /** Connected, and on the transport on which it stays: a client that is cut off while it changes that may notice only by its heartbeat. */
  static async open(url: string, { token }: Townsman, options: ClientOptions = {}): Promise<TownSocket> {
    const socket = await TownSocket.dial(url, token, options).connected()
    const { engine } = socket.socket.io
    const last = (options.transports ?? transports.upgrade).at(-1)
    if (engine.transport.name !== last) await new Promise((resolve) => engine.once('upgrade', resolve))
    return socket
  }

  async connected(): Promise<this> {
    await this.hears('connect')
    return this
  }

  async join(...channels: string[]): Promise<{ joined: string[]; refused: string[] }> {
    return (await this.ask('join', { channels })) as { joined: string[]; refused: string[] }
  }

  async say(channelId: string, content: string): Promise<ChatAnswer> {
    return (await this.ask('chat', { chatType: 'new', channelId, content })) as ChatAnswer
  }

  /** Sends an event and waits for its answer. */
  ask(name: string, value: unknown): Promise<unknown> {
    return new Promise((resolve) => this.socket.emit(name, value, resolve))
  }

  /** The first unheard event of a name, now or when it comes. */
  async hears(name: string): Promise<readonly unknown[]> {
    return (await this.#inbox.take(name, (said) => said.name === name)).args
  }

  async hearsChat(name: (typeof names)[number] = 'new-chat'): Promise<Chat> {
    return (await this.hears(name))[0] as Chat
  }

  /** Of the wire's events, the names of what came and was not asked for yet. An answer to a question says that all before it is here. */
  async unheard(): Promise<readonly string[]> {
    await this.join()
    const came = this.#inbox.drain().map(({ name }) => name)
    return names.filter((name) => came.includes(name))
  }

  [Symbol.dispose](): void {
    this.socket.disconnect()
  }
}
