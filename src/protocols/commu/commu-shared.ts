import type { Accounts } from '../../core/accounts.ts'
import type { Broom } from '../../core/broom.ts'
import type { Chat } from '../../core/chat.ts'
import type { Hub } from '../../core/hub.ts'
import type { Clock, Log, Store } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import type { Sessions } from '../../core/session.ts'
import type { Channels } from './channels.ts'
import type { Chats } from './chats.ts'
import type { Communities } from './communities.ts'
import type { Directory } from './directory.ts'
import type { Followings } from './followings.ts'
import type { CommuLimits, CommuMaxima } from './limits.ts'
import type { People } from './people.ts'
import type { Reading } from './reading.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { CommuApp } from './settings.ts'
import type { Tokens } from './tokens.ts'

/** What all of commu's sockets and requests share. */
export interface CommuShared {
  readonly apps: readonly CommuApp[]
  readonly chat: Chat
  readonly hub: Hub
  readonly presence: Presence
  readonly store: Store
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly broom: Broom
  readonly directory: Directory
  readonly tokens: Tokens
  readonly refreshTokens: RefreshTokens
  readonly people: People
  readonly followings: Followings
  readonly communities: Communities
  readonly channels: Channels
  readonly chats: Chats
  readonly reading: Reading
  readonly limits: CommuLimits
  readonly maxima: CommuMaxima
  /** Where clients reach the server, without a slash at the end; null where that is the address it listens on. */
  readonly publicUrl: string | null
  readonly log: Log
  readonly now: Clock
}
