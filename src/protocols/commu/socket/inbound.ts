import { ChatError } from '../../../core/errors.ts'

/** What clients send, checked. Whatever throws here is answered with `failed-to-send-message`. */

export interface ChatRequest {
  readonly chatType: 'new' | 'modify' | 'delete'
  readonly channelId: unknown
  readonly chatId: unknown
  /** Empty for `delete`. */
  readonly content: string
}

export interface InviteRequest {
  readonly communityId: unknown
  readonly channelId: unknown
  readonly users: readonly unknown[]
}

/** Channels in one `join`, and users in one invitation. */
const maxList = 1000

export function readJoin(value: unknown): readonly string[] {
  const { channels } = fieldsOf(value)
  return [...new Set(listOf(channels, 'channels').filter((one) => typeof one === 'string'))]
}

export function readChat(value: unknown): ChatRequest {
  const { chatType, channelId, chatId, content } = fieldsOf(value)
  if (chatType === 'delete') return { chatType, channelId, chatId, content: '' }
  if (chatType !== 'new' && chatType !== 'modify')
    throw new ChatError('invalid', 'chatType is new, modify or delete', 'chatType')
  if (typeof content !== 'string') throw new ChatError('invalid', 'content must be a text', 'content')
  return { chatType, channelId, chatId, content }
}

/** Both ways of writing: the clients' and the one that the rest of the wire has. */
export function readInvite(value: unknown): InviteRequest {
  const fields = fieldsOf(value)
  return {
    communityId: fields['community_id'] ?? fields['communityId'],
    channelId: fields['channel_id'] ?? fields['channelId'],
    users: listOf(fields['users'], 'users'),
  }
}

function fieldsOf(value: unknown): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ChatError('invalid', 'what is sent must be an object')
  return value as { readonly [name: string]: unknown }
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ChatError('invalid', `${field} must be a list`, field)
  if (value.length > maxList) throw new ChatError('too_large', `${field} has at most ${maxList} entries`, field)
  return value
}
