import type { Config } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import { nearest } from '../config/problems.ts'
import { protocolNames, type ProtocolName } from '../core/model.ts'
import { CommandError } from './command.ts'

export const appFlag = { value: 'ID', doc: 'the app, as `parlance app list` names it', required: true } as const
export const protocolFlag = {
  value: 'PROTOCOL',
  doc: `one of ${protocolNames.join(', ')}`,
  required: true,
  choices: protocolNames,
} as const
export const loginFlag = { value: 'LOGIN', doc: 'the name that the user logs in with', required: true } as const

/** The app of that id. */
export function chooseApp({ apps }: Config, id: string): AppConfig {
  const app = apps.find((one) => one.id === id)
  if (app) return app
  const ids = apps.map((one) => one.id)
  const guess = nearest(id, ids)
  throw new CommandError(
    `there is no app ${JSON.stringify(id)}` +
      (guess === null ? `, only ${ids.join(', ')}` : `; did you mean ${guess}?`),
    2,
  )
}

/** A protocol's settings in the app. */
export function chooseProtocol<Name extends ProtocolName>(
  app: AppConfig,
  protocol: Name,
): NonNullable<AppConfig[Name]> {
  const settings = app[protocol]
  if (settings === null)
    throw new CommandError(
      `the app ${app.id} does not speak ${protocol}: give it a section "${protocol}" in PARLANCE_CONFIG`,
    )
  return settings
}

const loginProtocols = ['cstalk', 'pintalk', 'commu'] as const
export type LoginProtocol = (typeof loginProtocols)[number]

/** For what only the protocols with people who log in have. */
export function mustHaveLogins(protocol: ProtocolName): LoginProtocol {
  const found = loginProtocols.find((one) => one === protocol)
  if (found) return found
  throw new CommandError(`nobody logs in on ${protocol} with a password`)
}
