import { ChatError } from '../../core/errors.ts'
import type { RateLimit } from '../../core/limits.ts'

/** What people may do how often. Who is over a limit hears 429. */
export interface CommuLimits {
  /** Requests without a token, by address. */
  readonly visits: RateLimit
  /** Requests with one, by user. */
  readonly reads: RateLimit
  /** New accounts, by address. */
  readonly newcomers: RateLimit
  /** Failed logins, by name and by address. */
  readonly logins: RateLimit
  /** Searches for people, which look at everybody, by address. */
  readonly searches: RateLimit
  /** Places in communities and channels that are given out, in hundreds, by user. */
  readonly places: RateLimit
}

/** What is worth one more request. */
const thingsPerRequest = 100
/** Fewer than anybody may make at once, so that no answer is too large to be had. */
const maxRequests = 20

/** A large answer counts as several requests. */
export function demandFor(limit: RateLimit, key: number, things: number): void {
  const requests = Math.min(maxRequests, Math.floor(things / thingsPerRequest))
  for (let i = 0; i < requests; i++) limit.demand(key, 'Too many requests, slow down.')
}

/** For places that somebody gives out: one request may put a thousand people into hundreds of channels. */
export function demandPlaces(limit: RateLimit, key: number, places: number): void {
  for (let i = 0; i < Math.floor(places / 100); i++) limit.demand(key, 'Too many people at once. Try again later.')
}

/** How much there may be of what people make. */
export interface CommuMaxima {
  /** Communities that one user manages. */
  readonly communities: number
  /** Channels of one community. */
  readonly channels: number
  /** Members of one community. */
  readonly members: number
  /** People whom one user follows. */
  readonly followings: number
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
