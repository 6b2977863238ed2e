import type { RoomEvent } from './event.ts'
import type {
  Audience,
  Ban,
  Episode,
  Member,
  Message,
  MessageType,
  Meta,
  Role,
  Room,
  RoomKind,
  RoomState,
  Sender,
  UserId,
} from './model.ts'

/**
 * What happens to a room, as three pure steps that every store shares: a `Change` is decided on the room as
 * it is, `stamp` gives it the room's next seq and ids and makes it an event, `fold` makes the room after it.
 */

/** A room with its people. Bans that are over may still be among them. */
export interface Roomful {
  readonly room: Room
  readonly members: ReadonlyMap<UserId, Member>
  readonly bans: ReadonlyMap<UserId, Ban>
}

/** The same, for `fold` to change in place: copying a map of thousands for one who joins would make joining quadratic. */
export interface People {
  readonly members: Map<UserId, Member>
  readonly bans: Map<UserId, Ban>
}

/** What a decision asks for. Ids, seq and times are the store's to give. */
export type Change =
  | {
      readonly type: 'post'
      readonly sender: Sender | null
      readonly messageType: MessageType
      readonly body: string
      readonly detail: string
      readonly audience: Audience
      readonly meta: Meta | null
    }
  /** Edit and delete: the store refuses with `not_found` when the message is not there or was deleted. */
  | {
      readonly type: 'edit'
      readonly messageId: number
      readonly body: string
      readonly detail: string | null
      /** Undefined: as it was. */
      readonly meta?: Meta | null
    }
  | { readonly type: 'delete'; readonly messageId: number }
  | { readonly type: 'join'; readonly userId: UserId; readonly role: Role }
  | { readonly type: 'leave'; readonly userId: UserId }
  | { readonly type: 'ban'; readonly userId: UserId; readonly reason: string; readonly forMs: number | null }
  | { readonly type: 'unban'; readonly userId: UserId }
  | { readonly type: 'appoint'; readonly userId: UserId; readonly role: Role }
  | { readonly type: 'hand_over'; readonly toId: UserId }
  | { readonly type: 'assign'; readonly agentId: UserId }
  | { readonly type: 'release' }
  | { readonly type: 'close' }
  | { readonly type: 'reopen' }
  | { readonly type: 'freeze'; readonly frozen: boolean }
  | { readonly type: 'pin'; readonly pinned: boolean }
  | {
      readonly type: 'describe'
      readonly name: string | null
      readonly meta: Meta | null
      readonly open: boolean | null
    }

export interface By {
  readonly actorId: UserId | null
  readonly origin: string | null
  readonly at: number
}

/** Kinds that an agent answers: they wait, are held, close, and reopen when the customer writes again. */
export function isAnswered(kind: RoomKind): boolean {
  return kind === 'consultation'
}

/** Kinds that one of their members, the owner, looks after: it is there as long as anybody is. */
export function isManaged(kind: RoomKind): boolean {
  return kind === 'channel' || kind === 'community'
}

/**
 * The event that a change becomes in this room. `target` is the message that an edit or delete is about,
 * as it is before.
 */
