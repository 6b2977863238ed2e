import type { AppId, Message, Meta, Role, Room, RoomId, User, UserId } from './model.ts'

/** What every durable event says. */
interface Fact {
  readonly appId: AppId
  readonly roomId: RoomId
  /** The room's count of events, from 1, without gaps. */
  readonly seq: number
  readonly at: number
  /** Who did it; null for the system. */
  readonly actorId: UserId | null
  /** The connection it came from, for those who must not hear themselves; null for REST and jobs. */
  readonly origin: string | null
}

/** Something that durably happened in a room. Past tense, totally ordered by `seq`. */
export type RoomEvent = Fact &
  (
    | {
        readonly type: 'message_posted'
        readonly message: Message
        /** Members who have yet to read it. */ readonly unread: number
      }
    | { readonly type: 'message_edited'; readonly message: Message }
    /** `message` is as it was; read from the store later, it has lost its words. */
    | { readonly type: 'message_deleted'; readonly messageId: number; readonly message: Message }
    | { readonly type: 'member_joined'; readonly userId: UserId; readonly role: Role }
    /** By another than itself: it was expelled. */
    | { readonly type: 'member_left'; readonly userId: UserId }
    | { readonly type: 'member_appointed'; readonly userId: UserId; readonly role: Role }
    /** Comes after the `member_left` of a ban. */
    | { readonly type: 'user_banned'; readonly userId: UserId; readonly reason: string; readonly until: number | null }
    | { readonly type: 'user_unbanned'; readonly userId: UserId }
    | { readonly type: 'room_handed_over'; readonly ownerId: UserId; readonly previousId: UserId | null }
    | { readonly type: 'room_assigned'; readonly assigneeId: UserId; readonly previousId: UserId | null }
    | { readonly type: 'room_released'; readonly previousId: UserId | null }
    | { readonly type: 'room_closed'; readonly previousId: UserId | null }
    | { readonly type: 'room_reopened'; readonly firstId: number }
    | { readonly type: 'room_frozen' | 'room_unfrozen' }
    | { readonly type: 'room_pinned' | 'room_unpinned' }
    | {
        readonly type: 'room_described'
        readonly name: string | null
        readonly meta: Meta | null
        readonly open: boolean | null
      }
  )

interface Told {
  readonly appId: AppId
  readonly at: number
  readonly origin: string | null
}

/**
 * What is worth telling and takes no seq. Marks are stored (they only ever grow, so the newest
 * one wins and a gap heals itself); the others are gone when nobody listens.
 */
export type Signal = Told &
  (
    | {
        readonly type: 'read_marked'
        readonly roomId: RoomId
        readonly userId: UserId
        /** The first and last id that this mark covers. */
        readonly fromId: number
        readonly toId: number
      }
    | { readonly type: 'delivered_marked'; readonly roomId: RoomId; readonly userId: UserId; readonly toId: number }
    | { readonly type: 'typing'; readonly roomId: RoomId; readonly userId: UserId }
    /** `roomId` null: the user came to or left the app as such. */
    | {
        readonly type: 'presence_changed'
        readonly roomId: RoomId | null
        readonly userId: UserId
        readonly online: boolean
      }
    | { readonly type: 'user_changed'; readonly user: User }
    | { readonly type: 'user_removed'; readonly userId: UserId }
    /** The room and all that was in it are gone for good. */
    | { readonly type: 'room_removed'; readonly roomId: RoomId }
    /** Words that are shown and not kept, such as a greeting. */
    | { readonly type: 'notice'; readonly roomId: RoomId; readonly name: string; readonly text: string }
    /** Words for who listens to a named channel of the app now. `origin` is a name of the protocol's for whom to skip. */
    | {
        readonly type: 'broadcast'
        readonly channel: string
        readonly name: string
        readonly data: string
        readonly meta: Meta | null
      }
  )

export type Event = RoomEvent | Signal

/** What the bus carries: an event, and its room as it is after the step that the event is of. Null for events outside a room. */
export interface Delivery {
  readonly event: Event
  readonly room: Room | null
  /** It happened on another node, which does what is to be done once. */
  readonly foreign?: true
  /** For this node alone: the others find out by themselves. */
  readonly here?: true
}
