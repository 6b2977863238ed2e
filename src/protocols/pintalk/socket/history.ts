import type { Chat } from '../../../core/chat.ts'
import type { Message, RoomId } from '../../../core/model.ts'
import type { Session } from '../../../core/session.ts'
import { datetimeOf } from '../message-words.ts'
import { comparable } from './frames.ts'

export const pageSize = 50

/**
 * What one socket has been shown of its room's past. Clients name a place in it by a datetime, which many messages may
 * share; the oldest that was shown is remembered by id, so that none of its second is skipped or said twice.
 */
export class History {
  readonly #chat: Chat
  readonly #session: Session
  readonly #roomId: RoomId
  #oldest: { id: number; datetime: string } | null = null

  constructor(chat: Chat, session: Session, roomId: RoomId) {
    this.#chat = chat
    this.#session = session
    this.#roomId = roomId
  }

  /** The newest page, ascending. */
  async newest(): Promise<Message[]> {
    return this.#shown(await this.#page({}))
  }

  /** The page before a datetime, descending. */
  async before(datetime: string): Promise<Message[]> {
    const wanted = comparable(datetime)
    const before = this.#oldest?.datetime === wanted ? this.#oldest.id : await this.#find(wanted)
    return this.#shown(await this.#page({ before })).toReversed()
  }

  /**
   * The id at which messages are no longer older than a datetime. Datetimes rise with the ids, but for clocks that
   * disagree, so halving finds such a place: 20 looks in a million messages, whatever the client asks for.
   */
  async #find(wanted: string): Promise<number> {
    const { room } = await this.#chat.look(this.#session, this.#roomId)
    let olderTo = 0
    let newerFrom = room.lastId + 1
    while (olderTo + 1 < newerFrom) {
      const middle = Math.floor((olderTo + newerFrom) / 2)
      const [message] = await this.#page({ before: middle + 1, limit: 1 })
      if (!message || comparable(datetimeOf(message)) < wanted) olderTo = middle
      else newerFrom = message.id
    }
    return newerFrom
  }

  #page(range: { before?: number; limit?: number }): Promise<Message[]> {
    const query = { audience: 'all', keep: 'newest', limit: pageSize, ...range } as const
    return this.#chat.history(this.#session, this.#roomId, query)
  }

  #shown(page: Message[]): Message[] {
    const [first] = page
    if (first) this.#oldest = { id: first.id, datetime: comparable(datetimeOf(first)) }
    return page
  }
}
