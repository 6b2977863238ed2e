import type { Audience, MessageType, Meta, RoomId, UserId } from './model.ts'

/** The words of a message, as a client asks for them. */
export interface Draft {
  readonly type: MessageType
  readonly body: string
  readonly detail?: string
  readonly audience?: Audience
  readonly meta?: Meta
  /** The sender's own name for the message: the same one again is the same message, not another. At most 100 characters. */
  readonly clientKey?: string
  /** Who posts has read, and was delivered, everything up to the message. Nobody is told apart from it. */
  readonly marksSender?: boolean
}

/** What a client may ask of a room. Imperative; `Chat.execute` answers each with an `Outcome`. */
export type Command =
  | { readonly type: 'post'; readonly roomId: RoomId; readonly draft: Draft }
  /** Words of the house itself: a greeting, "the consultation has ended". Needs a session that may run the room. */
  | { readonly type: 'announce'; readonly roomId: RoomId; readonly draft: Draft }
  | {
      readonly type: 'edit'
      readonly roomId: RoomId
      readonly messageId: number
      readonly body: string
      readonly detail?: string
      /** Replaces the message's. */
      readonly meta?: Meta | null
    }
  /** `unreadOnly`: refuse once every other member has read it. */
  | { readonly type: 'delete'; readonly roomId: RoomId; readonly messageId: number; readonly unreadOnly: boolean }
  | { readonly type: 'mark_delivered'; readonly roomId: RoomId; readonly toId: number }
  | { readonly type: 'mark_read'; readonly roomId: RoomId; readonly fromId: number; readonly toId: number }
  | { readonly type: 'join'; readonly roomId: RoomId }
  /** The last one to leave a channel or community closes it; its owner hands it over first. */
  | { readonly type: 'leave'; readonly roomId: RoomId }
  /** Makes others members. Of a room in a community only its members can be. Those who are in already stay as they are. */
  | {
      readonly type: 'invite'
      readonly roomId: RoomId
      readonly userIds: readonly UserId[]
      /** Nobody joins where there would be more. */
      readonly maxMembers?: number
    }
  /** Ends another's membership. */
  | { readonly type: 'expel'; readonly roomId: RoomId; readonly userId: UserId }
  /** Ends it, and keeps the user out for some time; null for ever. */
  | {
      readonly type: 'ban'
      readonly roomId: RoomId
      readonly userId: UserId
      readonly forMs: number | null
      readonly reason: string
    }
  | { readonly type: 'unban'; readonly roomId: RoomId; readonly userId: UserId }
  /** Gives a member of a group its role in it. A manager of it runs it. */
  | { readonly type: 'appoint'; readonly roomId: RoomId; readonly userId: UserId; readonly role: 'manager' | 'member' }
  /** Makes another member the owner. */
  | { readonly type: 'hand_over'; readonly roomId: RoomId; readonly toId: UserId }
  /** Take a waiting room. `agentId` other than oneself hands it over. */
  | { readonly type: 'assign'; readonly roomId: RoomId; readonly agentId: UserId }
  /** Give a held room back to the queue. */
  | { readonly type: 'release'; readonly roomId: RoomId }
  /** `farewell`: the house's last words, written before the close, in one step with it. */
  | { readonly type: 'close'; readonly roomId: RoomId; readonly farewell: string | null }
  | { readonly type: 'reopen'; readonly roomId: RoomId }
  | { readonly type: 'freeze'; readonly roomId: RoomId; readonly frozen: boolean }
  /** On top of its owner's list, or not. */
  | { readonly type: 'pin'; readonly roomId: RoomId; readonly pinned: boolean }
  /** The room and all that is in it, at once and for good. */
  | { readonly type: 'remove'; readonly roomId: RoomId }
  /**
   * `meta` is merged into the room's, key by key. A function makes it from the room's as it is in the moment of the change, so that
   * of two changes neither is lost; it may be called again, and refuses by throwing a `ChatError`.
   */
  | {
      readonly type: 'describe'
      readonly roomId: RoomId
      readonly name?: string
      readonly meta?: Meta | ((now: Meta) => Meta)
      readonly open?: boolean
    }
  | { readonly type: 'typing'; readonly roomId: RoomId }
  | { readonly type: 'notify'; readonly roomId: RoomId; readonly name: string; readonly text: string }
