import type { Swept } from '../../../core/broom.ts'
import type { Hub } from '../../../core/hub.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import type { Attendance } from './attendance.ts'
import type { Backlogs } from './backlogs.ts'
import type { ChannelFrames } from './channel-encoding.ts'
import type { EventWords } from './event-words.ts'
import type { Prepared } from './prepared.ts'

export interface LiveLimits {
  /** Frames of one connection, whatever they are. */
  readonly frames: RateLimit
  /** Channels that one connection hears. */
  readonly maxChannels: number
  readonly connectTimeoutMs: number
  /** How long a client may hear nothing before it asks. */
  readonly heartbeatMs: number
  /** What is told again before the client has to ask for more. */
  readonly maxReplayBytes: number
}

/** What all sockets share. */
export interface LiveHouse extends GitpleliveShared {
  readonly live: LiveLimits
  /** Of what is `Prepared`. */
  readonly channels: Hub
  readonly prepared: Prepared
  readonly frames: ChannelFrames
  readonly words: EventWords
  readonly backlogs: Backlogs
  readonly attendance: Attendance
  /** All sockets, signed in or not yet. */
  readonly open: Set<Swept>
}
