import type { Close } from '../../../core/errors.ts'
import type { CloseFrame } from '../../../wire/websocket-frame.ts'
import { failureOf, Refusal } from '../failures.ts'

/** What the SDK's own codes are called. They are said on the socket only: REST has the platform's. */
const names = {
  60101: 'InvalidParameters',
  60102: 'InvalidToken',
  60103: 'ExpiredToken',
  60901: 'ServerError',
} as const

type SdkCode = keyof typeof names

/** A close that knows what it is called on this wire. */
interface Goodbye extends Close {
  readonly sdkCode: SdkCode
}

export const tokenExpired: Goodbye = {
  code: 'unauthorized',
  reason: 'the session token has expired',
  retry: 'never',
  sdkCode: 60103,
}
export const tokenInvalid: Goodbye = {
  code: 'unauthorized',
  reason: 'the session token is not valid',
  retry: 'never',
  sdkCode: 60102,
}
export const tooLate: Close = { code: 'stale', reason: 'no hello in time', retry: 'later' }
export const flood: Close = { code: 'flood', reason: 'too many frames, slow down', retry: 'later' }

const codes: Readonly<Record<Close['code'], number>> = {
  gone: 1000,
  drain: 1001,
  stale: 1001,
  slow: 1013,
  invalid: 4400,
  policy: 4400,
  unauthorized: 4401,
  not_found: 4400,
  closed: 1000,
  flood: 4429,
}

export function closeFrame(close: Close): CloseFrame {
  const code = close === tokenExpired ? 4403 : codes[close.code]
  return { code, reason: close.reason }
}

/** The last frame. It says what the close frame's number can't, and to a page that number may be all that it sees. */
export function goodbyeText(close: Close): string {
  const code = sdkCodeOf(close)
  const error = { code, name: names[code], message: close.reason }
  return JSON.stringify({ type: 'error', error, retry: close.retry })
}

/** Why a `hello` is refused, or a frame that can't be answered. Null for a fault of ours. */
export function closeFor(error: unknown): Close | null {
  if (error instanceof Refusal && error.failure === 'token_expired') return tokenExpired
  const failure = failureOf(error)
  if (!failure) return null
  if (failure.status === 401) return tokenInvalid
  if (failure.name === 'too_many_requests') return flood
  return { code: 'invalid', reason: failure.message, retry: 'never' }
}

function sdkCodeOf(close: Close): SdkCode {
  if ('sdkCode' in close) return (close as Goodbye).sdkCode
  return close.code === 'invalid' || close.code === 'policy' ? 60101 : 60901
}