export function stamp(roomful: Roomful, change: Change, by: By, target: Message | null): RoomEvent {
  const { room, members } = roomful
  const fact = {
    appId: room.appId,
    roomId: room.id,
    seq: room.lastSeq + 1,
    at: by.at,
    actorId: by.actorId,
    origin: by.origin,
  }
  switch (change.type) {
    case 'post':
      return {
        ...fact,
        type: 'message_posted',
        message: newMessage(room, change, fact.seq, by.at),
        unread: unread(members, change),
      }
    case 'edit': {
      const before = needed(target)
      const detail = change.detail?.toWellFormed() ?? before.detail
      const meta = change.meta === undefined ? before.meta : change.meta
      const message = { ...before, body: change.body.toWellFormed(), detail, meta, updatedAt: by.at }
      return { ...fact, type: 'message_edited', message }
    }
    case 'delete': {
      const message = needed(target)
      return { ...fact, type: 'message_deleted', messageId: message.id, message }
    }
    case 'join':
      return { ...fact, type: 'member_joined', userId: change.userId, role: change.role }
    case 'leave':
      return { ...fact, type: 'member_left', userId: change.userId }
    case 'ban': {
      const until = change.forMs === null ? null : by.at + change.forMs
      return { ...fact, type: 'user_banned', userId: change.userId, reason: change.reason.toWellFormed(), until }
    }
    case 'unban':
      return { ...fact, type: 'user_unbanned', userId: change.userId }
    case 'appoint':
      return { ...fact, type: 'member_appointed', userId: change.userId, role: change.role }
    case 'hand_over':
      return { ...fact, type: 'room_handed_over', ownerId: change.toId, previousId: room.ownerId }
    case 'assign':
      return { ...fact, type: 'room_assigned', assigneeId: change.agentId, previousId: room.assigneeId }
    case 'release':
      return { ...fact, type: 'room_released', previousId: room.assigneeId }
    case 'close':
      return { ...fact, type: 'room_closed', previousId: room.assigneeId }
    case 'reopen':
      return { ...fact, type: 'room_reopened', firstId: room.lastId + 1 }
    case 'freeze':
      return { ...fact, type: change.frozen ? 'room_frozen' : 'room_unfrozen' }
    case 'pin':
      return { ...fact, type: change.pinned ? 'room_pinned' : 'room_unpinned' }
    case 'describe':
      return {
        ...fact,
        type: 'room_described',
        name: change.name?.toWellFormed() ?? null,
        meta: change.meta,
        open: change.open,
      }
  }
}

/** The room just after an event. Its people are changed in place, so a caller that must be able to go back reloads them. */
export function fold(room: Room, { members, bans }: People, event: RoomEvent): Room {
  if (isOfWords(event)) return foldWords(room, event)
  const next = { ...room, lastSeq: event.seq, updatedAt: event.at }
  switch (event.type) {
    case 'member_joined':
      join(members, event.userId, event.role, event.at)
      return next
    case 'member_left':
      members.delete(event.userId)
      return next
    case 'member_appointed': {
      const member = members.get(event.userId)
      if (member) members.set(event.userId, { ...member, role: event.role })
      return next
    }
    case 'user_banned': {
      const { userId, reason, until, at } = event
      // Those that are over go now: nobody else would ever forget them.
      for (const [id, ban] of bans) if (ban.until !== null && ban.until <= at) bans.delete(id)
      bans.set(userId, { userId, byId: event.actorId, reason, until, at })
      return next
    }
    case 'user_unbanned':
      bans.delete(event.userId)
      return next
    case 'room_handed_over':
      return { ...next, ownerId: event.ownerId }
    case 'room_assigned': {
      if (event.previousId !== null) members.delete(event.previousId)
      join(members, event.assigneeId, 'agent', event.at)
      const episode = room.episode ?? firstEpisode(room, event.at)
      return {
        ...next,
        state: 'active',
        assigneeId: event.assigneeId,
        episode: { ...episode, assignedAt: event.at },
        episodes: episode.number,
      }
    }
    case 'room_released': {
      if (event.previousId !== null) members.delete(event.previousId)
      const episode = room.episode && { ...room.episode, waitingSince: event.at, assignedAt: null }
      const lastAssigneeId = event.previousId ?? room.lastAssigneeId
      return { ...next, state: 'waiting', assigneeId: null, lastAssigneeId, episode }
    }
    case 'room_closed': {
      if (event.previousId !== null) members.delete(event.previousId)
      const lastAssigneeId = event.previousId ?? room.lastAssigneeId
      return { ...next, state: 'closed', assigneeId: null, lastAssigneeId, episode: null, closedAt: event.at }
    }
    case 'room_reopened': {
      const state: RoomState = isAnswered(room.kind) ? 'waiting' : 'active'
      const number = room.episodes + 1
      const episode = isAnswered(room.kind)
        ? { number, firstId: event.firstId, waitingSince: event.at, assignedAt: null }
        : null
      return { ...next, state, episode, episodes: episode ? number : room.episodes, closedAt: null }
    }
    case 'room_frozen':
      return { ...next, frozen: true }
    case 'room_unfrozen':
      return { ...next, frozen: false }
    case 'room_pinned':
      return { ...next, pinnedAt: event.at }
    case 'room_unpinned':
      return { ...next, pinnedAt: null }
    case 'room_described':
      return { ...next, name: event.name ?? room.name, meta: event.meta ?? room.meta, open: event.open ?? room.open }
  }
}

