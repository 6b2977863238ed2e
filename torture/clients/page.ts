import type { Ended, Journal, Line, Room } from '../journal.ts'
import type { Random } from '../random.ts'
import { LastingSocket } from './lasting-socket.ts'
import { Question } from './question.ts'
import type { Client, Speaker } from './speaker.ts'

export interface PageOptions {
  readonly journal: Journal
  readonly room: Room
  readonly name: string
  /** `http://…` */
  readonly url: string
  readonly token: string
  readonly random: Random
}

interface Frame {
  readonly type: string
  readonly message?: string
  readonly data?: { readonly message: string }
}

/** A page of a Laravel application on the JWT socket. */
export class PageClient implements Speaker, Client {
  readonly room: Room
  readonly name: string
  readonly #journal: Journal
  readonly #socket: LastingSocket
  readonly #question = new Question()
  #line: Line | null = null

  constructor({ journal, room, name, url, token, random }: PageOptions) {
    this.room = room
    this.name = name
    this.#journal = journal
    this.#socket = new LastingSocket({
      url: `${url.replace('http', 'ws')}/?token=${token}`,
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
    return this.#question.ask(() => this.#socket.send({ data: { message: text, name: this.name } }))
  }

  close(): void {
    this.#socket.close()
  }

  #hear({ type, message, data }: Frame): void {
    if (type === 'connected' && this.#line) this.#journal.ready(this.#line)
    else if (type === 'sended') this.#question.answer({ outcome: 'acked' })
    else if (type === 'error') this.#question.answer({ outcome: 'refused', why: String(message) })
    else if (type === 'message' && data && this.#line) this.#journal.hear(this.#line, data.message)
  }
}
