import type { App } from '../../core/model.ts'
import type { Ids } from './ids.ts'

/** What an app sets for its communities. */
export interface CommuSettings {
  /** Signs the users' access tokens (HS256). */
  readonly jwtSecret: string
}

export interface CommuApp {
  readonly app: App
  readonly settings: CommuSettings
  /** How the app's users and rooms are called on the wire. */
  readonly ids: Ids
}
