import type { Knock } from '../../../wire/socketio/service.ts'
import type { LaravelApp } from '../settings.ts'

/** By which clients may name their app: in `auth`, or in the address. */
export const appParameters = ['appId', 'key'] as const

/**
 * The app of a client: the one that it names, by its id or key; else the one whose pages come from its origin; else the
 * only one that there is. Otherwise what it should do.
 */
export function appFor(knock: Knock, apps: readonly LaravelApp[]): LaravelApp | string {
  const name = appParameters.map((key) => named(knock.auth, key) ?? named(knock.query, key)).find(isText)
  if (name !== undefined) {
    const app = apps.find(({ settings }) => settings.id === name || settings.key === name)
    return app ?? 'There is no such application: check appId'
  }
  const { origin } = knock
  const fitting = origin === null ? [] : apps.filter(({ app }) => app.origins.includes(origin))
  const among = fitting.length > 0 ? fitting : apps
  const asked = among.filter(({ settings }) => settings.authEndpoint !== null)
  const only = [among, asked].find(({ length }) => length === 1)?.[0]
  return only ?? "Several applications are served here: name yours in the options, as query: { appId: 'its id' }"
}

function named(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
