import type { Chat } from '../../core/chat.ts'
import type { Hub } from '../../core/hub.ts'
import type { RateLimit } from '../../core/limits.ts'
import type { Clock, Log, Store } from '../../core/ports.ts'
import type { Sessions } from '../../core/session.ts'
import type { Announcer } from './announcer.ts'
import type { Callbacks, TellLater } from './callbacks.ts'
import type { ChannelRooms } from './channel-rooms.ts'
import type { LaravelApp } from './settings.ts'
import type { SocketTokens } from './socket/claims.ts'
import type { OpenChannels } from './socket/open-channels.ts'

/** What the JWT socket, its REST and the bridge share. */
export interface LaravelShared {
  readonly apps: readonly LaravelApp[]
  readonly chat: Chat
  readonly hub: Hub
  readonly store: Store
  readonly sessions: Sessions
  readonly tokens: SocketTokens
  readonly rooms: ChannelRooms
  readonly channels: OpenChannels
  readonly announcer: Announcer
  readonly callbacks: Callbacks
  readonly tellLater: TellLater
  readonly limits: LaravelLimits
  /** What one connection may hold back, see `JwtSocket`. */
  readonly maxHeldBytes: number
  /** Messages in one page, where the client does not say. */
  readonly pageSize: number
  readonly log: Log
  readonly now: Clock
}

export interface LaravelLimits {
  /** Frames of one connection, whatever they are. */
  readonly frames: RateLimit
  /** What a user says in channels that keep nothing; in the others the chat counts. */
  readonly words: RateLimit
  /** Connections, by address. */
  readonly dials: RateLimit
  /** Requests of a token's bearer. */
  readonly reads: RateLimit
  /** Secrets that were wrong, by address. */
  readonly attempts: RateLimit
}
