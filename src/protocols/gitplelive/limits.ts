import type { RateLimit } from '../../core/limits.ts'

/** How often. Who is over a limit hears 9001. */
export interface GitpleliveLimits {
  /** Requests with the API key, by app. */
  readonly platform: RateLimit
  /** Requests with a session token, by user. */
  readonly reads: RateLimit
  /** Requests with wrong keys or tokens, by address. */
  readonly strangers: RateLimit
  /** New channels, by user. The app's servers are not counted. */
  readonly channels: RateLimit
  /** Files, by user. The app's servers are not counted. */
  readonly uploads: RateLimit
}

/** How much. */
export interface GitpleliveMaxima {
  /** Members of one channel. */
  readonly members: number
  /** Of one file. */
  readonly fileBytes: number
  /** Of one message. */
  readonly messageChars: number
}
