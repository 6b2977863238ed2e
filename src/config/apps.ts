import type { App, AppId } from '../core/model.ts'
import { readLaravel, type LaravelConfig } from './laravel.ts'
import { Section, type Reading } from './section.ts'
import { readWorkingHours, type WorkingHours } from './working-hours.ts'

/** An app as the configuration file describes it. A protocol that is null is off for the app. */
export interface AppConfig extends App {
  readonly cstalk: CstalkConfig | null
  readonly pintalk: TokenConfig | null
  readonly commu: TokenConfig | null
  readonly laravel: LaravelConfig | null
  readonly gitplelive: GitpleliveConfig | null
}

export interface TokenConfig {
  /** Signs and checks the tokens of this app (HS256). */
  readonly jwtSecret: string
}

export interface CstalkConfig extends TokenConfig {
  readonly companyId: string
  /** The fixed word of the customers' `secretKey` header. */
  readonly customerSecret: string | null
  /** Refuse customers whose `secretKey` is missing or wrong. */
  readonly requireSecretKey: boolean
  /** Asked for the name of a customer that is new. */
  readonly customerNameHook: string | null
  readonly tokenHours: number
  /** IANA name. Dates on the wire are local to it. */
  readonly timezone: string
  /** Null: always open. */
  readonly workingHours: WorkingHours | null
}

export interface GitpleliveConfig {
  readonly appId: string
  /** Session tokens are signed with a key that is derived from it. */
  readonly apiKey: string
  /** Words that are masked in messages. */
  readonly profanity: readonly string[]
  /** Messages with such words are refused instead. */
  readonly refuseProfanity: boolean
}

/** Reads the content of the configuration file. What is wrong is noted in `reading.problems`. */
export function readApps(content: unknown, reading: Reading): readonly AppConfig[] {
  const root = new Section('', content, reading)
  const apps = root.sections('apps').map((section) => ({ section, app: readApp(section) }))
  root.done()
  for (const { field, of } of uniques) {
    const first = new Map<string, string>()
    for (const { section, app } of apps) {
      for (const value of new Set(of(app))) {
        if (!value) continue
        const other = first.get(value)
        if (other === undefined) first.set(value, section.path)
        else reading.problems.refuse(`${section.path} and ${other} have the same ${field}: each app needs its own`)
      }
    }
  }
  return apps.map(({ app }) => app)
}

/** What tells one app from another on a wire. An equal token secret would let the users of one into the other. */
const uniques: readonly { field: string; of: (app: AppConfig) => readonly (string | undefined)[] }[] = [
  { field: 'id', of: (app) => [app.id] },
  { field: 'jwtSecret', of: (app) => [app.cstalk, app.pintalk, app.commu, app.laravel].map((one) => one?.jwtSecret) },
  { field: 'cstalk.companyId', of: (app) => [app.cstalk?.companyId] },
  { field: 'laravel.id', of: (app) => [app.laravel?.id] },
  { field: 'laravel.key', of: (app) => [app.laravel?.key] },
  { field: 'gitplelive.appId', of: (app) => [app.gitplelive?.appId] },
]

const word = { pattern: /^[A-Za-z0-9_.-]{1,80}$/, expected: '1 to 80 letters, digits and _ . -' }

function readApp(section: Section): AppConfig {
  const id = section.text('id', {
    // It stands in addresses and file names: lower case only, for file systems that don't tell cases apart.
    pattern: /^[a-z0-9][a-z0-9-]{0,39}$/,
    expected: 'up to 40 small letters, digits and -',
  })
  const app: AppConfig = {
    id: id as AppId,
    name: section.text('name', { pattern: /^.{1,100}$/u, expected: '1 to 100 characters', fallback: id }),
    origins: section.texts('origins', 'a list of origins such as "https://shop.example", or ["*"]', isOrigin),
    cstalk: read(section, 'cstalk', readCstalk),
    pintalk: read(section, 'pintalk', readToken),
    commu: read(section, 'commu', readToken),
    laravel: read(section, 'laravel', readLaravel),
    gitplelive: read(section, 'gitplelive', readGitplelive),
  }
  section.done()
  return app
}

function read<T>(section: Section, key: string, reader: (section: Section) => T): T | null {
  const inner = section.section(key)
  if (!inner) return null
  const value = reader(inner)
  inner.done()
  return value
}

function readToken(section: Section): TokenConfig {
  return { jwtSecret: section.secret('jwtSecret', 16) }
}

function readCstalk(section: Section): CstalkConfig {
  const cstalk: CstalkConfig = {
    companyId: section.text('companyId', { pattern: /^[A-Za-z0-9]{1,20}$/, expected: '1 to 20 letters and digits' }),
    jwtSecret: section.secret('jwtSecret', 16),
    customerSecret: section.secret('customerSecret', 1, null),
    requireSecretKey: section.flag('requireSecretKey', false),
    customerNameHook: section.webUrl('customerNameHook'),
    tokenHours: section.integer('tokenHours', 1, 24 * 365, 12),
    timezone: section.text('timezone', {
      pattern: /^[A-Za-z0-9_+/-]{1,64}$/,
      expected: timezoneExpected,
      fallback: 'Asia/Seoul',
    }),
    workingHours: read(section, 'workingHours', readWorkingHours),
  }
  if (cstalk.timezone && !isTimezone(cstalk.timezone)) section.refuse('timezone', cstalk.timezone, timezoneExpected)
  if (cstalk.requireSecretKey && cstalk.customerSecret === null) {
    section.refuse('requireSecretKey', true, 'a customerSecret to go with it')
  }
  return cstalk
}

function readGitplelive(section: Section): GitpleliveConfig {
  const gitplelive: GitpleliveConfig = {
    appId: section.text('appId', word),
    apiKey: section.secret('apiKey', 8),
    profanity: section.texts('profanity', profanityExpected, (text) => /^[^]{1,50}$/u.test(text)),
    refuseProfanity: section.flag('refuseProfanity', false),
  }
  if (gitplelive.profanity.length > maxProfanity)
    section.refuse('profanity', `${gitplelive.profanity.length} words`, profanityExpected)
  return gitplelive
}

const maxProfanity = 5000
const profanityExpected = `a list of at most ${maxProfanity} words of 1 to 50 characters`

const timezoneExpected = 'a time zone such as "Asia/Seoul"'

function isTimezone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

function isOrigin(text: string): boolean {
  return text === '*' || (/^https?:/.test(text) && URL.parse(text)?.origin === text)
}
