import type { Position } from './positions.ts'
import type { Channel, Gap, User } from './types.ts'

/** The wire: JSON text frames on `/v1/socket`, described in docs/protocols/gitplelive.md of the server. */
export const wireVersion = 1

/** What this client makes use of. */
export const capabilities = ['resume', 'typing', 'receipts', 'users'] as const

export interface HelloFrame {
  readonly type: 'hello'
  readonly version: typeof wireVersion
  readonly client: string
  readonly app_id: string
  readonly user_id: string
  readonly token: string
  readonly capabilities: readonly string[]
  readonly positions: Readonly<Record<string, Position>>
}

export interface WelcomeFrame {
  readonly type: 'welcome'
  readonly version: number
  readonly capabilities: readonly string[]
  readonly heartbeat_ms: number
  readonly user: User
  /** Channels that begin here. */
  readonly positions: Readonly<Record<string, Position>>
}

/** All that was missed has been told, but in the channels named: those are to be asked for. */
export interface ReadyFrame {
  readonly type: 'ready'
  readonly pending: readonly string[]
}

export interface EventFrame {
  readonly type: 'event'
  readonly event: string
  readonly channel_id?: string
  readonly seq?: number
  readonly data: EventData
}

/** What an event may carry; its name says what it does. */
export interface EventData {
  readonly channel?: Channel
  readonly user?: User
  readonly [more: string]: unknown
}

/** Something happened in the channel that has no name here. */
export interface PositionFrame {
  readonly type: 'position'
  readonly channel_id: string
  readonly seq: number
}

export interface GapFrame {
  readonly type: 'gap'
  readonly channel_id: string
  readonly position: Position | null
  readonly reason: Gap['reason']
}

export interface ReplyFrame {
  readonly type: 'reply'
  readonly ref: number
  readonly ok: boolean
  readonly data?: unknown
  readonly error?: WireError
}

/** The connection ends. */
export interface ErrorFrame {
  readonly type: 'error'
  readonly error: WireError
  readonly retry: 'never' | 'later' | 'now'
}

export interface WireError {
  readonly code: number
  readonly name: string
  readonly message: string
}

export type ServerFrame =
  | WelcomeFrame
  | ReadyFrame
  | EventFrame
  | PositionFrame
  | GapFrame
  | ReplyFrame
  | ErrorFrame
  | { readonly type: 'pong' }

/** Null for what makes no sense: a later server may say more than this client knows. */
export function decodeFrame(data: unknown): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(String(data))
    return typeof frame === 'object' && frame !== null ? (frame as ServerFrame) : null
  } catch {
    return null
  }
}
