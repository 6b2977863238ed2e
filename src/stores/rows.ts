import type { RoomEvent } from '../core/event.ts'
import type {
  AppId,
  Ban,
  LastMessage,
  Member,
  Message,
  MessageType,
  Meta,
  Role,
  Room,
  RoomId,
  RoomKind,
  RoomState,
  Sender,
  User,
  UserId,
} from '../core/model.ts'
import type { Document, Errand } from '../core/ports.ts'

/** What node:sqlite gives for a row. Written only by this store, so read without suspicion. */
export type Row = Record<string, unknown>

const maxSearchedChars = 1000

export function toUser(row: Row): User {
  return {
    id: row['id'] as UserId,
    appId: row['app_id'] as AppId,
    role: row['role'] as Role,
    name: row['name'] as string,
    blocked: row['blocked'] === 1,
    meta: toMeta(row['meta']),
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  }
}

export function toRoom(row: Row): Room {
  return {
    id: row['id'] as RoomId,
    appId: row['app_id'] as AppId,
    key: row['key'] as string,
    kind: row['kind'] as RoomKind,
    name: row['name'] as string,
    parentId: row['parent_id'] as RoomId | null,
    open: row['open'] === 1,
    state: row['state'] as RoomState,
    frozen: row['frozen'] === 1,
    ownerId: row['owner_id'] as UserId | null,
    assigneeId: row['assignee_id'] as UserId | null,
    lastAssigneeId: row['last_assignee_id'] as UserId | null,
    episode: toEpisode(row),
    episodes: row['episodes'] as number,
    lastId: row['last_id'] as number,
    lastSeq: row['last_seq'] as number,
    lastMessage: toLastMessage(row),
    closedAt: row['closed_at'] as number | null,
    pinnedAt: row['pinned_at'] as number | null,
    meta: toMeta(row['meta']),
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  }
}

/** A row of messages joined with its sender's name and role. A deleted one has lost its words already. */
export function toMessage(row: Row): Message {
  return {
    roomId: row['room_id'] as RoomId,
    id: row['id'] as number,
    seq: row['seq'] as number,
    sender: toSender(row),
    type: row['type'] as MessageType,
    body: row['body'] as string,
    detail: row['detail'] as string,
    audience: row['staff'] === 1 ? 'staff' : 'all',
    episodeId: row['episode_id'] as number,
    meta: row['meta'] === null ? null : toMeta(row['meta']),
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
    deletedAt: row['deleted_at'] as number | null,
  }
}

export function toMember(row: Row): Member {
  return {
    userId: row['user_id'] as UserId,
    role: row['role'] as Role,
    readId: row['read_id'] as number,
    readAt: row['read_at'] as number | null,
    deliveredId: row['delivered_id'] as number,
    deliveredAt: row['delivered_at'] as number | null,
    joinedAt: row['joined_at'] as number,
  }
}

export function toBan(row: Row): Ban {
  return {
    userId: row['user_id'] as UserId,
    byId: row['by_id'] as UserId | null,
    reason: row['reason'] as string,
    until: row['until'] as number | null,
    at: row['at'] as number,
  }
}

export function toDocument(row: Row): Document {
  return {
    id: row['id'] as number,
    key: row['key'] as string | null,
    body: toMeta(row['body']),
    expiresAt: row['expires_at'] as number | null,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  }
}

export function toErrand(row: Row): Errand {
  return {
    id: row['id'] as number,
    appId: row['app_id'] as AppId,
    kind: row['kind'] as string,
    roomId: row['room_id'] as RoomId | null,
    body: toMeta(row['body']),
    attempts: row['attempts'] as number,
    dueAt: (row['due_at'] as number | null) ?? 0,
  }
}

/** A message as the event that it is. Nobody asks any more from which line it came, or who had yet to read it. */
export function posted(appId: AppId, message: Message): RoomEvent {
  const { roomId, seq, createdAt, sender } = message
  return {
    type: 'message_posted',
    appId,
    roomId,
    seq,
    at: createdAt,
    actorId: sender?.id ?? null,
    origin: null,
    message,
    unread: 0,
  }
}

function toMeta(json: unknown): Meta {
  return JSON.parse(json as string) as Meta
}

/** A LIKE pattern for "contains", with the wildcards of the user's text taken literally (ESCAPE '\'). */
export function likePattern(text: string): string {
  // Matching costs the product of both lengths, and SQLite throws at 50,000 bytes.
  return `%${text.slice(0, maxSearchedChars).replace(/[\\%_]/g, '\\$&')}%`
}

/** A LIMIT or OFFSET. In SQLite a negative LIMIT means none at all, and NaN is an error. */
export function toCount(asked: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(asked) || 0))
}

function toEpisode(row: Row): Room['episode'] {
  if (row['episode_first_id'] === null) return null
  return {
    number: row['episodes'] as number,
    firstId: row['episode_first_id'] as number,
    waitingSince: row['episode_waiting_since'] as number,
    assignedAt: row['episode_assigned_at'] as number | null,
  }
}

export function toLastMessage(row: Row): LastMessage | null {
  if (row['last_message_id'] === null) return null
  return {
    id: row['last_message_id'] as number,
    type: row['last_type'] as MessageType,
    preview: row['last_preview'] as string,
    senderId: row['last_sender_id'] as UserId | null,
    at: row['last_at'] as number,
  }
}

function toSender(row: Row): Sender | null {
  if (row['sender_id'] === null) return null
  return {
    id: row['sender_id'] as UserId,
    name: (row['sender_name'] as string | null) ?? '',
    role: (row['sender_role'] as Role | null) ?? 'member',
  }
}

/** An event that has a row. `message` is the one that an edit or deletion is about, as it is now. */
export function toEvent(appId: AppId, roomId: RoomId, row: Row, message: Message | null): RoomEvent {
  const fact = {
    appId,
    roomId,
    seq: row['seq'] as number,
    at: row['at'] as number,
    actorId: row['actor_id'] as UserId | null,
    origin: null,
  }
  const type = row['type'] as RoomEvent['type']
  if (message !== null && type === 'message_edited') return { ...fact, type, message }
  if (message !== null && type === 'message_deleted') return { ...fact, type, messageId: message.id, message }
  return { ...fact, type, ...(JSON.parse(row['body'] as string) as object) } as RoomEvent
}

/** Which message an event is about; null for one that is about none. */
export function messageIdIn(row: Row): number | null {
  if (row['type'] !== 'message_edited' && row['type'] !== 'message_deleted') return null
  return Number((JSON.parse(row['body'] as string) as { messageId?: number }).messageId)
}
