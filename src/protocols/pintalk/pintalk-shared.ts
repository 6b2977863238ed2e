import type { Accounts } from '../../core/accounts.ts'
import type { Broom } from '../../core/broom.ts'
import type { Chat } from '../../core/chat.ts'
import type { Hub } from '../../core/hub.ts'
import type { FileStore } from '../../core/file-store.ts'
import type { Clock, Log, Store } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import type { Sessions } from '../../core/session.ts'
import type { Directory } from './directory.ts'
import type { HostAccounts } from './host-accounts.ts'
import type { PintalkLimits } from './limits.ts'
import type { SendMail } from './mail.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Seals } from './seals.ts'
import type { PintalkApp } from './settings.ts'
import type { TemporaryPasswords } from './temporary-passwords.ts'
import type { Tokens } from './tokens.ts'
import type { VerificationCodes } from './verification-codes.ts'

/** What all of pintalk's sockets and requests share. */
export interface PintalkShared {
  readonly apps: readonly PintalkApp[]
  readonly chat: Chat
  readonly hub: Hub
  readonly presence: Presence
  readonly store: Store
  readonly files: FileStore
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly broom: Broom
  readonly directory: Directory
  readonly tokens: Tokens
  readonly refreshTokens: RefreshTokens
  readonly seals: Seals
  readonly codes: VerificationCodes
  readonly temporary: TemporaryPasswords
  readonly hosts: HostAccounts
  readonly sendMail: SendMail
  readonly limits: PintalkLimits
  /** Of a host's picture. */
  readonly maxImageBytes: number
  /** Where clients reach the server, without a slash at the end; null where that is the address it listens on. */
  readonly publicUrl: string | null
  readonly log: Log
  readonly now: Clock
}
