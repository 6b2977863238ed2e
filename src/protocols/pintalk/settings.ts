import type { App } from '../../core/model.ts'

/** What an app sets for its guests and hosts. */
export interface PintalkSettings {
  /** Signs the hosts' access tokens (HS256). */
  readonly jwtSecret: string
}

export interface PintalkApp {
  readonly app: App
  readonly settings: PintalkSettings
}
