import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readApps, type AppConfig } from './config/apps.ts'
import { Problems } from './config/problems.ts'
import type { Setting } from './config/setting.ts'
import { table, type Settings } from './config/table.ts'
import { demoApp, demoSecrets } from './demo.ts'

export interface Config {
  readonly settings: Settings
  readonly apps: readonly AppConfig[]
  /** There is no configuration file: the apps are the demo app. */
  readonly demo: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws a `ConfigError` with every problem at once. A variable that is empty counts as not set. */
export function loadConfig(env: Environment, readFile = (file: string) => readFileSync(file, 'utf8')): Config {
  const problems = new Problems()
  const settings = readSettings(env, problems)
  const named = new Set<string>()
  const demo = settings.configFile === null
  const content = settings.configFile === null ? undefined : readJson(settings.configFile, readFile, problems)
  const apps = demo ? [demoApp] : content === undefined ? [] : readApps(content, { problems, env, named })
  refuseUnknown(env, named, problems)
  refuseImpossible({ settings, apps, demo }, env['NODE_ENV'] === 'production', problems)
  problems.throwIfAny()
  return { settings, apps, demo }
}

function readSettings(env: Environment, problems: Problems): Settings {
  const read = <T>({ env: name, default: fallback, parser }: Setting<T>): T => {
    const text = env[name]?.trim()
    if (!text) return fallback
    const value = parser.parse(text)
    if (value !== undefined) return value
    if (parser.secret) problems.wrongSecret(name, parser.expected)
    else problems.wrong(name, text, parser.expected)
    return fallback
  }
  const entries = Object.entries(table).map(([name, row]) => [name, read<unknown>(row)])
  return Object.fromEntries(entries) as Settings
}

function readJson(file: string, readFile: (file: string) => string, problems: Problems): unknown {
  try {
    return JSON.parse(readFile(file)) as unknown
  } catch (error) {
    // The words of a syntax error quote the file, and with it perhaps a secret: only the position is told.
    const position = /\(line \d+ column \d+\)/.exec(String(error))?.[0] ?? ''
    const reason =
      error instanceof SyntaxError
        ? `is not JSON ${position}`
        : codeOf(error) === 'ENOENT'
          ? 'is not there; `parlance app add` makes it'
          : codeOf(error) === 'EISDIR'
            ? 'is a folder: a container engine makes one when the file it mounts is missing; remove the folder, make the file with `parlance app add`, and start again'
            : codeOf(error) === 'EACCES'
              ? `can't be read by this user (${process.getuid?.()}): make that user its owner (chown)`
              : `can't be read (${codeOf(error)})`
    problems.refuse(`PARLANCE_CONFIG: ${file} ${reason}`.trimEnd())
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

function refuseUnknown(env: Environment, named: ReadonlySet<string>, problems: Problems): void {
  const known = Object.values(table).map((row): string => row.env)
  for (const name of Object.keys(env)) {
    if (name.startsWith('PARLANCE_') && !known.includes(name) && !named.has(name)) {
      problems.unknown(name, known, 'a setting')
    }
  }
}

function refuseImpossible({ settings, apps, demo }: Config, production: boolean, problems: Problems): void {
  if (demo && !isLoopback(settings.host)) {
    problems.refuse(
      `The secrets of the demo app are public, so without PARLANCE_CONFIG the server listens on loopback only, not on ${settings.host} (PARLANCE_HOST)`,
    )
  }
  if (demo && production)
    problems.refuse('The secrets of the demo app are public, so NODE_ENV=production needs PARLANCE_CONFIG')
  if (!demo && production) {
    for (const app of apps) {
      if (secretsOf(app).some((secret) => demoSecrets.has(secret))) {
        problems.refuse(
          `The app ${app.id} has a secret of the demo app, which is public: NODE_ENV=production refuses it`,
        )
      }
    }
  }
  if (settings.smtpUrl !== null && settings.mailFrom === null)
    problems.refuse('PARLANCE_SMTP_URL needs PARLANCE_MAIL_FROM: mails have a sender')
  if (settings.outboxMaxBytes < 2 * settings.stompBodyMaxBytes) {
    problems.refuse(
      'PARLANCE_OUTBOX_MAX_BYTES must be at least twice PARLANCE_STOMP_BODY_MAX_BYTES, or one message is too much for a connection',
    )
  }
  refuseWideChannels(settings, apps, problems)
  refuseWrongRedis(settings, apps, problems)
  refuseTooMuchForNodes(settings, apps, problems)
  if (settings.pageSize > settings.pageMax) problems.refuse('PARLANCE_PAGE_SIZE can’t be more than PARLANCE_PAGE_MAX')
}

/** Twice: JSON within JSON has its quotes escaped. */
function refuseWideChannels(settings: Settings, apps: readonly AppConfig[], problems: Problems): void {
  if (!apps.some(({ laravel }) => laravel)) return
  const { outboxMaxBytes, presenceMembersMax, presenceMemberMaxBytes, pusherEventMaxBytes } = settings
  if (outboxMaxBytes < 2 * presenceMembersMax * presenceMemberMaxBytes) {
    problems.refuse(
      'PARLANCE_OUTBOX_MAX_BYTES must be at least twice PARLANCE_PRESENCE_MEMBERS_MAX times PARLANCE_PRESENCE_MEMBER_MAX_BYTES, or nobody could enter a full channel',
    )
  }
  if (outboxMaxBytes < 2 * pusherEventMaxBytes) {
    problems.refuse(
      'PARLANCE_OUTBOX_MAX_BYTES must be at least twice PARLANCE_PUSHER_EVENT_MAX_BYTES, or one event is too much for a connection',
    )
  }
}

function refuseWrongRedis(settings: Settings, apps: readonly AppConfig[], problems: Problems): void {
  const first = new Map<string, string>()
  for (const { id, laravel } of apps) {
    const url = laravel?.redisUrl ?? settings.redisUrl
    // Laravel publishes to a single server: several, behind sentinels or in a cluster, are for the nodes alone.
    if (!laravel || url === null || !/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) continue
    // On one Redis the prefix alone tells whose a channel is: what is published has no database number.
    const { hostname, port } = new URL(url)
    const key = JSON.stringify([hostname, port || '6379', laravel.redisPrefix])
    const other = first.get(key)
    if (other === undefined) first.set(key, id)
    else
      problems.refuse(
        `The apps ${other} and ${id} have the same Redis and the same laravel.redisPrefix: each needs its own`,
      )
  }
  if (first.size > 0 && settings.outboxMaxBytes < 2 * settings.redisPayloadMaxBytes) {
    problems.refuse(
      'PARLANCE_OUTBOX_MAX_BYTES must be at least twice PARLANCE_REDIS_PAYLOAD_MAX_BYTES, or one message is too much for a connection',
    )
  }
}

/** What the nodes tell each other is bounded. Twice: JSON within JSON has its quotes escaped. */
function refuseTooMuchForNodes(settings: Settings, apps: readonly AppConfig[], problems: Problems): void {
  if (settings.databaseUrl === null || settings.redisUrl === null || !apps.some(({ laravel }) => laravel)) return
  const bounds = [
    ['PARLANCE_PRESENCE_MEMBER_MAX_BYTES', settings.presenceMemberMaxBytes, 8192],
    ['PARLANCE_PUSHER_EVENT_MAX_BYTES', settings.pusherEventMaxBytes, 512_000],
    ['PARLANCE_REDIS_PAYLOAD_MAX_BYTES', settings.redisPayloadMaxBytes, 512_000],
  ] as const
  for (const [name, value, most] of bounds) {
    if (value > most) problems.refuse(`With several nodes ${name} can’t be more than ${most}`)
  }
}

function secretsOf({ cstalk, pintalk, commu, laravel, gitplelive }: AppConfig): string[] {
  const tokens = [cstalk, pintalk, commu, laravel].map((section) => section?.jwtSecret)
  const others = [cstalk?.customerSecret, laravel?.secret, gitplelive?.apiKey]
  return [...tokens, ...others].filter((secret) => typeof secret === 'string')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** The database file in the data folder. */
export function storePath(settings: Settings): string {
  return join(settings.dataDir, 'parlance.sqlite')
}
