import type { Accounts } from '../../core/accounts.ts'
import type { AppId, User } from '../../core/model.ts'
import { hashPassword, verifyPassword } from '../../core/password.ts'
import type { Clock, Store, UserPatch, UserStore } from '../../core/ports.ts'
import type { Host } from './directory.ts'
import { emailIdentity, hostMeta, keyIdentity, uuidIdentity, type HostMeta } from './host.ts'
import { randomName, randomSecret } from './random-names.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { PintalkApp } from './settings.ts'
import type { TemporaryPasswords } from './temporary-passwords.ts'

export interface HostDraft {
  readonly email: string
  readonly password: string
  readonly serviceName: string
  readonly serviceExpl: string
  readonly serviceDomain: string
  readonly language?: string
  /** Random unless given. */
  readonly keys?: { readonly accessKey: string; readonly secretKey: string }
}

/** Makes a host's account. Refuses an e-mail address that is taken with `conflict`. */
export async function openHost(users: UserStore, appId: AppId, draft: HostDraft): Promise<User> {
  const { password, keys = { accessKey: randomName(), secretKey: randomSecret() }, ...service } = draft
  const meta = {
    ...service,
    ...keys,
    uuid: randomName(),
    description: '',
    profileImage: null,
    useOnlineStatus: true,
    deletedAt: null,
  } satisfies HostMeta
  const user = await users.create({
    appId,
    role: 'agent',
    name: draft.serviceName,
    identity: emailIdentity(draft.email),
    passwordHash: await hashPassword(password),
    meta,
  })
  await nameHost(users, user)
  return user
}

/** A crash after `create` leaves a host whom guests can't find: the login mends it. */
async function nameHost(users: UserStore, { appId, id, meta }: User): Promise<void> {
  const { uuid, accessKey } = meta as unknown as HostMeta
  const known = new Set((await users.identities(appId, id)).map(({ externalId }) => externalId))
  for (const identity of [uuidIdentity(uuid), keyIdentity(accessKey)]) {
    if (!known.has(identity.externalId)) await users.identify(appId, id, identity)
  }
}

export type Login = { readonly host: Host } | { readonly refused: 'unknown' | 'incorrect' | 'left' }

/** What becomes of hosts' accounts, and of the tokens and passwords that depend on them. */
export class HostAccounts {
  readonly #store: Store
  readonly #accounts: Accounts
  readonly #refreshTokens: RefreshTokens
  readonly #temporary: TemporaryPasswords
  readonly #now: Clock

  constructor(parts: {
    readonly store: Store
    readonly accounts: Accounts
    readonly refreshTokens: RefreshTokens
    readonly temporary: TemporaryPasswords
    readonly now: Clock
  }) {
    this.#store = parts.store
    this.#accounts = parts.accounts
    this.#refreshTokens = parts.refreshTokens
    this.#temporary = parts.temporary
    this.#now = parts.now
  }

  byEmail({ app }: PintalkApp, email: string): Promise<User | null> {
    return this.#store.users.byIdentity(app.id, emailIdentity(email))
  }

  /** As slow for an e-mail address that nobody has. Only who knows the password learns that the account was left. */
  async login(app: PintalkApp, email: string, password: string): Promise<Login> {
    const user = await this.byEmail(app, email)
    const hash = user && (await this.#store.users.passwordHash(user.appId, user.id))
    const isRight = await verifyPassword(password, hash)
    if (isRight && user) {
      if (hostMeta(user).deletedAt !== null) return { refused: 'left' }
      await nameHost(this.#store.users, user)
      return { host: { app, user } }
    }
    const purpose = await this.#temporary.use(app.app.id, user?.id ?? null, password)
    if (!user || purpose === null) return { refused: user ? 'incorrect' : 'unknown' }
    const isLeft = hostMeta(user).deletedAt !== null
    if (isLeft && purpose !== 'restore') return { refused: 'left' }
    return { host: await this.#setPassword({ app, user }, password, null, { deletedAt: null }) }
  }

  async verify({ user }: Host, password: string): Promise<boolean> {
    return verifyPassword(password, await this.#store.users.passwordHash(user.appId, user.id))
  }

  /** Ends all sessions but that of the refresh token `except`. */
  changePassword(host: Host, password: string, except: string | null): Promise<Host> {
    return this.#setPassword(host, password, except, {})
  }

  /** The account stays, for `restore`. Its tokens, its keys and its rooms' sockets are of no use from now on. */
  async leave(host: Host): Promise<Host> {
    const changed = await this.#change(host, { deletedAt: this.#now() })
    await this.#forget(changed, null)
    return changed
  }

  changeProfile(host: Host, patch: Partial<HostMeta> & { readonly profileName?: string }): Promise<Host> {
    const { profileName, ...more } = patch
    return this.#change(host, more, profileName === undefined ? {} : { name: profileName })
  }

  async #setPassword(host: Host, password: string, except: string | null, meta: Partial<HostMeta>): Promise<Host> {
    const changed = await this.#change(host, meta, { passwordHash: await hashPassword(password) })
    await this.#forget(changed, except)
    return changed
  }

  async #change({ app, user }: Host, meta: Partial<HostMeta>, patch: UserPatch = {}): Promise<Host> {
    const changed = await this.#accounts.change(user.appId, user.id, (now) => ({
      ...patch,
      meta: { ...hostMeta(now), ...meta },
    }))
    if (!changed) throw new Error(`host ${user.id} is gone`)
    return { app, user: changed }
  }

  async #forget({ user }: Host, except: string | null): Promise<void> {
    await this.#refreshTokens.revokeAll({ appId: user.appId, userId: user.id }, except)
    await this.#temporary.revokeAll(user.appId, user.id)
  }
}
