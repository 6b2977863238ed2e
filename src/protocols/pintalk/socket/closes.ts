import { ChatError, type Close } from '../../../core/errors.ts'

const codes: Readonly<Record<Close['code'], number>> = {
  gone: 1000,
  drain: 1001,
  stale: 1001,
  slow: 1013,
  invalid: 4000,
  policy: 4003,
  unauthorized: 4003,
  not_found: 4004,
  flood: 4008,
  closed: 4009,
}

/** The custom codes follow HTTP's: 4000 bad request, 4003 forbidden, 4004 not found. */
export function closeFrame({ code, reason }: Close): { code: number; reason: string } {
  return { code: codes[code], reason }
}

/** The one place where an error becomes a close. Null for what is a fault of ours. */
export function closeFor(error: unknown): Close | null {
  if (!(error instanceof ChatError)) return null
  const reason = error.message
  switch (error.code) {
    case 'invalid':
    case 'too_large':
      return { code: 'invalid', reason, retry: 'never' }
    case 'not_found':
      return { code: 'not_found', reason, retry: 'never' }
    case 'conflict':
    case 'frozen':
      return { code: 'closed', reason, retry: 'never' }
    case 'rate_limited':
      return { code: 'flood', reason, retry: 'later' }
    case 'unauthorized':
    case 'forbidden':
    case 'banned':
      return { code: 'policy', reason, retry: 'never' }
    case 'unavailable':
      return { code: 'slow', reason, retry: 'later' }
    case 'internal':
      return null
  }
}

export const noSuchRoom: Close = { code: 'not_found', reason: 'no such room', retry: 'never' }
export const noSuchHost: Close = { code: 'not_found', reason: 'no such host', retry: 'never' }
export const wrongOrigin: Close = { code: 'policy', reason: 'this origin is not allowed', retry: 'never' }
export const accountLeft: Close = { code: 'policy', reason: 'the account was left', retry: 'never' }
export const closedRoom: Close = { code: 'closed', reason: 'the room is closed', retry: 'never' }
export const statusOff: Close = { code: 'closed', reason: 'the host does not show its status', retry: 'never' }
export const closedByHost: Close = { code: 'gone', reason: 'closed by the host', retry: 'never' }
