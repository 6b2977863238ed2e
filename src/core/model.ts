/** The nouns of the chat. Plain data: no behaviour, nothing of any wire. Times are milliseconds since 1970, UTC. */

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** The tenant. A short word from the configuration file. */
export type AppId = Brand<string, 'AppId'>
/** A user's number, unique in the whole store. */
export type UserId = Brand<number, 'UserId'>
/** A room's number, unique in the whole store. */
export type RoomId = Brand<number, 'RoomId'>

/** JSON that a protocol keeps with a core object. The core stores it and never looks inside. */
export type Meta = { readonly [key: string]: unknown }

export const protocolNames = ['cstalk', 'pintalk', 'commu', 'laravel', 'gitplelive'] as const
export type ProtocolName = (typeof protocolNames)[number]

/** agent: answers (a host too). customer: asks (a guest too). member: one among equals. manager: runs the app's rooms. */
export const roles = ['manager', 'agent', 'customer', 'member'] as const
export type Role = (typeof roles)[number]

/** A community is a room of rooms: it has members and an owner, its channels have messages. */
export const roomKinds = ['consultation', 'guest_chat', 'community', 'channel', 'laravel_channel', 'group'] as const
export type RoomKind = (typeof roomKinds)[number]

/** Rooms that nobody answers (channels, groups) are `active` until closed. */
export const roomStates = ['waiting', 'active', 'closed', 'discontinued'] as const
export type RoomState = (typeof roomStates)[number]

export const messageTypes = [
  'text',
  'image',
  'video',
  'attachment',
  'link',
  'emoticon',
  'telephone',
  'file',
  'system',
] as const
export type MessageType = (typeof messageTypes)[number]

export interface App {
  readonly id: AppId
  readonly name: string
  /** Web origins whose pages may use cookies and REST of this app; `*` for any. */
  readonly origins: readonly string[]
}

export interface User {
  readonly id: UserId
  readonly appId: AppId
  readonly role: Role
  readonly name: string
  /** A blocked user reads but writes nothing. */
  readonly blocked: boolean
  readonly meta: Meta
  readonly createdAt: number
  readonly updatedAt: number
}

/** How a user is known on one wire. One user may have several. */
export interface Identity {
  readonly protocol: ProtocolName
  readonly externalId: string
}

export interface Member {
  readonly userId: UserId
  readonly role: Role
  /** The user has read every message up to this id. Never goes back. */
  readonly readId: number
  /** When it last read, or looked and found nothing new; null for never. */
  readonly readAt: number | null
  /** Every message up to this id has reached the user. Never goes back. */
  readonly deliveredId: number
  readonly deliveredAt: number | null
  readonly joinedAt: number
}

/** Keeps somebody out of a room. */
export interface Ban {
  readonly userId: UserId
  readonly byId: UserId | null
  readonly reason: string
  /** Until then; null for ever. */
  readonly until: number | null
  readonly at: number
}

/** From the message that opens (or reopens) a room that is answered, to its close. */
export interface Episode {
  /** 1 for the room's first. */
  readonly number: number
  /** The id of the message that opened it. */
  readonly firstId: number
  readonly waitingSince: number
  /** When an agent took it; null while it waits. */
  readonly assignedAt: number | null
}

/** The newest message that everyone in the room may see. */
export interface LastMessage {
  readonly id: number
  readonly type: MessageType
  /** The first 1,000 characters. */
  readonly preview: string
  readonly senderId: UserId | null
  readonly at: number
}

export interface Room {
  readonly id: RoomId
  readonly appId: AppId
  /** Unique in the app. */
  readonly key: string
  readonly kind: RoomKind
  readonly name: string
  /** The community that a channel belongs to. */
  readonly parentId: RoomId | null
  /** Members of its community see it and may join by themselves; without a community, every user of the app. */
  readonly open: boolean
  readonly state: RoomState
  /** In a frozen room only managers write. */
  readonly frozen: boolean
  /** Whose room it is: the customer of a consultation, the manager of a channel or community. */
  readonly ownerId: UserId | null
  /** The agent who holds a consultation. */
  readonly assigneeId: UserId | null
  readonly lastAssigneeId: UserId | null
  /** The episode now going on; null while closed, and in kinds that have none. */
  readonly episode: Episode | null
  readonly episodes: number
  /** The id of the newest message ever; 0 in an empty room. */
  readonly lastId: number
  /** The seq of the newest event ever; 0 for none. */
  readonly lastSeq: number
  readonly lastMessage: LastMessage | null
  readonly closedAt: number | null
  /** Kept on top of its owner's list since then; null when it is not. */
  readonly pinnedAt: number | null
  readonly meta: Meta
  readonly createdAt: number
  readonly updatedAt: number
}

/** `staff`: hidden from customers. */
export type Audience = 'all' | 'staff'

/** Who wrote, as shown when the message was written or is read. Null for the system. */
export interface Sender {
  readonly id: UserId
  readonly name: string
  readonly role: Role
}

export interface Message {
  readonly roomId: RoomId
  /** Counts up in its room from 1, without gaps. */
  readonly id: number
  /** The event that posted it. */
  readonly seq: number
  readonly sender: Sender | null
  readonly type: MessageType
  readonly body: string
  /** What goes with the body: an image's address, a file's description. */
  readonly detail: string
  readonly audience: Audience
  /** `firstId` of the episode it belongs to; 0 outside one. */
  readonly episodeId: number
  readonly meta: Meta | null
  readonly createdAt: number
  readonly updatedAt: number
  /** A deleted message keeps its id and loses its words. */
  readonly deletedAt: number | null
}
