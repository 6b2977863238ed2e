import type { Message, MessageType, Room, User, UserId } from '../../core/model.ts'
import type { Roomful } from '../../core/room.ts'
import { botId, type Ids } from './ids.ts'
import { personOf, placeOf } from './person.ts'

/** The objects of the wire. The order of their keys is the one that clients have seen. */

/** A chat as the sender's ack, the broadcasts and REST show it. */
export interface ChatInfo {
  readonly id: number
  readonly type: WireType
  readonly content: string
  readonly senderId: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedAt?: string
  readonly channelId: string
  readonly communityId: string
}

export const wireTypes = ['TEXT', 'IMAGE', 'SYSTEM'] as const
export type WireType = (typeof wireTypes)[number]

const typesByWord = { TEXT: 'text', IMAGE: 'image', SYSTEM: 'system' } as const satisfies Record<WireType, MessageType>

export function messageType(type: WireType): MessageType {
  return typesByWord[type]
}

/** Chats count from 0: that one is the system message that opens a channel. */
export function chatIdOf(messageId: number): number {
  return messageId - 1
}

/** The message of a chat's id, which comes as a number or as digits. Null for what is none. */
export function messageIdOf(chatId: unknown): number | null {
  const id = typeof chatId === 'string' && /^\d{1,10}$/.test(chatId) ? Number(chatId) : chatId
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id < 0xffff_ffff ? id + 1 : null
}

/** `deletedAt` where the message has just been deleted: its words are shown a last time. */
export function chatInfo(ids: Ids, room: Room, message: Message, deletedAt?: number): ChatInfo {
  const at = deletedAt ?? message.updatedAt
  return {
    id: chatIdOf(message.id),
    type: wireType(message.type),
    content: contentOf(message),
    senderId: message.sender === null ? botId : ids.user(message.sender.id),
    createdAt: iso(message.createdAt),
    updatedAt: iso(at),
    ...(deletedAt === undefined ? {} : { deletedAt: iso(deletedAt) }),
    channelId: ids.channel(room.id),
    communityId: room.parentId === null ? '' : ids.community(room.parentId),
  }
}

/** A chat in a page of them: there it says neither channel nor community. */
export function listedChat(ids: Ids, message: Message): object {
  const { id, type, sender, createdAt, updatedAt } = message
  return {
    id: chatIdOf(id),
    type: wireType(type),
    content: contentOf(message),
    senderId: sender === null ? botId : ids.user(sender.id),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  }
}

export function userObject(ids: Ids, user: User): object {
  const { email, status, profileUrl, description } = personOf(user)
  return {
    _id: ids.user(user.id),
    id: email,
    nickname: user.name,
    status,
    profileUrl,
    description,
    createdAt: iso(user.createdAt),
    updatedAt: iso(user.updatedAt),
  }
}

/** Everything of a channel but its members. */
export function channelObject(ids: Ids, room: Room): object {
  const { description, type } = placeOf(room.meta)
  return {
    _id: ids.channel(room.id),
    name: room.name,
    communityId: room.parentId === null ? '' : ids.community(room.parentId),
    managerId: managerOf(ids, room),
    description,
    type,
    isPrivate: !room.open,
    ...times(room),
  }
}

/** With the ids of its members, which `invited-to-channel` and the lists show. */
export function channelWithUsers(ids: Ids, { room, members }: Roomful): object {
  return { ...channelObject(ids, room), users: userIds(ids, members.keys()) }
}

/** What `invited-to-channel` says. */
export function invitedChannel(ids: Ids, roomful: Roomful): object {
  return { ...channelWithUsers(ids, roomful), existUnreadChat: false }
}

export function communityObject(ids: Ids, room: Room, channels: readonly object[]): object {
  const { description, profileUrl } = placeOf(room.meta)
  return {
    _id: ids.community(room.id),
    name: room.name,
    managerId: managerOf(ids, room),
    profileUrl,
    description,
    channels,
    ...times(room),
  }
}

export function userIds(ids: Ids, members: Iterable<UserId>): string[] {
  return Array.from(members, (id) => ids.user(id))
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function managerOf(ids: Ids, { ownerId }: Room): string {
  return ownerId === null ? botId : ids.user(ownerId)
}

function times({ createdAt, updatedAt }: Room): object {
  return { createdAt: iso(createdAt), updatedAt: iso(updatedAt) }
}

/** What other wires have besides, a file for instance, is shown as its address. */
function wireType(type: MessageType): WireType {
  if (type === 'system') return 'SYSTEM'
  return type === 'image' ? 'IMAGE' : 'TEXT'
}

function contentOf({ type, body, detail }: Message): string {
  return body === '' && type !== 'text' && detail !== '' ? detail : body
}
