import { ChatError, type ErrorCode } from '../../core/errors.ts'

/** Every refusal of this protocol: its number on the wire, and the HTTP status. The key is the `name` that goes with it. */
export const failures = {
  parameters: { code: 1001, status: 400, kind: 'invalid', message: 'a parameter is missing or wrong' },
  resource: { code: 1002, status: 400, kind: 'not_found', message: 'there is nothing of that name' },
  channel: { code: 1003, status: 400, kind: 'not_found', message: 'there is no such channel' },
  user: { code: 1004, status: 400, kind: 'not_found', message: 'there is no such user' },
  message: { code: 1005, status: 400, kind: 'not_found', message: 'there is no such message' },
  already_joined: { code: 1006, status: 400, kind: 'conflict', message: 'already a member of the channel' },
  duplicate_id: { code: 1007, status: 400, kind: 'conflict', message: 'that id is taken' },
  not_joined: { code: 1008, status: 400, kind: 'conflict', message: 'not a member of the channel' },
  frozen: { code: 1009, status: 400, kind: 'frozen', message: 'the channel is frozen: only its managers write' },
  too_many_members: { code: 1010, status: 400, kind: 'too_large', message: 'too many members' },
  too_many_managers: { code: 1011, status: 400, kind: 'too_large', message: 'too many managers' },
  file_size: { code: 1012, status: 400, kind: 'too_large', message: 'the file is too large' },
  key_count: { code: 1014, status: 400, kind: 'too_large', message: 'meta has too many pairs' },
  not_a_manager: { code: 1016, status: 400, kind: 'conflict', message: 'not a manager of the channel' },
  manager_ban: { code: 1017, status: 400, kind: 'forbidden', message: 'managers can’t ban each other' },
  own_ban: { code: 1018, status: 400, kind: 'conflict', message: 'nobody bans themselves' },
  banned: { code: 1019, status: 400, kind: 'banned', message: 'banned from the channel' },
  profanity: { code: 1020, status: 400, kind: 'invalid', message: 'the message has words that are not allowed here' },
  no_permission: { code: 3001, status: 400, kind: 'forbidden', message: 'not allowed' },
  unauthorized: {
    code: 4001,
    status: 401,
    kind: 'unauthorized',
    message: 'the API key or the session token is missing or wrong',
  },
  token_invalid: { code: 4001, status: 401, kind: 'unauthorized', message: 'the session token is not valid' },
  token_expired: { code: 4001, status: 401, kind: 'unauthorized', message: 'the session token has expired' },
  application: { code: 4003, status: 401, kind: 'unauthorized', message: 'there is no such application' },
  too_many_requests: { code: 9001, status: 429, kind: 'rate_limited', message: 'too many requests' },
  unavailable: { code: 9999, status: 503, kind: 'unavailable', message: 'not now; try again in a moment' },
  internal: { code: 9999, status: 500, kind: 'internal', message: 'something went wrong on our side' },
} as const satisfies Record<string, FailureKind>

interface FailureKind {
  readonly code: number
  readonly status: number
  readonly kind: ErrorCode
  readonly message: string
}

export type FailureName = keyof typeof failures

/** What a client hears of a refusal, on every wire. */
export interface Failure {
  readonly status: number
  readonly name: FailureName
  readonly code: number
  readonly message: string
}

/** A refusal in the words of this protocol. Without a message it says what its name means. */
export class Refusal extends ChatError {
  readonly failure: FailureName

  constructor(failure: FailureName, message?: string, field?: string) {
    const { kind, message: usual } = failures[failure]
    super(kind, message ?? usual, field)
    this.name = 'Refusal'
    this.failure = failure
  }
}

/** The one place where an error becomes what is sent. Null for what is no refusal: a fault of ours. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof ChatError) || error.code === 'internal') return null
  const name = error instanceof Refusal ? error.failure : usual[error.code]
  const { status, code } = failures[name]
  // A wrong field stands first in the message: there is no other place for it.
  const { field, message } = error
  return { status, name, code, message: field && !message.startsWith(field) ? `${field}: ${message}` : message }
}

export function internalFailure(): Failure {
  const { status, code, message } = failures.internal
  return { status, name: 'internal', code, message }
}

/** What the core's refusals are here, where nobody knows better. */
const usual: Readonly<Record<ErrorCode, FailureName>> = {
  invalid: 'parameters',
  unauthorized: 'unauthorized',
  forbidden: 'no_permission',
  not_found: 'resource',
  conflict: 'resource',
  too_large: 'parameters',
  rate_limited: 'too_many_requests',
  frozen: 'frozen',
  banned: 'banned',
  unavailable: 'unavailable',
  internal: 'internal',
}

/** Says some of the core's refusals in this protocol's words. */
export async function inWords<T>(words: Partial<Record<ErrorCode, FailureName>>, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    const known = error instanceof ChatError && !(error instanceof Refusal) ? words[error.code] : undefined
    throw known === undefined ? error : new Refusal(known)
  }
}
