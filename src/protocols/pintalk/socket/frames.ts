import { ChatError } from '../../../core/errors.ts'

/** What a client sends on a socket: JSON text frames. */
export type InFrame =
  | { readonly type: 'chat_message'; readonly message: string; readonly datetime: string }
  /** Older messages than this datetime. */
  | { readonly type: 'request'; readonly before: string }
  | { readonly type: 'notice'; readonly message: string }

const maxMessageChars = 1000
// The shape alone: the protocol description's own sample has 77 seconds, and nothing is computed from it.
const datetimeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?$/

/** Throws `invalid` with the reason for the close. `is_host` must be there and is not believed. */
export function decodeFrame(text: string): InFrame {
  const frame = parse(text)
  switch (frame['type']) {
    case 'chat_message':
      if (typeof frame['is_host'] !== 'boolean') throw wrong('is_host must be true or false', 'is_host')
      return {
        type: 'chat_message',
        message: words(frame['message']),
        datetime: datetime(frame['datetime'], 'datetime'),
      }
    case 'request':
      return { type: 'request', before: datetime(frame['message'], 'message') }
    case 'notice':
      if (typeof frame['message'] !== 'string') throw wrong('message must be a string', 'message')
      return { type: 'notice', message: frame['message'] }
    default:
      throw wrong('type must be chat_message, request or notice', 'type')
  }
}

/** A datetime with its milliseconds, so that the two forms compare as text. */
export function comparable(datetime: string): string {
  return datetime.length === 19 ? `${datetime}.000` : datetime
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong('the frame is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('the frame is not a JSON object')
  }
  return value as Record<string, unknown>
}

function words(message: unknown): string {
  if (typeof message !== 'string') throw wrong('message must be a string', 'message')
  if (message.trim() === '') throw wrong('the message is empty', 'message')
  // Counted as the original does, in characters and not in halves of them.
  if (message.length > maxMessageChars && [...message].length > maxMessageChars) {
    throw wrong(`a message has at most ${maxMessageChars} characters`, 'message')
  }
  return message
}

function datetime(value: unknown, field: string): string {
  if (typeof value === 'string' && datetimeForm.test(value)) return value
  throw wrong(`${field} must be a datetime, YYYY-MM-DDTHH:MM:SS[.mmm]`, field)
}

function wrong(message: string, field?: string): ChatError {
  return new ChatError('invalid', message, field)
}
