import type { Close } from './errors.ts'
import type { Delivery, RoomEvent } from './event.ts'
import type {
  AppId,
  Audience,
  Identity,
  Message,
  Meta,
  Role,
  Room,
  RoomId,
  RoomKind,
  RoomState,
  User,
  UserId,
} from './model.ts'
import type { Change, Roomful } from './room.ts'

/** The interfaces between the chat and the world. What is written here is the contract: who calls, what is promised, what never happens. */

// ---------------------------------------------------------------------------------------------
// Lines: one client's open pipe

/**
 * A pipe of text messages to one client: a raw WebSocket, a SockJS session on any of its transports.
 * Made by wire/, used by one protocol connection.
 *
 * - `framing.frame(text)` makes the bytes of one message for lines of this kind; bytes of several
 *   messages may be joined end to end. Lines of one kind share one framing object, so that a
 *   broadcast is framed once.
 * - `push` takes such bytes. It never blocks and never throws; after `close` it does nothing. What is
 *   pushed in one turn of the event loop leaves in one system call, in the order pushed.
 * - A line whose unsent bytes pass the limit closes itself (`slow`).
 * - `close` sends what was pushed before, then the close. It may be called more than once.
 */
export interface Line {
  /** Unguessable, unique on this node. */
  readonly id: string
  readonly framing: Framing
  /** The other end, after trusted proxies. */
  readonly address: string
  /** The Origin header of the request that opened it; null for none. */
  readonly origin: string | null
  push(bytes: Uint8Array): void
  close(close: Close): void
}

/** How one text message becomes bytes on a kind of line. */
export interface Framing {
  readonly name: string
  frame(text: string): Uint8Array
}

/**
 * What a line calls on its owner. Never called after `closed`, which is called exactly once, whoever
 * ended the line. `message` gets one complete text message; throwing from it is a bug, and closes the line.
 */
export interface LineHandler {
  message(text: string): void
  closed(): void
}

/** How a wire hands a new line to its owner. */
export type Accept = (line: Line) => LineHandler

// ---------------------------------------------------------------------------------------------
// Hub: who hears what

/**
 * One way of saying events: a protocol, a framing, and whatever else makes the bytes differ (for
 * STOMP: the subscription id and destination). Subscribers whose encodings have equal keys get the same bytes.
 */
export interface Encoding {
  /** Its first word says whose it is, as a rule the protocol's name: deliveries are counted by it. */
  readonly key: string
  /** The bytes for everyone with this encoding, or null for nothing. Called once per event. Must not throw. */
  encode(delivery: Delivery): Uint8Array | null
  /** The id of the one line that listens and must not get this delivery: its own sender's. Called once per event. Must not throw. */
  skips?(delivery: Delivery): string | null
}

// ---------------------------------------------------------------------------------------------
// Bus: from the node where it happened to every node

/**
 * - Deliveries of one room arrive in the order they were published, on every node, the publisher's included.
 * - A listener that throws is logged and doesn't keep the others from hearing. One that publishes is heard after
 *   everyone has heard what it answers to.
 * - `publish` never throws.
 */
export interface Bus {
  publish(delivery: Delivery): void
  /** Returns how to stop listening. */
  listen(listener: (delivery: Delivery) => void): () => void
}

// ---------------------------------------------------------------------------------------------
// Store: what lasts

/** Called with the room as it is; says what to change, or throws a `ChatError` to refuse. Pure: it may be called again. */
export type Decide = (roomful: Roomful) => readonly Change[]

export interface Appended {
  readonly room: Room
  readonly events: readonly RoomEvent[]
  /** Nothing happened now: the event is of the message that was posted before under the same `clientKey`. */
  readonly repeated?: boolean
}

/**
 * The two moments of an append. `ordered`: ids are assigned, everyone may hear of it. `durable`: it will
 * be there after a crash, the sender may hear of it. Both reject with the same error when refused or failed.
 * `ordered` settles in the order of seq among the appends of one room. A store where both are one moment
 * returns the same promise twice.
 */
export interface Append {
  readonly ordered: Promise<Appended>
  readonly durable: Promise<Appended>
}

export interface Author {
  readonly actorId: UserId | null
  readonly origin: string | null
  /** Kept with the messages of the append. When the actor has posted under this key in the room before, nothing is decided or done. */
  readonly clientKey?: string
  /** What is posted moves the actor's own marks to it. */
  readonly marksActor?: boolean
}

export interface RoomDraft {
  readonly appId: AppId
  readonly key: string
  readonly kind: RoomKind
  readonly name: string
  readonly state: RoomState
  readonly ownerId: UserId | null
  readonly members: readonly { readonly userId: UserId; readonly role: Role }[]
  readonly parentId?: RoomId
  /** Default false. */
  readonly open?: boolean
  readonly meta?: Meta
}

