import type { App } from '../../core/model.ts'
import type { WordFilter } from './word-filter.ts'

/** What an app sets for its group channels. */
export interface GitpleliveSettings {
  /** What its servers and clients call the app. */
  readonly appId: string
  /** Opens the platform's REST. Session tokens are signed with a key that is derived from it. */
  readonly apiKey: string
  /** Words that nobody shall read. */
  readonly profanity: readonly string[]
  /** Refuse messages with such words instead of masking them. */
  readonly refuseProfanity: boolean
}

export interface GitpleliveApp {
  readonly app: App
  readonly settings: GitpleliveSettings
  readonly filter: WordFilter
}
