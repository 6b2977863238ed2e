import type { RateLimit } from '../../../core/limits.ts'
import type { FileStore } from '../../../core/file-store.ts'
import type { Desk } from '../desk.ts'
import type { Door } from './door.ts'

export interface RestOptions {
  readonly files: FileStore
  /** What goes before `/files/…` in the addresses of uploaded files; null for nothing. */
  readonly publicUrl: string | null
  /** Failed logins, by name and by address. */
  readonly logins: RateLimit
  /** Requests without a token, by address. */
  readonly visits: RateLimit
  /** Per user. */
  readonly uploads: RateLimit
  readonly maxUploadBytes: number
  /** Messages in a page, where the client doesn't say. */
  readonly pageSize: number
  /** Rows in a page at most; lists of other things than messages have so many where the client doesn't say. */
  readonly maxPageSize: number
}

/** What all routes share. */
export interface Rest extends RestOptions {
  readonly desk: Desk
  readonly door: Door
}
