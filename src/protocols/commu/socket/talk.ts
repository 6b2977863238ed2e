import { randomUUID } from 'node:crypto'
import { ChatError } from '../../../core/errors.ts'
import type { RoomId, UserId } from '../../../core/model.ts'
import { noSuchRoom } from '../../../core/policy.ts'
import type { NamespaceLine } from '../../../wire/socketio/service.ts'
import { demandFor } from '../limits.ts'
import { messageIdOf, type ChatInfo } from '../shapes.ts'
import type { SocketHouse } from './house.ts'
import { readChat, readInvite, readJoin, type ChatRequest } from './inbound.ts'
import type { Seat } from './seat.ts'

/** Of a chat, on this wire. */
const maxContentChars = 300

/**
 * One event of a client, and its answer. Whatever is refused is answered with the reason: in the ack where the client asked
 * for one, else with `failed-to-send-message`, as is what makes no sense at all.
 */
export class Talk {
  readonly #house: SocketHouse
  readonly #seat: Seat
  readonly #line: NamespaceLine
  readonly #ackId: number | null

  constructor(house: SocketHouse, seat: Seat, line: NamespaceLine, ackId: number | null) {
    this.#house = house
    this.#seat = seat
    this.#line = line
    this.#ackId = ackId
  }

  /** Events that nobody knows are nobody's business. */
  take(name: string, value: unknown): void {
    const work = this.#workOf(name, value)
    work?.catch((error: unknown) => this.#fail(this.#reasonOf(error)))
  }

  #workOf(name: string, value: unknown): Promise<void> | null {
    switch (name) {
      case 'chat':
        return this.#chat(value)
      case 'join':
        return this.#join(value)
      case 'invite-users-to-channel':
        return this.#invite(value)
      default:
        return null
    }
  }

  async #join(value: unknown): Promise<void> {
    const { directory } = this.#house
    const { app, session, communityId } = this.#seat
    const names = readJoin(value)
    this.#demandFor(names)
    const channels = await Promise.all(names.map((name) => directory.channel(app.app.id, app.ids.channelOf(name))))
    const [joined, refused]: [string[], string[]] = [[], []]
    for (const [index, name] of names.entries()) {
      const channel = channels[index]
      const isMember = session.user !== null && channel?.members.has(session.user.id)
      if (channel && isMember && channel.room.parentId === communityId && this.#seat.isTaken(this.#line)) {
        this.#seat.join(channel.room)
        joined.push(name)
      } else refused.push(name)
    }
    this.#answer({ joined, refused })
  }

  async #chat(value: unknown): Promise<void> {
    const request = readChat(value)
    if (request.content.length > maxContentChars) {
      return this.#refuse({ written: false, message: `a chat has at most ${maxContentChars} characters` })
    }
    try {
      this.#answer({ written: true, chatInfo: await this.#write(request) })
    } catch (error) {
      this.#refuse({ written: false, chatInfo: false, message: this.#reasonOf(error) })
    }
  }

  async #write({ chatType, channelId, chatId, content }: ChatRequest): Promise<ChatInfo> {
    const { chats } = this.#house
    const { app, session } = this.#seat
    const roomId = await this.#channelOf(channelId)
    if (chatType !== 'delete' && content === '') throw new ChatError('invalid', 'a chat has something in it', 'content')
    if (chatType === 'new') return chats.post(session, app.ids, roomId, 'TEXT', content)
    const messageId = messageIdOf(chatId)
    if (messageId === null) throw new ChatError('not_found', 'there is no such message')
    return chatType === 'modify'
      ? chats.edit(session, app.ids, roomId, messageId, content)
      : chats.delete(session, app.ids, roomId, messageId)
  }

  async #invite(value: unknown): Promise<void> {
    const { communityId, channelId, users } = readInvite(value)
    const { app, session } = this.#seat
    try {
      this.#demandFor(users)
      if (app.ids.communityOf(communityId) !== this.#seat.communityId)
        throw new ChatError('not_found', 'there is no such community here')
      const userIds = users.map((user) => app.ids.userOf(user)).filter((id): id is UserId => id !== null)
      if (userIds.length < users.length || users.length === 0) throw new ChatError('not_found', 'there is no such user')
      await this.#house.channels.invite(session, await this.#channelOf(channelId), userIds)
      this.#answer({ isSuccess: true })
    } catch (error) {
      this.#refuse({ isSuccess: false, message: this.#reasonOf(error) })
    }
  }

  /** Looking up a thousand takes as long as some REST requests do, and counts as those. */
  #demandFor(ids: readonly unknown[]): void {
    const { user } = this.#seat.session
    if (user) demandFor(this.#house.limits.reads, user.id, ids.length)
  }

  /** One of this community; what is said in another is said on another socket. */
  async #channelOf(channelId: unknown): Promise<RoomId> {
    const { app, places, communityId } = this.#seat
    const roomId = app.ids.channelOf(channelId)
    if (roomId !== null && places.has(roomId)) return roomId
    const channel = await this.#house.directory.channel(app.app.id, roomId)
    if (channel?.room.parentId !== communityId) throw noSuchRoom()
    return channel.room.id
  }

  #answer(value: object): void {
    if (this.#ackId !== null) this.#line.answer(this.#ackId, value)
  }

  #refuse(value: { readonly message: string; readonly [name: string]: unknown }): void {
    if (this.#ackId === null) this.#fail(value.message)
    else this.#answer(value)
  }

  #fail(message: string): void {
    this.#line.emit('failed-to-send-message', { message })
  }

  /** What is no refusal is our fault: logged once, under an id that the client hears too. */
  #reasonOf(error: unknown): string {
    if (error instanceof ChatError && error.code !== 'internal') return error.message
    const id = randomUUID()
    this.#house.log.error({ error, id, connection: this.#line.id }, 'a request failed')
    return `internal error ${id}`
  }
}
