import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { ChatError } from '../../core/errors.ts'
import type { UserId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'
import type { Directory, Host } from './directory.ts'
import { hostMeta } from './host.ts'
import type { PintalkApp } from './settings.ts'

const algorithm = 'HS256'
const accessMinutes = 60

/** The hosts' access tokens: `{user_id, iat, exp}`, signed with the app's secret, good for an hour. */
export class Tokens {
  readonly #directory: Directory
  readonly #store: Store
  readonly #now: Clock
  readonly #keys = new Map<PintalkApp, KeyObject>()

  constructor(directory: Directory, store: Store, now: Clock) {
    this.#directory = directory
    this.#store = store
    this.#now = now
  }

  issue({ app, user }: Host): Promise<string> {
    const iat = Math.floor(this.#now() / 1000)
    return new SignJWT({ user_id: user.id })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: app.app.id })
      .setIssuedAt(iat)
      .setExpirationTime(iat + accessMinutes * 60)
      .sign(this.#key(app))
  }

  /**
   * The host of a token, as the account is now. Rejects with `unauthorized` for a token that is not ours, is broken or
   * has expired, and when the account was left: all the same to the client.
   */
  async signIn(token: string): Promise<Host> {
    const found = await this.verify(token)
    const user = found && (await this.#store.users.byId(found.app.app.id, found.userId))
    if (!found || user?.role !== 'agent' || !isHost(hostMeta(user))) {
      throw new ChatError('unauthorized', 'The token is not valid or has expired.')
    }
    return { app: found.app, user }
  }

  /** Null for a token that is not ours, is broken, or has expired. Says nothing of the account. */
  async verify(token: string): Promise<{ app: PintalkApp; userId: UserId } | null> {
    return this.#verify(token).catch(() => null)
  }

  async #verify(token: string): Promise<{ app: PintalkApp; userId: UserId } | null> {
    // A token made elsewhere with the app's secret doesn't name the app: then each is tried.
    const { kid } = decodeProtectedHeader(token)
    const apps = this.#directory.apps.filter(({ app }) => kid === undefined || app.id === kid)
    const options = { algorithms: [algorithm], requiredClaims: ['user_id', 'exp'], currentDate: new Date(this.#now()) }
    for (const app of apps) {
      const verified = await jwtVerify(token, this.#key(app), options).catch(() => null)
      const userId = verified?.payload['user_id']
      if (typeof userId === 'number' && Number.isSafeInteger(userId)) return { app, userId: userId as UserId }
    }
    return null
  }

  #key(app: PintalkApp): KeyObject {
    let key = this.#keys.get(app)
    if (!key) this.#keys.set(app, (key = createSecretKey(Buffer.from(app.settings.jwtSecret))))
    return key
  }
}

/** The token of `Bearer <token>`; null for anything else. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1] ?? null
}

function isHost(meta: { readonly uuid?: string; readonly deletedAt: number | null }): boolean {
  return typeof meta.uuid === 'string' && meta.deletedAt === null
}
