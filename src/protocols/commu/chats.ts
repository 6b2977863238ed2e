import type { Chat } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { RoomId } from '../../core/model.ts'
import type { Session } from '../../core/session.ts'
import type { Ids } from './ids.ts'
import { chatInfo, listedChat, messageType, type ChatInfo, type WireType } from './shapes.ts'

/** A page of chats. The cursor is the next page's number in the direction asked for; none at the end. */
export interface ChatPage {
  readonly chat: readonly object[]
  readonly prev?: number
  readonly next?: number
}

/** Page n has the ids from 100 n on. */
const pageSize = 100

/** Chats as the wire knows them. Rejects as `Chat.execute` does; resolved means durable. */
export class Chats {
  readonly #chat: Chat

  constructor(chat: Chat) {
    this.#chat = chat
  }

  async post(session: Session, ids: Ids, roomId: RoomId, type: WireType, content: string): Promise<ChatInfo> {
    const draft = { type: messageType(type), body: content }
    const { room, events } = await this.#chat.execute(session, { type: 'post', roomId, draft })
    const event = events.find((one) => one.type === 'message_posted')
    if (!event) throw new Error('a message was posted and nothing happened')
    return chatInfo(ids, room, event.message)
  }

  async edit(session: Session, ids: Ids, roomId: RoomId, messageId: number, content: string): Promise<ChatInfo> {
    const { room, events } = await this.#chat.execute(session, { type: 'edit', roomId, messageId, body: content })
    const event = events.find((one) => one.type === 'message_edited')
    if (!event) throw new Error('a message was edited and nothing happened')
    return chatInfo(ids, room, event.message)
  }

  async delete(session: Session, ids: Ids, roomId: RoomId, messageId: number): Promise<ChatInfo> {
    const command = { type: 'delete', roomId, messageId, unreadOnly: false } as const
    const { room, events } = await this.#chat.execute(session, command)
    const event = events.find((one) => one.type === 'message_deleted')
    if (!event) throw new Error('a message was deleted and nothing happened')
    return chatInfo(ids, room, event.message, event.at)
  }

  /** `number` -1 is the newest page, whichever way is asked. Deleted chats are left out, so that a page may have fewer. */
  async page(
    session: Session,
    ids: Ids,
    roomId: RoomId,
    { way, number }: { way: 'prev' | 'next'; number: number },
  ): Promise<ChatPage> {
    const { room } = await this.#chat.look(session, roomId)
    const last = Math.max(0, Math.ceil(room.lastId / pageSize) - 1)
    const asked = number === -1 ? last : number
    if (!Number.isSafeInteger(asked) || asked < 0) throw new ChatError('invalid', 'there is no such page', way)
    const after = asked * pageSize
    const query = { after, before: after + pageSize + 1, audience: 'all', limit: pageSize, keep: 'oldest' } as const
    const messages = asked > last ? [] : await this.#chat.history(session, roomId, query)
    const chat = messages.map((message) => listedChat(ids, message))
    if (way === 'next' && number !== -1) return asked < last ? { chat, next: asked + 1 } : { chat }
    const before = Math.min(asked, last + 1) - 1
    return before >= 0 ? { chat, prev: before } : { chat }
  }
}