export type WordsEvent = Extract<RoomEvent, { readonly type: 'message_posted' | 'message_edited' | 'message_deleted' }>

/** It changes nothing of a room but what was said last. */
export function isOfWords(event: RoomEvent): event is WordsEvent {
  return event.type === 'message_posted' || event.type === 'message_edited' || event.type === 'message_deleted'
}

/** All that messages change of a room. */
export type RoomWords = Pick<Room, 'lastId' | 'lastSeq' | 'lastMessage' | 'updatedAt'>

/** As `fold`, for who knows no more of the room than this. */
export function foldWords<Known extends RoomWords>(room: Known, event: WordsEvent): Known {
  const next = { ...room, lastSeq: event.seq, updatedAt: event.at }
  const { message } = event
  switch (event.type) {
    case 'message_posted': {
      // Room lists are shown to customers too: a staff note there would give its words away.
      if (message.audience === 'staff') return { ...next, lastId: message.id }
      const { id, type, createdAt: at } = message
      const lastMessage = { id, type, preview: previewOf(message), senderId: message.sender?.id ?? null, at }
      return { ...next, lastId: id, lastMessage }
    }
    case 'message_edited':
      if (room.lastMessage?.id !== message.id) return next
      return { ...next, lastMessage: { ...room.lastMessage, preview: previewOf(message) } }
    case 'message_deleted':
      if (room.lastMessage?.id !== event.messageId) return next
      return { ...next, lastMessage: { ...room.lastMessage, preview: '' } }
  }
}

// A cut through a surrogate pair leaves half of one, which can be neither stored nor sent.
function previewOf({ body }: Message): string {
  const cut = body.slice(0, 1000)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

function newMessage(room: Room, change: Extract<Change, { type: 'post' }>, seq: number, at: number): Message {
  return {
    roomId: room.id,
    id: room.lastId + 1,
    seq,
    sender: change.sender,
    type: change.messageType,
    // A lone surrogate has no UTF-8: who hears of the message now must hear what the store will say later.
    body: change.body.toWellFormed(),
    detail: change.detail.toWellFormed(),
    audience: change.audience,
    episodeId: room.episode?.firstId ?? 0,
    meta: change.meta,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
  }
}

/** Everyone else who may see it. Words of the house wait for nobody. */
function unread(members: ReadonlyMap<UserId, Member>, change: Extract<Change, { type: 'post' }>): number {
  if (!change.sender) return 0
  if (change.audience === 'all') return members.size - (members.has(change.sender.id) ? 1 : 0)
  let count = 0
  for (const member of members.values()) if (member.role !== 'customer' && member.userId !== change.sender.id) count++
  return count
}

function join(members: Map<UserId, Member>, userId: UserId, role: Role, at: number): void {
  if (members.has(userId)) return
  const unread = { readId: 0, readAt: null, deliveredId: 0, deliveredAt: null }
  members.set(userId, { userId, role, ...unread, joinedAt: at })
}

function firstEpisode(room: Room, at: number): Episode {
  return { number: room.episodes + 1, firstId: room.lastId + 1, waitingSince: at, assignedAt: null }
}

function needed(target: Message | null): Message {
  if (!target) throw new Error('an edit or delete was stamped without its message')
  return target
}
