import { io, type Socket } from 'socket.io-client'
import type { Ended, Journal, Line, Room } from '../journal.ts'
import type { Client, Speaker } from './speaker.ts'

const answerTimeoutMs = 25_000

export const townTransports = {
  websocket: ['websocket'],
  polling: ['polling'],
  upgrade: ['polling', 'websocket'],
} as const

export interface TownOptions {
  readonly journal: Journal
  readonly room: Room
  readonly name: string
  /** `http://…` */
  readonly url: string
  readonly transport: keyof typeof townTransports
  readonly communityId: string
  readonly channelId: string
  readonly token: string
}

interface Chat {
  readonly id: number
  readonly content: string
  readonly channelId: string
}

interface Answer {
  readonly written: boolean
  readonly chatInfo?: Chat | false
  readonly message?: string
}

/** A member of a community, with socket.io-client, which recovers what it missed where the server can prove it. */
export class TownClient implements Speaker, Client {
  readonly room: Room
  readonly name: string
  readonly #journal: Journal
  readonly #channelId: string
  readonly #socket: Socket
  #line: Line | null = null

  constructor({ journal, room, name, url, transport, communityId, channelId, token }: TownOptions) {
    this.room = room
    this.name = name
    this.#journal = journal
    this.#channelId = channelId
    this.#socket = io(`${url}/socket/commu-${communityId}`, {
      auth: { token },
      forceNew: true,
      transports: [...townTransports[transport]],
      reconnectionDelay: 200,
      reconnectionDelayMax: 1000,
      timeout: 5000,
    })
    this.#socket.on('connect', () => void this.#enter())
    this.#socket.on('new-chat', (chat: Chat) => this.#hear(chat))
    this.#socket.on('disconnect', (reason) => {
      if (this.#line) this.#line.isAway = true
      // The library leaves it to the page whether to come back to a server that sent it away.
      if (reason === 'io server disconnect') this.#socket.connect()
    })
    this.#socket.on('connect_error', () => {
      if (!this.#socket.active) setTimeout(() => this.#socket.connect(), 500)
    })
  }

  get isReady(): boolean {
    return this.#socket.connected && typeof this.#line?.readyAt === 'number'
  }

  async say(text: string): Promise<Ended> {
    try {
      const said = { chatType: 'new', channelId: this.#channelId, content: text }
      const answer = (await this.#socket.timeout(answerTimeoutMs).emitWithAck('chat', said)) as Answer
      if (answer.written && answer.chatInfo) return { outcome: 'acked', id: answer.chatInfo.id }
      return { outcome: 'refused', why: String(answer.message) }
    } catch (error) {
      return { outcome: 'unknown', why: String(error) }
    }
  }

  close(): void {
    this.#socket.disconnect()
  }

  async #enter(): Promise<void> {
    // One that was lost before it had joined is recovered as it was: outside.
    if (this.#socket.recovered && typeof this.#line?.readyAt === 'number') {
      this.#line.isAway = false
      return
    }
    this.#journal.close(this.#line)
    // Who says something has the acknowledgement, and isn't told it.
    const line = this.#journal.open(this.room, this.name, this.name)
    this.#line = line
    try {
      const join = { channels: [this.#channelId] }
      const { joined } = (await this.#socket.timeout(answerTimeoutMs).emitWithAck('join', join)) as { joined: string[] }
      if (joined.length > 0 && this.#line === line) return this.#journal.ready(line)
    } catch {
      // It comes back below.
    }
    if (this.#line === line && this.#socket.connected) this.#socket.disconnect().connect()
  }

  #hear({ id, content, channelId }: Chat): void {
    if (this.#line && channelId === this.#channelId) this.#journal.hear(this.#line, content, id)
  }
}