/** Everything optional narrows. Rooms come newest change first. */
export interface RoomQuery {
  readonly appId: AppId
  readonly kind?: RoomKind
  readonly states?: readonly RoomState[]
  readonly assigneeId?: UserId
  /** Held now or last by. */
  readonly heldById?: UserId
  readonly ownerId?: UserId
  readonly memberId?: UserId
  /** The community whose channels are wanted. */
  readonly parentId?: RoomId
  /** Part of the room's name. */
  readonly nameLike?: string
  /** Part of one of its newest 200 messages. Only the 1,000 rooms are searched that are else wanted and changed last. */
  readonly textLike?: string
  /** Has messages that were not cleared away. */
  readonly hasMessages?: boolean
  readonly closedFrom?: number
  readonly closedTo?: number
  /** `pinned`: pinned ones first, those pinned last on top. */
  readonly order?: 'updated' | 'waiting' | 'pinned'
  readonly limit: number
  readonly offset?: number
}

export interface MessageQuery {
  /** Only ids below. */
  readonly before?: number
  /** Only ids above. */
  readonly after?: number
  readonly audience: Audience
  /** Deleted ones are left out unless asked for. */
  readonly deleted?: boolean
  readonly textLike?: string
  /** Not older than this. */
  readonly since?: number
  readonly limit: number
  /** Which end of the range the limit keeps. The answer is ascending either way. */
  readonly keep: 'newest' | 'oldest'
}

export interface UserDraft {
  readonly appId: AppId
  readonly role: Role
  readonly name: string
  readonly identity: Identity
  /** An argon2id string, see core/password.ts; null for users who never log in with one. */
  readonly passwordHash?: string | null
  readonly meta?: Meta
}

export interface UserPatch {
  readonly name?: string
  readonly role?: Role
  readonly blocked?: boolean
  readonly passwordHash?: string
  /** Replaces the whole meta. */
  readonly meta?: Meta
}

export interface UserQuery {
  readonly appId: AppId
  readonly protocol?: Identity['protocol']
  readonly roles?: readonly Role[]
  readonly nameLike?: string
  /** Part of the name, or of what the user is called on `protocol`, or on any. */
  readonly anyNameLike?: string
  readonly blocked?: boolean
  readonly limit: number
  readonly offset?: number
}

export interface UserStore {
  /** Refuses an identity that is taken with `conflict`. */
  create(draft: UserDraft): Promise<User>
  /** Finds by identity or creates, in one step. A found user keeps its role and meta. */
  ensure(draft: UserDraft): Promise<{ user: User; created: boolean }>
  byId(appId: AppId, id: UserId): Promise<User | null>
  /** In the order of the ids; those that are not there are left out. */
  byIds(appId: AppId, ids: readonly UserId[]): Promise<Map<UserId, User>>
  byIdentity(appId: AppId, identity: Identity): Promise<User | null>
  identities(appId: AppId, id: UserId): Promise<Identity[]>
  /** One more name for a user. Refuses one that is taken with `conflict`, and another app's user with `not_found`. */
  identify(appId: AppId, id: UserId, identity: Identity): Promise<void>
  passwordHash(appId: AppId, id: UserId): Promise<string | null>
  /**
   * Null when there is no such user in the app. A function is asked with the user as it is, in the same step, so that of two
   * changes neither is lost; what it throws is rejected with, and it may be asked again. `updatedAt` never goes back, and grows
   * where several processes write: they hear of each other's changes in any order.
   */
  update(appId: AppId, id: UserId, patch: UserPatch | ((user: User) => UserPatch)): Promise<User | null>
  find(query: UserQuery): Promise<{ users: User[]; total: number }>
  /** Removes the user and its identities; what it wrote stays. `conflict` while it is a member anywhere. False when there was none. */
  remove(appId: AppId, id: UserId): Promise<boolean>
}

/** `total` is exact up to 10,000. */
export interface RoomPage {
  readonly rooms: Room[]
  readonly total: number
}

