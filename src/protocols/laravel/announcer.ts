import type { Chat } from '../../core/chat.ts'
import { houseSession } from '../../core/session.ts'
import type { ChannelRooms } from './channel-rooms.ts'
import { kindOf, socketName } from './channel-names.ts'
import type { LaravelApp } from './settings.ts'
import { broadcastMeta, draftOf, system, wordsOf } from './words.ts'

/** What an application says in a channel of the JWT socket. */
export interface Announcement {
  readonly channel: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Says the application's words in its channels, as "System". */
export class Announcer {
  readonly #chat: Chat
  readonly #rooms: ChannelRooms
  #underWay = 0

  constructor(chat: Chat, rooms: ChannelRooms) {
    this.#chat = chat
    this.#rooms = rooms
  }

  /** How many are not kept yet, of those that are to be kept. */
  get underWay(): number {
    return this.#underWay
  }

  /** Null when it is said; otherwise it is to be kept, and resolves when it is. */
  announce(app: LaravelApp, { channel, type, data }: Announcement): Promise<void> | null {
    const kind = kindOf(app, channel)
    // Of other types than messages nothing is known, so nothing of them is left out, or kept.
    const isMessage = type === 'message'
    const words = wordsOf(system, data, isMessage ? kind : { ...kind, data: null })
    if (words === null) return null
    if (isMessage && kind.stored) return this.#keep(app, channel, draftOf(words))
    const meta = broadcastMeta(words)
    this.#chat.broadcast(app.app, { channel: socketName(channel), name: type, data: words.data, meta })
    return null
  }

  async #keep({ app }: LaravelApp, channel: string, draft: ReturnType<typeof draftOf>): Promise<void> {
    this.#underWay++
    try {
      const known = this.#rooms.roomOf(app, channel)
      // Without a pause where it is known: what comes in turn stays in turn.
      const roomId = typeof known === 'number' ? known : await known
      await this.#chat.execute(houseSession(app), { type: 'announce', roomId, draft })
    } finally {
      this.#underWay--
    }
  }
}
