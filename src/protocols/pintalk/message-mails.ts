import { ChatError } from '../../core/errors.ts'
import type { Event } from '../../core/event.ts'
import type { Message, Room, User } from '../../core/model.ts'
import type { Bus, Clock, Log, Store } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import { hostMeta } from './host.ts'
import type { SendMail } from './mail.ts'
import { wordsOf } from './message-words.ts'

export interface MessageMailsOptions {
  readonly bus: Bus
  readonly store: Store
  readonly presence: Presence
  readonly sendMail: SendMail
  /** Where hosts answer. */
  readonly adminUrl: () => string
  readonly log: Log
  readonly now: Clock
}

const quietMs = 10 * 60_000
const quotedChars = 200
const collection = 'pintalk_mailed'

/**
 * Writes a mail when a message arrives and its other side has no socket in the room: at most one per room and side in
 * ten minutes, also across restarts and nodes, because the first to note it down in the store writes it.
 */
export class MessageMails {
  readonly #options: MessageMailsOptions
  readonly #underWay = new Set<Promise<void>>()

  constructor(options: MessageMailsOptions) {
    this.#options = options
    options.bus.listen(({ event, room, foreign }) => {
      if (room?.kind !== 'guest_chat' || foreign) return
      const heard = this.hear(event, room).finally(() => this.#underWay.delete(heard))
      this.#underWay.add(heard)
    })
  }

  /** Resolves when all that was heard so far is dealt with: before the store is closed. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Resolves when the mail, if there is one to write, is in the outbox. */
  async hear(event: Event, room: Room): Promise<void> {
    // What the house itself says is for those who are there.
    if (event.type !== 'message_posted' || !event.message.sender || event.message.audience === 'staff') return
    const { message } = event
    try {
      await (event.message.sender.role === 'customer' ? this.#mailHost(room, message) : this.#mailGuest(room, message))
    } catch (error) {
      this.#options.log.error({ error, room: room.id }, 'a mail about a message could not be written')
    }
  }

  async #mailHost(room: Room, message: Message): Promise<void> {
    const { adminUrl } = this.#options
    if (this.#isHere(room, room.ownerId)) return
    const host = await this.#owner(room)
    if (!host || hostMeta(host).deletedAt !== null) return
    await this.#write(room, message, { side: 'host', to: hostMeta(host).email, user: host, link: adminUrl() })
  }

  async #mailGuest(room: Room, message: Message): Promise<void> {
    const { store } = this.#options
    const roomful = await store.rooms.withMembers(room.appId, room.id)
    const guestId = [...(roomful?.members.values() ?? [])].find((member) => member.role === 'customer')?.userId ?? null
    if (guestId === null || this.#isHere(room, guestId)) return
    const [guest, host] = await Promise.all([store.users.byId(room.appId, guestId), this.#owner(room)])
    const email = guest?.meta['email']
    if (!guest || !host || typeof email !== 'string') return
    const link = `https://${hostMeta(host).serviceDomain}`
    await this.#write(room, message, { side: 'guest', to: email, user: guest, link })
  }

  async #write(room: Room, message: Message, mail: Addressed): Promise<void> {
    const { store, sendMail, now } = this.#options
    const { side, to, user, link } = mail
    try {
      const more = { key: `${room.id}:${side}`, expiresAt: now() + quietMs }
      await store.documents.add(room.appId, collection, {}, more)
    } catch (error) {
      if (error instanceof ChatError && error.code === 'conflict') return
      throw error
    }
    const quoted = [...wordsOf(message)].slice(0, quotedChars).join('')
    const values = { sender: message.sender?.name ?? '', message: quoted, link }
    await sendMail({
      appId: room.appId,
      roomId: room.id,
      to,
      template: 'new-message',
      language: languageOf(user),
      values,
    })
  }

  async #owner({ appId, ownerId }: Room): Promise<User | null> {
    return ownerId === null ? null : this.#options.store.users.byId(appId, ownerId)
  }

  #isHere(room: Room, userId: User['id'] | null): boolean {
    return this.#options.presence.isConnected(room.id, userId)
  }
}

interface Addressed {
  readonly side: 'host' | 'guest'
  readonly to: string
  readonly user: User
  readonly link: string
}

function languageOf({ meta }: User): string {
  const language = meta['language']
  return typeof language === 'string' ? language : 'ko'
}
