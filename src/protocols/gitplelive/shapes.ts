import type { Message, Room, User } from '../../core/model.ts'
import { channelIdOf, channelMeta } from './channel.ts'
import type { Count } from './counts.ts'
import { fileOf, messageMeta, originOf } from './message.ts'
import { nameOf, personOf, type Pairs } from './person.ts'

/**
 * The objects of this wire, in the order of keys that its tutorial shows. What isn't set is absent, not null; so is a
 * `meta` without pairs.
 */

/** A member as a channel lists it. */
export interface MemberShape {
  readonly user_id: string
  readonly name: string
  readonly profile_url?: string
}

export interface UserShape extends MemberShape {
  readonly meta?: Pairs
  readonly created_at: number
  readonly updated_at: number
  readonly joined_at?: number
}

export interface ChannelShape {
  readonly channel_id: string
  readonly name: string
  readonly profile_url?: string
  readonly meta?: Pairs
  readonly type: 'group'
  readonly freeze: boolean
  readonly total_message_count: number
  readonly total_file_count: number
  readonly created_at: number
  readonly updated_at: number
}

/** What a channel shows where it is asked for. */
export interface ChannelExtras {
  readonly members?: readonly MemberShape[]
  readonly managers?: readonly MemberShape[]
  readonly unread?: Readonly<Record<string, number>>
  readonly read_receipt?: Readonly<Record<string, number>>
  readonly delivery_receipt?: Readonly<Record<string, number>>
  readonly last_message?: MessageShape
}

export interface MessageShape {
  /** Null where the system speaks. */
  readonly user: UserShape | null
  readonly type: 'text' | 'file'
  readonly content?: string
  readonly file?: FileShape
  readonly filter?: { readonly origin_content?: string; readonly type: readonly ['profanity'] }
  readonly meta?: Pairs
  readonly created_at: number
  readonly updated_at: number
  readonly message_id: number
  readonly channel_id: string
}

export interface FileShape {
  readonly type: string
  readonly name: string
  readonly url: string
  readonly size: number
}

/** Who looks. */
export interface Look {
  /** Stands before the paths of files: `https://chat.example`, or nothing. */
  readonly baseUrl: string
  /** Whether what was masked is shown: to the app's own servers and a channel's managers. */
  readonly seesOrigin: boolean
}

export function memberShape(user: User): MemberShape {
  const { userId, profileUrl } = personOf(user)
  return { user_id: userId, name: user.name, ...(profileUrl !== undefined && { profile_url: profileUrl }) }
}

export function userShape(user: User, joinedAt?: number): UserShape {
  const { createdAt, updatedAt } = user
  return {
    ...memberShape(user),
    ...metaPart(personOf(user).pairs),
    created_at: createdAt,
    updated_at: updatedAt,
    ...(joinedAt !== undefined && { joined_at: joinedAt }),
  }
}

export function channelShape(room: Room, { messages, files }: Count): ChannelShape {
  const { profileUrl, pairs } = channelMeta(room)
  return {
    channel_id: channelIdOf(room) ?? '',
    name: room.name,
    ...(profileUrl !== undefined && { profile_url: profileUrl }),
    ...metaPart(pairs),
    type: 'group',
    freeze: room.frozen,
    total_message_count: messages,
    total_file_count: files,
    created_at: room.createdAt,
    updated_at: room.updatedAt,
  }
}

/** `author`: the sender's account; null for one who was removed, or where nobody sent it. */
export function messageShape(message: Message, author: User | null, channelId: string, look: Look): MessageShape {
  const { sender, body, createdAt, updatedAt, id } = message
  const { pairs } = messageMeta(message)
  const origin = originOf(message)
  const file = fileOf(message)
  return {
    user: author ? userShape(author) : sender && removedShape(message),
    type: file ? 'file' : 'text',
    ...((!file || body !== '') && { content: body }),
    ...(file && { file: { type: file.type, name: file.name, url: look.baseUrl + file.path, size: file.size } }),
    ...(origin !== undefined && {
      filter: { ...(look.seesOrigin && { origin_content: origin }), type: ['profanity'] as const },
    }),
    ...metaPart(pairs),
    created_at: createdAt,
    updated_at: updatedAt,
    message_id: id,
    channel_id: channelId,
  }
}

function removedShape({ sender, createdAt, updatedAt }: Message): UserShape | null {
  return sender && { user_id: nameOf(sender.id), name: sender.name, created_at: createdAt, updated_at: updatedAt }
}

function metaPart(pairs: Pairs | undefined): { meta: Pairs } | object {
  return pairs !== undefined && Object.keys(pairs).length > 0 ? { meta: pairs } : {}
}
