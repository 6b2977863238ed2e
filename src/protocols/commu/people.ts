import type { Accounts } from '../../core/accounts.ts'
import type { AppId, User } from '../../core/model.ts'
import { hashPassword, verifyPassword } from '../../core/password.ts'
import type { Clock, Store, UserStore } from '../../core/ports.ts'
import { emailIdentity, newPerson, personOf, type PersonMeta } from './person.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { CommuApp } from './settings.ts'
import type { Person } from './tokens.ts'

export interface Newcomer {
  readonly email: string
  readonly password: string
  readonly nickname: string
}

export type ProfilePatch = Partial<Pick<PersonMeta, 'profileUrl' | 'description' | 'status'>> & {
  readonly nickname?: string
}

export type Login = { readonly person: Person } | { readonly refused: 'unknown' | 'incorrect' }

/** How many a search shows. */
const foundMax = 100

/** Makes an account. Refuses an e-mail address that is taken with `conflict`. */
export async function openPerson(
  users: UserStore,
  appId: AppId,
  { email, password, nickname }: Newcomer,
): Promise<User> {
  return users.create({
    appId,
    role: 'member',
    name: nickname,
    identity: emailIdentity(email),
    passwordHash: await hashPassword(password),
    meta: { ...newPerson, email },
  })
}

/** What becomes of people's accounts. */
export class People {
  readonly #store: Store
  readonly #accounts: Accounts
  readonly #refreshTokens: RefreshTokens
  readonly #now: Clock

  constructor(parts: {
    readonly store: Store
    readonly accounts: Accounts
    readonly refreshTokens: RefreshTokens
    readonly now: Clock
  }) {
    this.#store = parts.store
    this.#accounts = parts.accounts
    this.#refreshTokens = parts.refreshTokens
    this.#now = parts.now
  }

  /** As slow for an e-mail address that nobody has. */
  async login(app: CommuApp, email: string, password: string): Promise<Login> {
    const user = await this.#store.users.byIdentity(app.app.id, emailIdentity(email))
    const hash = user && (await this.#store.users.passwordHash(user.appId, user.id))
    if (!(await verifyPassword(password, hash)) || !user) return { refused: user ? 'incorrect' : 'unknown' }
    return { person: await this.#change({ app, user }, { status: 'ONLINE', lastLogin: this.#now() }) }
  }

  /** Access tokens that were given out stay good until they expire. */
  async logout(person: Person): Promise<void> {
    await this.#refreshTokens.revokeAll({ appId: person.user.appId, userId: person.user.id })
    await this.#change(person, { status: 'OFFLINE' })
  }

  change(person: Person, { nickname, ...meta }: ProfilePatch): Promise<Person> {
    return this.#change(person, meta, nickname)
  }

  /** Those whose e-mail address or nickname has the text in it, the newest first. */
  async search({ app }: CommuApp, text: string): Promise<User[]> {
    const query = { appId: app.id, protocol: 'commu', anyNameLike: text, limit: foundMax } as const
    return (await this.#store.users.find(query)).users
  }

  async #change({ app, user }: Person, meta: Partial<PersonMeta>, name?: string): Promise<Person> {
    const changed = await this.#accounts.change(user.appId, user.id, (now) => ({
      ...(name === undefined ? {} : { name }),
      meta: { ...now.meta, ...personOf(now), ...meta },
    }))
    if (!changed) throw new Error(`user ${user.id} is gone`)
    return { app, user: changed }
  }
}
