import type { Ended, Journal, Line, Room } from '../journal.ts'
import type { Random } from '../random.ts'
import { LastingSocket } from './lasting-socket.ts'
import { Question } from './question.ts'
import type { Client, Speaker } from './speaker.ts'

export interface GuestOptions {
  readonly journal: Journal
  readonly room: Room
  readonly name: string
  /** `http://…` */
  readonly url: string
  readonly roomName: string
  /** Of a guest its page's origin, of the host its token. */
  readonly as: { readonly page: string } | { readonly token: string }
  readonly random: Random
}

interface Frame {
  readonly type: string
  readonly message: string
  /** The page that comes first. */
  readonly data?: readonly Frame[]
}

/** A website's guest or host, on a plain WebSocket. Its own copy is its acknowledgement. */
export class GuestClient implements Speaker, Client {
  readonly room: Room
  readonly name: string
  readonly #journal: Journal
  readonly #socket: LastingSocket
  readonly #isHost: boolean
  readonly #question = new Question()
  #line: Line | null = null
  #said = ''

  constructor({ journal, room, name, url, roomName, as, random }: GuestOptions) {
    this.room = room
    this.name = name
    this.#journal = journal
    this.#isHost = 'token' in as
    const query = 'token' in as ? `?token=${as.token}` : ''
    this.#socket = new LastingSocket({
      url: `${url.replace('http', 'ws')}/ws/chat/${roomName}/${query}`,
      options: 'page' in as ? { origin: as.page } : {},
      random,
      onOpen: () => (this.#line = journal.open(room, name)),
      onText: (text) => this.#hear(JSON.parse(text) as Frame),
      onClose: (why) => {
        journal.close(this.#line)
        this.#line = null
        this.#question.answer({ outcome: 'unknown', why })
      },
    })
  }

  get isReady(): boolean {
    return this.#socket.isOpen && typeof this.#line?.readyAt === 'number'
  }

  say(text: string): Promise<Ended> {
    this.#said = text
    const datetime = new Date().toISOString().slice(0, 23)
    return this.#question.ask(() =>
      this.#socket.send({ type: 'chat_message', is_host: this.#isHost, message: text, datetime }),
    )
  }

  close(): void {
    this.#socket.close()
  }

  #hear({ type, message, data }: Frame): void {
    const line = this.#line
    if (!line || type !== 'chat_message') return
    for (const one of data ?? []) this.#journal.hear(line, one.message)
    if (data) return this.#journal.ready(line)
    this.#journal.hear(line, message)
    if (message === this.#said) this.#question.answer({ outcome: 'acked' })
  }
}
