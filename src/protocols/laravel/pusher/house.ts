import type { Chat } from '../../../core/chat.ts'
import type { Hub } from '../../../core/hub.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import type { Channels } from '../channels.ts'
import type { ChannelEncoding } from './channel-encoding.ts'
import type { PusherConnections } from './connections.ts'
import type { LastEvents } from './last-events.ts'
import type { Notice } from './webhook-events.ts'
import type { LaravelApp } from '../settings.ts'

export interface PusherLimits {
  /** A client that says nothing for so long is pinged, and is told to do the same. */
  readonly activityTimeoutMs: number
  /** How long it may take to answer. */
  readonly pongTimeoutMs: number
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
export interface PusherHouse {
  readonly apps: readonly LaravelApp[]
  readonly hub: Hub
  readonly chat: Chat
  readonly channels: Channels
  readonly connections: PusherConnections
  readonly encoding: ChannelEncoding
  readonly lastEvents: LastEvents
  /** Frames of one connection, whatever they are. */
  readonly frames: RateLimit
  /** Whispers of one connection. */
  readonly clientEvents: RateLimit
  readonly limits: PusherLimits
  /** For the application's webhooks. */
  readonly notify: (app: LaravelApp, notice: Notice) => void
  readonly log: Log
  readonly now: Clock
}
