import { loadConfig } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import { ChatError } from '../core/errors.ts'
import type { Identity, User } from '../core/model.ts'
import { hashPassword } from '../core/password.ts'
import type { Store } from '../core/ports.ts'
import { openPerson } from '../protocols/commu/people.ts'
import { emailIdentity as personIdentity } from '../protocols/commu/person.ts'
import { memberIdentity } from '../protocols/cstalk/identity.ts'
import { emailIdentity, hostMeta } from '../protocols/pintalk/host.ts'
import { openHost } from '../protocols/pintalk/host-accounts.ts'
import { toServiceDomain } from '../protocols/pintalk/service-domain.ts'
import { appFlag, chooseApp, chooseProtocol, loginFlag, mustHaveLogins, protocolFlag } from './choices.ts'
import { CommandError, defineCommand } from './command.ts'
import { passwordFlag, takePassword } from './password-input.ts'
import { withStore } from './with-store.ts'

export const userAdd = defineCommand({
  words: ['user', 'add'],
  summary: 'Add somebody who logs in with a password',
  details: 'It works beside a server that is running.',
  flags: {
    app: appFlag,
    protocol: protocolFlag,
    login: loginFlag,
    name: { value: 'NAME', doc: 'what people see (commu: a nickname of 2 to 8 characters)', required: true },
    role: { value: 'ROLE', doc: 'cstalk: agent (as without it) or manager', choices: ['agent', 'manager'] },
    domain: { value: 'DOMAIN', doc: 'pintalk: host[:port] of the website whose guests write' },
    password: passwordFlag,
  },
  async run({ app: id, protocol, login, name, role, domain, password: flag }) {
    const config = loadConfig(process.env)
    const app = chooseApp(config, id)
    if (!/^[^\p{Cc}]{1,100}$/u.test(name) || name.trim() === '')
      throw new CommandError('--name takes 1 to 100 characters', 2)
    const served = mustHaveLogins(protocol)
    const newcomers = {
      cstalk: () => member(app, login, name, role ?? 'agent'),
      pintalk: () => host(app, login, name, domain),
      commu: () => person(app, login, name),
    }
    const newcomer = newcomers[served]()
    if (served !== 'cstalk' && role !== undefined)
      throw new CommandError(`--role is for cstalk: ${served} has ${newcomer.role}s`, 2)
    if (served !== 'pintalk' && domain !== undefined) throw new CommandError('--domain is for pintalk', 2)
    const taken = new CommandError(
      `the login ${login} is taken in the app ${app.id}: \`parlance user password\` changes its password`,
    )
    await withStore(config, async (store) => {
      // Before the password is asked for; create looks again.
      if (await store.users.byIdentity(app.id, newcomer.identity)) throw taken
      const { password, isNew } = await takePassword(flag)
      const user = await newcomer.create(store, password).catch((error: unknown) => {
        throw error instanceof ChatError && error.code === 'conflict' ? taken : error
      })
      process.stdout.write(`Added the ${newcomer.role} ${login} to ${app.id}, as user ${user.id}.\n`)
      if (isNew) process.stdout.write(`Password: ${password}\n`)
      for (const line of newcomer.more(user)) process.stdout.write(`${line}\n`)
    })
  },
})

interface Newcomer {
  readonly role: string
  readonly identity: Identity
  create(store: Store, password: string): Promise<User>
  /** What the operator has to know besides. */
  more(user: User): readonly string[]
}

function member(app: AppConfig, login: string, name: string, role: 'agent' | 'manager'): Newcomer {
  chooseProtocol(app, 'cstalk')
  if (!/^[\p{L}\p{N}._@+-]{1,80}$/u.test(login))
    throw new CommandError('--login takes 1 to 80 letters, digits and . _ @ + -', 2)
  const identity = memberIdentity(login)
  return {
    role,
    identity,
    create: async (store, password) => {
      const passwordHash = await hashPassword(password)
      return store.users.create({ appId: app.id, role, name, identity, passwordHash, meta: { loginName: login } })
    },
    more: () => [],
  }
}

function host(app: AppConfig, email: string, name: string, domain: string | undefined): Newcomer {
  chooseProtocol(app, 'pintalk')
  mustBeAddress('pintalk', email, 64)
  const serviceDomain = domain === undefined ? null : toServiceDomain(domain)
  if (serviceDomain === null)
    throw new CommandError('--domain takes the host[:port] of a website, and pintalk needs it', 2)
  return {
    role: 'host',
    identity: emailIdentity(email),
    create: (store, password) =>
      openHost(store.users, app.id, { email, password, serviceName: name, serviceExpl: '', serviceDomain }),
    more: (user) => [
      `X-PinTalk-Access-Key: ${hostMeta(user).accessKey}`,
      `X-PinTalk-Secret-Key: ${hostMeta(user).secretKey}`,
    ],
  }
}

function person(app: AppConfig, email: string, nickname: string): Newcomer {
  chooseProtocol(app, 'commu')
  mustBeAddress('commu', email, 100)
  if (nickname.length < 2 || nickname.length > 8)
    throw new CommandError('--name takes a nickname of 2 to 8 characters for commu', 2)
  return {
    role: 'user',
    identity: personIdentity(email),
    create: (store, password) => openPerson(store.users, app.id, { email, password, nickname }),
    more: () => [],
  }
}

function mustBeAddress(protocol: string, email: string, maxChars: number): void {
  if (!/^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u.test(email) || email.length > maxChars)
    throw new CommandError(`--login takes an e-mail address of up to ${maxChars} characters for ${protocol}`, 2)
}
