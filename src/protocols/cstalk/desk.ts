import type { Accounts } from '../../core/accounts.ts'
import type { Broom } from '../../core/broom.ts'
import type { Chat } from '../../core/chat.ts'
import type { Hub } from '../../core/hub.ts'
import type { RateLimit } from '../../core/limits.ts'
import type { Clock, Log, Store } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import type { Sessions } from '../../core/session.ts'
import type { StompSettings } from '../../wire/stomp/settings.ts'
import type { Companies, Company } from './company.ts'
import type { Customers } from './customers.ts'
import type { Words } from './encodings.ts'
import type { Lobbies } from './lobbies.ts'
import type { Seats } from './seats.ts'
import type { Tokens } from './tokens.ts'

/** What all connections and requests of the desk share. */
export interface Desk {
  readonly chat: Chat
  readonly hub: Hub
  readonly presence: Presence
  readonly store: Store
  readonly sessions: Sessions
  readonly accounts: Accounts
  readonly seats: Seats
  readonly lobbies: Lobbies
  readonly broom: Broom
  /** Reads per user; what changes a room is counted by the chat itself. */
  readonly reads: RateLimit
  readonly companies: Companies
  readonly customers: Customers
  readonly tokens: Tokens
  readonly words: ReadonlyMap<Company, Words>
  readonly stomp: StompSettings
  readonly log: Log
  readonly now: Clock
}
