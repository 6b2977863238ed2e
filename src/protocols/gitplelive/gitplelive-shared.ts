import type { Accounts } from '../../core/accounts.ts'
import type { Chat } from '../../core/chat.ts'
import type { Hub } from '../../core/hub.ts'
import type { FileStore } from '../../core/file-store.ts'
import type { Nodes } from '../../core/nodes.ts'
import type { Bus, Clock, Log, Store } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import type { Sessions } from '../../core/session.ts'
import type { Broom } from '../../core/broom.ts'
import type { Counts } from './counts.ts'
import type { Directory } from './directory.ts'
import type { EverJoined } from './ever-joined.ts'
import type { GitpleliveLimits, GitpleliveMaxima } from './limits.ts'
import type { People } from './people.ts'
import type { GitpleliveApp } from './settings.ts'
import type { Tokens } from './tokens.ts'
import type { SharedTurns } from './shared-turns.ts'

/** What all of gitplelive's sockets and requests share. */
export interface GitpleliveShared {
  readonly apps: readonly GitpleliveApp[]
  readonly chat: Chat
  readonly hub: Hub
  readonly bus: Bus
  readonly nodes: Nodes
  readonly presence: Presence
  readonly store: Store
  readonly files: FileStore
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly broom: Broom
  readonly directory: Directory
  readonly tokens: Tokens
  readonly people: People
  readonly counts: Counts
  readonly everJoined: EverJoined
  readonly turns: SharedTurns
  readonly limits: GitpleliveLimits
  readonly maxima: GitpleliveMaxima
  /** Where clients reach the server, without a slash at the end; null where that is the address it listens on. */
  readonly publicUrl: string | null
  readonly log: Log
  readonly now: Clock
}
