import type { Chat } from '../../../core/chat.ts'
import type { Hub } from '../../../core/hub.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Log } from '../../../core/ports.ts'
import type { Channels } from '../channels.ts'
import type { ConnectionCounts } from '../connection-counts.ts'
import type { Notice } from '../pusher/webhook-events.ts'
import type { LaravelApp } from '../settings.ts'
import type { AuthServers } from './auth-servers.ts'
import type { EchoEncoding } from './words.ts'

export interface EchoLimits {
  /** Of one connection. */
  readonly maxChannels: number
  /** Of one app. */
  readonly maxConnections: number
  /** What others see of somebody in a presence channel. */
  readonly maxMemberBytes: number
  /** An event's data. */
  readonly maxDataBytes: number
}

/** What all connections share. */
export interface EchoHouse {
  readonly apps: readonly LaravelApp[]
  readonly hub: Hub
  readonly chat: Chat
  readonly channels: Channels
  readonly clients: ConnectionCounts
  readonly authServers: AuthServers
  readonly encoding: EchoEncoding
  /** Channels that the application is asked about, by address. */
  readonly asks: RateLimit
  /** Whispers of one connection. */
  readonly clientEvents: RateLimit
  /** Secrets that were wrong, by address. */
  readonly attempts: RateLimit
  readonly limits: EchoLimits
  /** For the application's webhooks. */
  readonly notify: (app: LaravelApp, notice: Notice) => void
  readonly log: Log
}
