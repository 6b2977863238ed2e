import { randomUUID } from 'node:crypto'
import { ChatError, type Close } from '../../../core/errors.ts'
import type { Delivery } from '../../../core/event.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { App, Room, User } from '../../../core/model.ts'
import type { Line, LineHandler } from '../../../core/ports.ts'
import type { Session } from '../../../core/session.ts'
import { addressBlock } from '../../../wire/address.ts'
import { accountLeft, closedByHost, closeFor, noSuchHost, noSuchRoom } from './closes.ts'
import { decodeFrame, type InFrame } from './frames.ts'
import { History } from './history.ts'
import type { HostLooks } from './host-looks.ts'
import type { SocketHouse } from './house.ts'
import type { Occupant, OpenRooms } from './open-rooms.ts'
import { pageFrame, RoomEncoding } from './words.ts'

export interface RoomSocketOptions {
  readonly house: SocketHouse
  readonly rooms: OpenRooms
  readonly looks: HostLooks
  readonly line: Line
  readonly room: Room
  readonly app: App
  /** The room's guest or its host. */
  readonly user: User
  /** Whether other nodes serve too. */
  readonly isShared: boolean
}

/**
 * A socket in a room, of its guest or its host: `{"type":"chat_message", is_host, message, datetime}` both ways, older
 * pages on `request`, `notice close` from the host. Whatever is wrong closes this socket, with the reason, and no
 * other. There is no acknowledgement on this wire: a sender's own copy says that its message is kept.
 */
export class RoomSocket implements LineHandler, Occupant {
  readonly room: Room
  readonly #house: SocketHouse
  readonly #rooms: OpenRooms
  readonly #looks: HostLooks
  readonly #line: Line
  readonly #session: Session
  readonly #isHost: boolean
  readonly #isShared: boolean
  readonly #history: History
  readonly #encoding: RoomEncoding
  #subscription: Subscription | null = null
  /** What happens before the first page is here: messages have no ids on this wire, so none may be in both. */
  #missed: Delivery[] | null = []
  /** The last that the first page shows; null before it. */
  #shownTo: number | null = null
  /** Pages are answered in the order they were asked for. */
  #reading: Promise<void>

  constructor({ house, rooms, looks, line, room, app, user, isShared }: RoomSocketOptions) {
    this.room = room
    this.#house = house
    this.#rooms = rooms
    this.#looks = looks
    this.#line = line
    this.#session = { app, user, origin: line.id }
    this.#isHost = user.id === room.ownerId
    this.#isShared = isShared
    this.#history = new History(house.chat, this.#session, room.id)
    this.#encoding = new RoomEncoding(line.framing)
    rooms.enter(this)
    house.sessions.add(this.#session)
    house.presence.enter(room, user.id)
    this.#reading = this.#join().catch((error: unknown) => this.#fail(error))
  }

  message(text: string): void {
    try {
      this.#house.frames.demand(this.#line.id, 'too many frames, slow down')
      this.#take(decodeFrame(text))
    } catch (error) {
      this.#fail(error)
    }
  }

  closed(): void {
    const { hub, presence, sessions } = this.#house
    this.#missed = null
    if (this.#subscription) hub.unsubscribe(this.#subscription)
    this.#rooms.leave(this)
    sessions.remove(this.#session)
    if (this.#session.user) presence.leave(this.room.id, this.#session.user.id, true)
    this.#look()
  }

  happened(delivery: Delivery): void {
    const { event } = delivery
    this.#missed?.push(delivery)
    if (event.type === 'message_posted') {
      if (this.#missed === null && this.#subscription === null) this.#hearFirst(delivery)
      this.#look()
    } else if (event.type === 'room_removed') this.#line.close(noSuchRoom)
    else if (event.type === 'room_closed') {
      if (this.#subscription === null) this.#tell(delivery)
      this.#line.close(closedByHost)
    }
  }

  hostLeft(): void {
    this.#line.close(this.#isHost ? accountLeft : noSuchHost)
  }

  async #join(): Promise<void> {
    const page = await this.#history.newest()
    // Gone already.
    if (this.#missed === null) return
    this.#say(pageFrame(page))
    this.#shownTo = page.at(-1)?.id ?? 0
    const missed = this.#missed
    this.#missed = null
    for (const delivery of missed) this.#hearFirst(delivery)
    if (!this.#isShared) this.#hearAll()
    this.#look()
  }

  /** Until the first message after the page is heard: what another node wrote may be in the page and be heard here only now. */
  #hearFirst(delivery: Delivery): void {
    const { event } = delivery
    if (event.type !== 'message_posted' || this.#shownTo === null || event.message.id <= this.#shownTo) return
    this.#tell(delivery)
    this.#shownTo = event.message.id
    this.#hearAll()
  }

  #hearAll(): void {
    this.#subscription ??= this.#house.hub.subscribe(this.room.id, this.#encoding, this.#line)
  }

  #take(frame: InFrame): void {
    const { chat } = this.#house
    const roomId = this.room.id
    switch (frame.type) {
      case 'chat_message': {
        if (!this.#isHost) this.#demandGuest()
        const draft = { type: 'text', body: frame.message, meta: { datetime: frame.datetime } } as const
        chat.execute(this.#session, { type: 'post', roomId, draft }).catch((error: unknown) => this.#fail(error))
        return
      }
      case 'request':
        this.#reading = this.#reading
          .then(async () => this.#say(pageFrame(await this.#history.before(frame.before))))
          .catch((error: unknown) => this.#fail(error))
        return
      case 'notice':
        // Other notices are between pages and their hosts; this wire's server has nothing to say to them.
        if (frame.message !== 'close') return
        if (!this.#isHost) throw new ChatError('forbidden', 'only the host may close the room')
        chat
          .execute(this.#session, { type: 'close', roomId, farewell: null })
          .catch((error: unknown) => this.#fail(error))
    }
  }

  /** One who opens many rooms is still one; and a host's guests, however many and from wherever, are not a flood. */
  #demandGuest(): void {
    const { guestMessages, hostMessages } = this.#house
    guestMessages.demand(addressBlock(this.#line.address), 'too many messages from this address, slow down')
    if (this.room.ownerId !== null) hostMessages.demand(this.room.ownerId, 'too many messages to this host, slow down')
  }

  /** The host has seen what is there: when it comes, while it is here, when it goes. */
  #look(): void {
    if (this.#isHost) this.#looks.look(this.room)
  }

  #say(text: string): void {
    this.#line.push(this.#line.framing.frame(text))
  }

  #tell(delivery: Delivery): void {
    const bytes = this.#encoding.encode(delivery)
    if (bytes) this.#line.push(bytes)
  }

  #fail(error: unknown): void {
    this.#line.close(closeFor(error) ?? this.#internal(error))
  }

  #internal(error: unknown): Close {
    const id = randomUUID()
    this.#house.log.error({ error, id, connection: this.#line.id }, 'a request failed')
    return { code: 'slow', reason: `internal error ${id}`, retry: 'later' }
  }
}
