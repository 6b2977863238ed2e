import type { Delivery, Event, RoomEvent } from '../../../core/event.ts'
import type { Message, Room, User, UserId } from '../../../core/model.ts'
import { channelIdOf } from '../channel.ts'
import type { Counts } from '../counts.ts'
import type { People } from '../people.ts'
import { nameOf, personOf } from '../person.ts'
import { channelShape, messageShape, userShape, type ChannelShape, type UserShape } from '../shapes.ts'

export interface WordsOptions {
  readonly people: People
  readonly counts: Counts
  /** Stands before the paths of files. */
  readonly baseUrl: string
}

/**
 * Says events of channels as frames. Whoever is in one must have been seen lately, and the channel have been counted, see `Prepared`; one
 * who wasn't is called by its number.
 */
export class EventWords {
  readonly #people: People
  readonly #counts: Counts
  readonly #baseUrl: string

  constructor({ people, counts, baseUrl }: WordsOptions) {
    this.#people = people
    this.#counts = counts
    this.#baseUrl = baseUrl
  }

  /** Null for what isn't told. Every durable event of a channel is: those without a name here as the bare position. */
  frame({ event, room }: Delivery): string | null {
    const channelId = room && channelIdOf(room)
    if (!room || channelId === null) return null
    switch (event.type) {
      case 'message_posted':
        return this.#message('group:message_send', event, event.message, room, channelId)
      case 'message_edited':
        return this.#message('group:message_update', event, event.message, room, channelId)
      case 'message_deleted': {
        // As whoever resumes later hears it.
        const message: Message = { ...event.message, body: '', detail: '', meta: null }
        return this.#message('group:message_delete', event, message, room, channelId)
      }
      case 'member_joined':
        return this.#frame('group:channel_join', channelId, event, { ...this.#both(event.userId, room, event.at) })
      case 'member_left':
        return this.#frame('group:channel_leave', channelId, event, this.#both(event.userId, room))
      case 'member_appointed': {
        const isManager = event.role === 'manager'
        const name = isManager ? 'group:channel_manager_create' : 'group:channel_manager_delete'
        return this.#frame(name, channelId, event, this.#both(event.userId, room))
      }
      case 'user_banned':
        return this.#frame('group:channel_ban', channelId, event, this.#both(event.userId, room))
      case 'user_unbanned':
        return this.#frame('group:channel_unban', channelId, event, this.#both(event.userId, room))
      case 'room_described':
        return this.#frame('group:channel_update', channelId, event, { channel: this.#channel(room) })
      case 'room_frozen':
        return this.#frame('group:channel_freeze', channelId, event, { channel: this.#channel(room) })
      case 'room_unfrozen':
        return this.#frame('group:channel_unfreeze', channelId, event, { channel: this.#channel(room) })
      case 'room_closed':
      case 'room_removed':
        return this.#frame('group:channel_delete', channelId, event, { channel: this.#channel(room) })
      case 'read_marked': {
        const data = { ...this.#both(event.userId, room), message_id: event.toId }
        return this.#frame('group:channel_message_read_event', channelId, event, data)
      }
      case 'delivered_marked': {
        const data = { ...this.#both(event.userId, room), message_id: event.toId }
        return this.#frame('group:channel_message_delivered_event', channelId, event, data)
      }
      case 'typing':
        return this.#frame('group:typing', channelId, event, this.#both(event.userId, room))
      default:
        return 'seq' in event ? positionFrame(channelId, event.seq) : null
    }
  }

  /** A user is in a channel from now on, and no event says so. */
  madeFrame(room: Room, userId: UserId): string {
    const data = this.#both(userId, room, room.createdAt)
    return JSON.stringify({ type: 'event', event: 'group:channel_join', channel_id: channelIdOf(room), data })
  }

  reportFrame(room: Room, report: unknown): string {
    const data = { report, channel: this.#channel(room) }
    return JSON.stringify({ type: 'event', event: 'group:report_create', channel_id: channelIdOf(room), data })
  }

  #message(name: string, event: RoomEvent, message: Message, room: Room, channelId: string): string {
    // Staff notes belong to another wire that shares the room.
    if (message.audience === 'staff') return positionFrame(channelId, event.seq)
    const author = message.sender && this.#people.peek(message.sender.id)
    const shape = messageShape(message, author, channelId, { baseUrl: this.#baseUrl, seesOrigin: false })
    return this.#frame(name, channelId, event, { message: shape, channel: this.#channel(room) })
  }

  #frame(name: string, channelId: string, event: Event, data: object): string {
    const seq = 'seq' in event ? { seq: event.seq } : {}
    return JSON.stringify({ type: 'event', event: name, channel_id: channelId, ...seq, data })
  }

  #both(userId: UserId, room: Room, joinedAt?: number): { channel: ChannelShape; user: UserShape } {
    const user = this.#people.peek(userId)
    const name = nameOf(userId)
    const shape = user ? userShape(user, joinedAt) : { user_id: name, name, created_at: 0, updated_at: 0 }
    return { channel: this.#channel(room), user: shape }
  }

  #channel(room: Room): ChannelShape {
    return channelShape(room, this.#counts.peek(room.id) ?? { messages: 0, files: 0 })
  }
}

/** A user's account, for those who share a channel with it. */
export function userFrame(name: 'user_update' | 'user_delete', user: UserShape | { readonly user_id: string }): string {
  return JSON.stringify({ type: 'event', event: name, data: { user } })
}

/** The last that a user hears, when it is gone. */
export function goneFrame(user: User): string {
  return userFrame('user_delete', { user_id: personOf(user).userId })
}

function positionFrame(channelId: string, seq: number): string {
  return JSON.stringify({ type: 'position', channel_id: channelId, seq })
}

/** Who is spoken of. */
export function usersIn(event: Event): readonly UserId[] {
  if ('message' in event) return event.message.sender ? [event.message.sender.id] : []
  return 'userId' in event ? [event.userId] : []
}
