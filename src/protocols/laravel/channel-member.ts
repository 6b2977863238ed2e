import { ChatError } from '../../core/errors.ts'

/** Somebody in a presence channel, as the application described them. */
export interface ChannelMember {
  readonly id: string
  /** JSON that the others see. */
  readonly info: string
}

/** Ids are made of strings and numbers; the wire knows strings alone. */
const maxIdChars = 128

/** Reads `{user_id, user_info}`. Throws `invalid`, or `too_large` for an info of more bytes. */
export function memberOf(value: unknown, maxInfoBytes: number): ChannelMember {
  if (typeof value !== 'object' || value === null) throw new ChatError('invalid', 'channel_data is not an object')
  const { user_id: userId, user_info: userInfo = {} } = value as Readonly<Record<string, unknown>>
  const id = typeof userId === 'number' && Number.isFinite(userId) ? String(userId) : userId
  if (typeof id !== 'string' || id === '' || id.length > maxIdChars) {
    throw new ChatError('invalid', `channel_data needs a user_id of at most ${maxIdChars} characters`, 'user_id')
  }
  const info = json(userInfo)
  if (Buffer.byteLength(info) > maxInfoBytes) {
    throw new ChatError('too_large', `user_info has more than ${maxInfoBytes} bytes`, 'user_info')
  }
  return { id: id.toWellFormed(), info }
}

/** As `memberOf`, from JSON. */
export function parseMember(text: string, maxInfoBytes: number): ChannelMember {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ChatError('invalid', 'channel_data is not JSON')
  }
  return memberOf(value, maxInfoBytes)
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    // Unlike the parser, the writer goes down the stack with every level.
    throw new ChatError('invalid', 'user_info is nested too deeply', 'user_info')
  }
}
