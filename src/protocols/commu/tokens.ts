import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { ChatError } from '../../core/errors.ts'
import type { User, UserId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'
import type { CommuApp } from './settings.ts'

/** Somebody and the app that it belongs to. */
export interface Person {
  readonly app: CommuApp
  readonly user: User
}

const algorithm = 'HS256'
const accessMinutes = 60

/** The access tokens: `{_id, nickname, iat, exp}`, signed with the app's secret, good for an hour. Which app it is, the signature tells. */
export class Tokens {
  readonly #apps: readonly CommuApp[]
  readonly #store: Store
  readonly #now: Clock
  readonly #keys = new Map<CommuApp, KeyObject>()

  constructor(apps: readonly CommuApp[], store: Store, now: Clock) {
    this.#apps = apps
    this.#store = store
    this.#now = now
  }

  issue({ app, user }: Person): Promise<string> {
    const iat = Math.floor(this.#now() / 1000)
    return new SignJWT({ _id: app.ids.user(user.id), nickname: user.name })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: app.app.id })
      .setIssuedAt(iat)
      .setExpirationTime(iat + accessMinutes * 60)
      .sign(this.#key(app))
  }

  /**
   * Whose token it is, as the account is now. Rejects with `unauthorized` for a token that is not ours, is broken or has
   * expired: all the same to the client.
   */
  async signIn(token: string): Promise<Person> {
    const found = await this.verify(token)
    const user = found && (await this.#store.users.byId(found.app.app.id, found.userId))
    if (!found || !user) throw new ChatError('unauthorized', 'Unauthorized')
    return { app: found.app, user }
  }

  /** Null for a token that is not ours, is broken, or has expired. Says nothing of the account. */
  async verify(token: string): Promise<{ app: CommuApp; userId: UserId; expiresAt: number } | null> {
    return this.#verify(token).catch(() => null)
  }

  async #verify(token: string): Promise<{ app: CommuApp; userId: UserId; expiresAt: number } | null> {
    // A token made elsewhere with the app's secret doesn't name the app: then each is tried.
    const { kid } = decodeProtectedHeader(token)
    const apps = this.#apps.filter(({ app }) => kid === undefined || app.id === kid)
    const options = { algorithms: [algorithm], requiredClaims: ['_id', 'exp'], currentDate: new Date(this.#now()) }
    for (const app of apps) {
      const verified = await jwtVerify(token, this.#key(app), options).catch(() => null)
      const userId = app.ids.userOf(verified?.payload['_id'])
      if (verified && userId !== null) return { app, userId, expiresAt: (verified.payload.exp ?? 0) * 1000 }
    }
    return null
  }

  #key(app: CommuApp): KeyObject {
    let key = this.#keys.get(app)
    if (!key) this.#keys.set(app, (key = createSecretKey(Buffer.from(app.settings.jwtSecret))))
    return key
  }
}

/** The token of `Bearer <token>`, in a header or a handshake's `auth`; null for anything else. */
export function bearerToken(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 4096) return null
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(value)?.[1] ?? null
}
