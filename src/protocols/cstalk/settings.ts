import type { App } from '../../core/model.ts'

/** What a company sets for its desk. */
export interface CstalkSettings {
  /** The wire's name of the company: "1". */
  readonly companyId: string
  /** Signs the tokens (HS256). */
  readonly jwtSecret: string
  /** The fixed word of the customers' `secretKey` header, `word_YYYYMMDD`. */
  readonly customerSecret: string | null
  /** Take customers without the right key for nobody. */
  readonly requireSecretKey: boolean
  /** Asked for the name of a customer that is new. */
  readonly customerNameHook: string | null
  readonly tokenHours: number
  /** IANA name. Dates on the wire are local to it. */
  readonly timezone: string
  /** Null: always open. */
  readonly workingHours: WorkingHours | null
}

export interface WorkingHours {
  /** From and to, `HH:MM`; a day that is missing is closed. */
  readonly days: Readonly<
    Partial<Record<'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun', readonly [string, string]>>
  >
  readonly lunch: readonly [string, string] | null
  /** `YYYY-MM-DD`. */
  readonly holidays: readonly string[]
}

/** An app with its desk. */
export interface CstalkApp {
  readonly app: App
  readonly settings: CstalkSettings
}
