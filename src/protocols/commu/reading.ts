import type { Chat } from '../../core/chat.ts'
import type { Member, Message, RoomId, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import type { Session } from '../../core/session.ts'

const pageSize = 100
/** Of a member who never looks, this many of its own messages are passed over in search of another's. */
const maxPages = 10

/** What of a channel a member has yet to read: what others wrote since it came and last looked. System messages wait for nobody. */
export class Reading {
  readonly #store: Store
  readonly #chat: Chat

  constructor(store: Store, chat: Chat) {
    this.#store = store
    this.#chat = chat
  }

  /** The member has read all that is there now. */
  async markAll(session: Session, { room, members }: Roomful): Promise<void> {
    const readId = (session.user && members.get(session.user.id)?.readId) ?? 0
    await this.#chat.execute(session, { type: 'mark_read', roomId: room.id, fromId: readId + 1, toId: room.lastId })
  }

  async hasUnread(roomful: Roomful, userId: UserId): Promise<boolean> {
    return (await this.firstUnread(roomful, userId)) !== null
  }

  /** Null for none, and for who is no member. */
  async firstUnread({ room, members }: Roomful, userId: UserId): Promise<Message | null> {
    const member = members.get(userId)
    const { id: roomId, lastMessage, lastId } = room
    if (!member || !lastMessage || lastId <= member.readId) return null
    // Who has written the last word has seen those before.
    if (lastMessage.at < member.joinedAt || lastMessage.senderId === userId) return null
    let after = await this.#readId(roomId, member, lastId)
    for (let pages = 0; pages < maxPages && after < lastId; pages++) {
      const page = await this.#store.messages.page(roomId, { after, audience: 'all', limit: pageSize, keep: 'oldest' })
      const found = page.find(({ sender }) => sender !== null && sender.id !== userId)
      if (found) return found
      if (page.length < pageSize) return null
      after = page.at(-1)!.id
    }
    return null
  }

  /** Who has never looked has read what was there when it came. Ids and times run in step, so that is found by halving. */
  async #readId(roomId: RoomId, { readId, readAt, joinedAt }: Member, lastId: number): Promise<number> {
    if (readAt !== null) return readId
    let [low, high] = [readId, lastId]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const message = await this.#store.messages.byId(roomId, middle)
      if (!message || message.createdAt < joinedAt) low = middle
      else high = middle - 1
    }
    return low
  }
}
