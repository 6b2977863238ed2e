import { ChatError } from '../../../core/errors.ts'
import type { RateLimit } from '../../../core/limits.ts'

const tooMany = 'too many failed logins, try again later'

/**
 * Counts failed logins by name and by address. An attempt is paid for before the password is looked at, so that a
 * hundred at once are not a hundred free guesses, and is given back when it succeeds.
 */
export async function attempt<T>(
  limit: RateLimit,
  name: string,
  address: string,
  login: () => Promise<T | null>,
): Promise<T | null> {
  const keys = [`name ${name}`, `address ${address}`] as const
  const taken = keys.filter((key) => limit.take(key))
  if (taken.length < keys.length) {
    for (const key of taken) limit.giveBack(key)
    throw new ChatError('rate_limited', tooMany)
  }
  const found = await login()
  if (found !== null) for (const key of keys) limit.giveBack(key)
  return found
}
