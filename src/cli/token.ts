import { loadConfig, type Config } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import { Company } from '../protocols/cstalk/company.ts'
import { isStaff, memberIdentity } from '../protocols/cstalk/identity.ts'
import { Tokens } from '../protocols/cstalk/tokens.ts'
import { Directory } from '../protocols/pintalk/directory.ts'
import { emailIdentity } from '../protocols/pintalk/host.ts'
import { Tokens as HostTokens } from '../protocols/pintalk/tokens.ts'
import { appFlag, chooseApp, chooseProtocol, mustBeServed, protocolFlag } from './choices.ts'
import { CommandError, defineCommand } from './command.ts'
import { withStore } from './with-store.ts'

export const token = defineCommand({
  words: ['token'],
  summary: 'Print what a client needs to say who it is, for trying things out',
  details:
    'For --login the token stands alone on the standard output; for --customer the headers of CONNECT, one a line.',
  flags: {
    app: appFlag,
    protocol: protocolFlag,
    login: { value: 'LOGIN', doc: 'somebody who logs in (pintalk: an e-mail address): prints a bearer token' },
    customer: { value: 'NUMBER', doc: 'a customer of cstalk: prints the headers of CONNECT' },
  },
  async run({ app: id, protocol, login, customer }) {
    const config = loadConfig(process.env)
    const app = chooseApp(config, id)
    if (mustBeServed(protocol) === 'pintalk') {
      if (login === undefined || customer !== undefined)
        throw new CommandError('pintalk takes --login and no --customer: guests have no token', 2)
      return hostToken(config, app, login)
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
