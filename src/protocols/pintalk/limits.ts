import { ChatError } from '../../core/errors.ts'
import type { RateLimit } from '../../core/limits.ts'

/** What hosts and guests may do how often. Who is over a limit hears 429. */
export interface PintalkLimits {
  /** Requests without a token, by address. */
  readonly visits: RateLimit
  /** Requests of a host. */
  readonly reads: RateLimit
  /** Guests' rooms, by address. */
  readonly newcomers: RateLimit
  /** Guests' rooms, by host. */
  readonly rooms: RateLimit
  /** Failed logins, by name and by address. */
  readonly logins: RateLimit
  /** Requests that name an e-mail address (is it free, send it a code or a password), by address. */
  readonly emailRequests: RateLimit
  /** Mails, by recipient. */
  readonly mails: RateLimit
  /** Pictures of a host. */
  readonly uploads: RateLimit
}

/**
 * Counts failures under each of the keys. An attempt is paid for before the password is looked at, so that a hundred at
 * once are not a hundred free guesses, and is given back when `isRight`.
 */
export async function attempt<T>(
  limit: RateLimit,
  keys: readonly string[],
  action: () => Promise<T>,
  isRight: (outcome: T) => boolean,
): Promise<T> {
  const taken = keys.filter((key) => limit.take(key))
  if (taken.length < keys.length) {
    for (const key of taken) limit.giveBack(key)
    throw new ChatError('rate_limited', 'Too many failed attempts. Try again later.')
  }
  const outcome = await action()
  if (isRight(outcome)) for (const key of keys) limit.giveBack(key)
  return outcome
}
