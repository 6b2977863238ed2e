import { statSync } from 'node:fs'
import type { Config } from '../../config.ts'
import type { AppConfig } from '../../config/apps.ts'
import { protocolNames } from '../../core/model.ts'
import { demoSecrets } from '../../demo.ts'
import { doubt, good, type Finding } from './finding.ts'

// RFC 7518, 3.2: a key for HS256 has at least the hash's size.
const tokenSecretChars = 32
const leastSecretChars = 16
const leastDistinct = 8

export function checkSecrets({ apps, demo, settings }: Config): Finding[] {
  if (demo) {
    return [
      doubt(
        'the demo app: its secrets are public',
        'make your own: PARLANCE_CONFIG=./parlance.json parlance app add <id> --name NAME --cstalk-company 1',
      ),
    ]
  }
  const weak = apps.flatMap((app) =>
    [...secretsOf(app)].flatMap(([name, secret, isToken]) => judge(name, secret, isToken)),
  )
  const silent = apps.filter((app) => protocolNames.every((name) => app[name] === null))
  const idle = silent.map((app) => doubt(`the app ${app.id} speaks no protocol`, 'name one in the configuration file'))
  return [
    ...(weak.length > 0 ? weak : [good('secrets: none is known or short')]),
    ...idle,
    ...checkRights(settings.configFile ?? ''),
  ]
}

function judge(name: string, secret: string, isToken: boolean): Finding[] {
  const advice = 'replace it, for example by the output of: openssl rand -base64 32'
  if (demoSecrets.has(secret)) return [doubt(`${name} is a secret of the demo app, which is public`, advice)]
  const least = isToken ? tokenSecretChars : leastSecretChars
  if (secret.length < least)
    return [doubt(`${name} has ${secret.length} characters: it can be guessed offline from one signature`, advice)]
  if (new Set(secret).size < leastDistinct) return [doubt(`${name} repeats a few characters`, advice)]
  return []
}

/** Name, value, and whether it signs tokens. */
function* secretsOf({
  id,
  cstalk,
  pintalk,
  commu,
  laravel,
  gitplelive,
}: AppConfig): Iterable<[string, string, boolean]> {
  for (const [name, section] of Object.entries({ cstalk, pintalk, commu, laravel })) {
    if (section) yield [`${id}: ${name}.jwtSecret`, section.jwtSecret, true]
  }
  if (cstalk?.customerSecret) yield [`${id}: cstalk.customerSecret`, cstalk.customerSecret, false]
  if (laravel) yield [`${id}: laravel.secret`, laravel.secret, false]
  if (gitplelive) yield [`${id}: gitplelive.apiKey`, gitplelive.apiKey, false]
}

function checkRights(file: string): Finding[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0
  return mode & 0o007 ? [doubt(`everybody on this machine may read ${file}`, `chmod o= ${file}`)] : []
}
