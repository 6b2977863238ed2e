import type { App } from '../../core/model.ts'

/** A kind of channels of the JWT socket: what stands before the colon of `chat:room1`. */
export interface ChannelKind {
  /** Who may send: the application alone, or clients too. */
  readonly send: 'clients' | 'server'
  /** What `data` may hold, in the order in which it goes out; null for anything. */
  readonly data: readonly string[] | null
  /** Kept, and readable over REST. */
  readonly stored: boolean
  /** Tell who comes and goes: `connected`, `connectOther`, `disconnectOther`. */
  readonly presence: boolean
}

/** A kind that nobody set. */
export const unknownKind: ChannelKind = { send: 'server', data: null, stored: false, presence: false }

/** What an app sets for its Laravel application. */
export interface LaravelSettings {
  /** The application's id, key and secret, as a Pusher server's. */
  readonly id: string
  readonly key: string
  readonly secret: string
  /** Signs the tokens of the JWT socket (HS256). */
  readonly jwtSecret: string
  /** Kinds by name. */
  readonly channels: ReadonlyMap<string, ChannelKind>
  /** The Redis that the application publishes to; null for the server's, if there is one. */
  readonly redisUrl: string | null
  /** Stands before every channel's name in Redis. */
  readonly redisPrefix: string
  /** Is told what clients send on the JWT socket. */
  readonly callbackUrl: string | null
  /** `/broadcasting/auth` of the application, for Echo over Socket.IO. */
  readonly authEndpoint: string | null
  /** Whether clients may whisper. */
  readonly clientEvents: boolean
  /** Pusher's webhooks. */
  readonly webhooks: readonly { readonly url: string; readonly events: readonly string[] }[]
}

export interface LaravelApp {
  readonly app: App
  readonly settings: LaravelSettings
}