export interface RoomStore {
  /** Finds by (app, key) or creates, in one step. Creating writes no event. */
  ensure(draft: RoomDraft): Promise<{ room: Room; created: boolean }>
  /** Null for a room that is not there or is another app's. */
  byId(appId: AppId, id: RoomId): Promise<Room | null>
  byKey(appId: AppId, key: string): Promise<Room | null>
  /** The same with its members. The map is the store's own and goes on changing: read it at once, don't keep it. */
  withMembers(appId: AppId, id: RoomId): Promise<Roomful | null>
  find(query: RoomQuery): Promise<RoomPage>
  /** How many rooms of a kind are in each state, and of the active ones how many the agent holds. */
  counts(
    appId: AppId,
    kind: RoomKind,
    agentId: UserId | null,
  ): Promise<{ byState: Record<RoomState, number>; held: number }>
  /** Removes the room with its members, messages, events and errands. False when it was not there. */
  remove(appId: AppId, id: RoomId): Promise<boolean>
  /**
   * Removes its messages, events and errands for good, if it was closed at `closedTo` or before and is so still; ids
   * and seq go on from where they were. False when it wasn't.
   */
  clear(appId: AppId, id: RoomId, closedTo: number): Promise<boolean>
  /** The member's unread messages in the room, not counting its own; at most 1,000. */
  unread(id: RoomId, userId: UserId, audience: Audience): Promise<number>
}

export interface MessageStore {
  byId(roomId: RoomId, id: number): Promise<Message | null>
  page(roomId: RoomId, query: MessageQuery): Promise<Message[]>
  /**
   * The events after `seq`, oldest first, at most `limit`; edited and deleted messages appear as they
   * are now. Null when the log no longer reaches back that far: an explicit gap.
   */
  since(roomId: RoomId, seq: number, limit: number): Promise<RoomEvent[] | null>
}

/** A small JSON document of a protocol: a template, a review, a file's description. */
export interface Document {
  readonly id: number
  readonly key: string | null
  readonly body: Meta
  /** From then on it is as if it were not there; null for never. */
  readonly expiresAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Documents by (app, collection). A key, where given, is unique in its collection. */
export interface DocumentStore {
  /** Refuses a taken key with `conflict`. */
  add(appId: AppId, collection: string, body: Meta, more?: { key?: string; expiresAt?: number }): Promise<Document>
  get(appId: AppId, collection: string, id: number): Promise<Document | null>
  byKey(appId: AppId, collection: string, key: string): Promise<Document | null>
  /** Replaces the body. Null when there is none. */
  put(appId: AppId, collection: string, id: number, body: Meta): Promise<Document | null>
  /** False when there was none. */
  remove(appId: AppId, collection: string, id: number): Promise<boolean>
  /** Removes what has expired, in every app; says how many. */
  removeExpired(now: number): Promise<number>
  /** Newest first. */
  list(
    appId: AppId,
    collection: string,
    page: { limit: number; offset?: number },
  ): Promise<{ documents: Document[]; total: number }>
}

export interface ErrandDraft {
  readonly appId: AppId
  /** Who runs it: `mail`, `webhook`. */
  readonly kind: string
  /** Goes with the room when that is removed or cleared. */
  readonly roomId: RoomId | null
  readonly body: Meta
  /** Not before. */
  readonly dueAt: number
}

export interface Errand extends ErrandDraft {
  readonly id: number
  /** How often it was tried in vain. */
  readonly attempts: number
}

/** What is to be brought to the outside world, and outlives a restart until it is done. At least once, not exactly once. */
export interface ErrandStore {
  add(draft: ErrandDraft): Promise<Errand>
  /** Those that are due, the longest due first. */
  due(kind: string, now: number, limit: number): Promise<Errand[]>
  done(id: number): Promise<void>
  /** One more attempt failed; `dueAt` null gives up and keeps it for people to see. */
  failed(id: number, error: string, dueAt: number | null): Promise<void>
}

/** Every promise that resolves for a change means: durable. Failures that are not the caller's fault reject with a plain Error. */
export interface Store {
  readonly users: UserStore
  readonly rooms: RoomStore
  readonly messages: MessageStore
  readonly documents: DocumentStore
  readonly errands: ErrandStore
  /**
   * `not_found` when the room is not there or is another app's. A refused append changes nothing and doesn't
   * touch its neighbours. The changes of one decision are one step: all of them happen or none.
   */
  append(appId: AppId, roomId: RoomId, decide: Decide, by: Author): Append
  /** Moves a member's mark forward, never back, and not beyond the newest message. Null when it didn't move; `readAt` or `deliveredAt` is now all the same. */
  mark(
    appId: AppId,
    roomId: RoomId,
    userId: UserId,
    which: 'read' | 'delivered',
    toId: number,
  ): Promise<{ room: Room; fromId: number; toId: number } | null>
  /**
   * Why it can't take writes now, in words that strangers may read; null when it can. For health checks: asking also makes
   * it try again, where the last write failed.
   */
  check(): Promise<string | null>
  /** Changes that were asked for and are not durable yet. */
  readonly waiting: number
  /** Commits what was accepted, then closes. */
  close(): Promise<void>
}

// ---------------------------------------------------------------------------------------------
// The rest of the world

/** Milliseconds since 1970. Passed in, so that tests move it. */
export type Clock = () => number

/** What is written when something needs a person's eye. pino fits. */
export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}
