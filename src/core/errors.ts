/** What can go wrong in the chat, whatever the wire. Protocols turn these into frames, each in one function. */
export const errorCodes = [
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'rate_limited',
  'frozen',
  'banned',
  /** Not now, and maybe soon: the database or the other nodes can't be reached. */
  'unavailable',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/**
 * A refusal that the client may hear. `message` is written for the person at the other end and
 * never holds what belongs to another tenant. A missing room and someone else's room are both
 * `not_found` with the same message.
 */
export class ChatError extends Error {
  readonly code: ErrorCode
  /** The field that was wrong, where one was. */
  readonly field: string | undefined

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    this.field = field
  }
}

/**
 * Why a connection ends. Not an error: each protocol says it with its own close code.
 * `retry` tells a client that knows how to listen whether coming back makes sense:
 * `never` (refused for good), `later` (overloaded, back off), `now` (this node drains, another serves).
 */
export interface Close {
  readonly code:
    | 'gone'
    | 'drain'
    | 'slow'
    | 'stale'
    | 'policy'
    | 'invalid'
    | 'unauthorized'
    | 'not_found'
    | 'closed'
    | 'flood'
  readonly reason: string
  readonly retry: 'never' | 'later' | 'now'
}
