import { loadConfig, type Config } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import { Ids } from '../protocols/commu/ids.ts'
import { emailIdentity as personIdentity } from '../protocols/commu/person.ts'
import { Tokens as PersonTokens } from '../protocols/commu/tokens.ts'
import { Company } from '../protocols/cstalk/company.ts'
import { isStaff, memberIdentity } from '../protocols/cstalk/identity.ts'
import { Tokens } from '../protocols/cstalk/tokens.ts'
import { Directory as GroupDirectory } from '../protocols/gitplelive/directory.ts'
import { identityOf } from '../protocols/gitplelive/person.ts'
import { Tokens as SessionTokens } from '../protocols/gitplelive/tokens.ts'
import { WordFilter } from '../protocols/gitplelive/word-filter.ts'
import { SocketTokens } from '../protocols/laravel/socket/claims.ts'
import { Directory } from '../protocols/pintalk/directory.ts'
import { emailIdentity } from '../protocols/pintalk/host.ts'
import { Tokens as HostTokens } from '../protocols/pintalk/tokens.ts'
import { appFlag, chooseApp, chooseProtocol, mustHaveLogins, protocolFlag } from './choices.ts'
import { CommandError, defineCommand } from './command.ts'
import { withStore } from './with-store.ts'

/** As long as the original's. */
const laravelTokenHours = 12
const dayMs = 24 * 3600 * 1000

export const token = defineCommand({
  words: ['token'],
  summary: 'Print what a client needs to say who it is, for trying things out',
  details:
    'For --login the token stands alone on the standard output; for --customer the headers of CONNECT, one a line.',
  flags: {
    app: appFlag,
    protocol: protocolFlag,
    login: {
      value: 'LOGIN',
      doc: 'somebody who logs in (pintalk, commu: an e-mail address), or a user_id of gitplelive: prints a bearer token',
    },
    customer: { value: 'NUMBER', doc: 'a customer of cstalk: prints the headers of CONNECT' },
    user: { value: 'NUMBER', doc: 'a user of a Laravel application: prints a token of the JWT socket' },
    name: { value: 'NAME', doc: 'what the others see of --user' },
    channel: { value: 'CHANNEL', doc: 'where --user is, such as chat:room1' },
  },
  async run({ app: id, protocol, login, customer, user, name, channel }) {
    const config = loadConfig(process.env)
    const app = chooseApp(config, id)
    if (protocol === 'laravel') return pageToken(app, { user, name, channel })
    if (protocol === 'gitplelive') return sessionToken(config, app, login)
    const served = mustHaveLogins(protocol)
    if (served !== 'cstalk') {
      if (login === undefined || customer !== undefined)
        throw new CommandError(`${served} takes --login and no --customer: only who logs in has a token`, 2)
      return served === 'pintalk' ? hostToken(config, app, login) : personToken(config, app, login)
    }
    const settings = chooseProtocol(app, 'cstalk')
    if ((login === undefined) === (customer === undefined))
      throw new CommandError('one of --login and --customer is needed, and not both', 2)
    const company = new Company({ app, settings })
    if (customer !== undefined) {
      process.stdout.write(`${customerHeaders(company, customer).join('\n')}\n`)
      return
    }
    const tokens = new Tokens(new Map([[company.id, company]]), Date.now)
    const bearer = await withStore(config, async (store) => {
      const user = await store.users.byIdentity(app.id, memberIdentity(login ?? ''))
      if (!user || !isStaff(user)) throw noSuchLogin(app, login ?? '')
      return tokens.issue(company, user)
    })
    process.stdout.write(`${bearer}\n`)
    process.stderr.write(`The header is "Authorization: Bearer …"; it is good for ${settings.tokenHours} hours.\n`)
  },
})

/** Whose token. */
interface Asked {
  readonly user: string | undefined
  readonly name: string | undefined
  readonly channel: string | undefined
}

/** As the application makes it for its pages. */
async function pageToken(app: AppConfig, asked: Asked): Promise<void> {
  const { user, name, channel } = asked
  const laravel = { app, settings: chooseProtocol(app, 'laravel') }
  if (user === undefined || name === undefined || channel === undefined)
    throw new CommandError('laravel takes --user, --name and --channel: nobody logs in here', 2)
  if (!/^\d{1,15}$/.test(user)) throw new CommandError('--user takes a number of up to 15 digits', 2)
  const claims = { id: Number(user), name, channel }
  const signed = await new SocketTokens([laravel], Date.now).issue(laravel, claims, laravelTokenHours * 3600)
  process.stdout.write(`${signed}\n`)
  process.stderr.write(`It goes into ?token=… of the WebSocket at /; it is good for ${laravelTokenHours} hours.\n`)
}

async function hostToken(config: Config, app: AppConfig, email: string): Promise<void> {
  const settings = chooseProtocol(app, 'pintalk')
  const bearer = await withStore(config, async (store) => {
    const user = await store.users.byIdentity(app.id, emailIdentity(email))
    if (!user) throw noSuchLogin(app, email)
    const host = { app: { app, settings }, user }
    return new HostTokens(new Directory([host.app], store), store, Date.now).issue(host)
  })
  process.stdout.write(`${bearer}\n`)
  process.stderr.write(
    'It goes into "Authorization: Bearer …", or into ?token=… of a WebSocket; it is good for an hour.\n',
  )
}

async function personToken(config: Config, app: AppConfig, email: string): Promise<void> {
  const settings = chooseProtocol(app, 'commu')
  const bearer = await withStore(config, async (store) => {
    const user = await store.users.byIdentity(app.id, personIdentity(email))
    if (!user) throw noSuchLogin(app, email)
    const commu = { app, settings, ids: await Ids.open(store, app.id) }
    return new PersonTokens([commu], store, Date.now).issue({ app: commu, user })
  })
  process.stdout.write(`${bearer}\n`)
  process.stderr.write(
    'It goes into "Authorization: Bearer …", and with the word Bearer into `auth.token` of Socket.IO; it is good for an hour.\n',
  )
}

async function sessionToken(config: Config, app: AppConfig, userId: string | undefined): Promise<void> {
  const settings = chooseProtocol(app, 'gitplelive')
  if (userId === undefined) throw new CommandError('gitplelive takes --login with a user_id', 2)
  const one = { app, settings, filter: new WordFilter([]) }
  const bearer = await withStore(config, async (store) => {
    const user = await store.users.byIdentity(app.id, identityOf(userId))
    if (!user)
      throw new CommandError(
        `there is no user ${JSON.stringify(userId)} in the app ${app.id}: POST /v1/users makes one`,
      )
    return new SessionTokens(new GroupDirectory([one], store), store, Date.now).issue(one, user, Date.now() + dayMs)
  })
  process.stdout.write(`${bearer}\n`)
  process.stderr.write('It is the session token of the SDK and the bearer token of /v1/client; it is good for a day.\n')
}

function noSuchLogin(app: AppConfig, login: string): CommandError {
  return new CommandError(
    `there is no login ${JSON.stringify(login)} in the app ${app.id}: \`parlance user add\` makes one`,
  )
}

function customerHeaders(company: Company, number: string): string[] {
  if (!/^[1-9]\d{0,14}$/.test(number)) throw new CommandError('--customer takes a number of up to 15 digits', 2)
  const { customerSecret } = company.settings
  // The key is the company's word and the day of its clock: this one is good until tomorrow night.
  const key = customerSecret === null ? [] : [`secretKey:${customerSecret}_${company.time.day(Date.now())}`]
  return [`companyId:${company.id}`, `gasappMemberNumber:${number}`, ...key]
}
