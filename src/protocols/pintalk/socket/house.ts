import type { RateLimit } from '../../../core/limits.ts'
import type { PintalkShared } from '../pintalk-shared.ts'

type Needed = 'chat' | 'directory' | 'hub' | 'log' | 'now' | 'presence' | 'sessions' | 'store' | 'tokens'

/** What all sockets share. */
export interface SocketHouse extends Pick<PintalkShared, Needed> {
  /** Frames of one socket, whatever they are; what a user writes is counted by the chat too. */
  readonly frames: RateLimit
  /** What guests write, by their address. */
  readonly guestMessages: RateLimit
  /** What guests write, by whose guests they are. */
  readonly hostMessages: RateLimit
}
