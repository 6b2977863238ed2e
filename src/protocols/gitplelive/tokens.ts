import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import type { User, UserId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'
import type { Directory } from './directory.ts'
import { Refusal } from './failures.ts'
import { personOf } from './person.ts'
import type { GitpleliveApp } from './settings.ts'

const algorithm = 'HS256'

/** Whose session it is, as the account is now. */
export interface SignedIn {
  readonly app: GitpleliveApp
  readonly user: User
  readonly expiresAt: number
  /** See `isRevoked`. */
  readonly epoch: number
}

/**
 * The session tokens of users: `{user_id, iat, exp}`, and the user's number and epoch, so that a token dies with what it
 * was issued for. The signing key comes from the app's API key, which itself is never in anything that a user sees.
 */
export class Tokens {
  readonly #directory: Directory
  readonly #store: Store
  readonly #now: Clock
  readonly #keys = new Map<GitpleliveApp, KeyObject>()

  constructor(directory: Directory, store: Store, now: Clock) {
    this.#directory = directory
    this.#store = store
    this.#now = now
  }

  issue(app: GitpleliveApp, user: User, expiresAt: number): Promise<string> {
    const { userId, epoch = 0 } = personOf(user)
    // A NumericDate may have a fraction: the token is good to the millisecond that was asked for.
    return new SignJWT({ user_id: userId, epoch, sub: String(user.id), exp: expiresAt / 1000 })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: app.app.id })
      .setIssuedAt(Math.floor(this.#now() / 1000))
      .sign(this.#key(app))
  }

  /** Refuses with `token_expired`, or with `token_invalid` what is not ours, broken, or revoked. */
  async signIn(token: string): Promise<SignedIn> {
    const app = this.#appOf(token)
    if (!app) throw new Refusal('token_invalid')
    const verified = await jwtVerify(token, this.#key(app), {
      algorithms: [algorithm],
      requiredClaims: ['user_id', 'exp', 'sub', 'epoch'],
      currentDate: new Date(this.#now()),
    }).catch((error: unknown) => {
      throw new Refusal(error instanceof errors.JWTExpired ? 'token_expired' : 'token_invalid')
    })
    const { sub, exp = 0, epoch } = verified.payload
    const expiresAt = Math.round(exp * 1000)
    // jose counts in whole seconds.
    if (expiresAt <= this.#now()) throw new Refusal('token_expired')
    const user = await this.#store.users.byId(app.app.id, Number(sub) as UserId)
    if (!user || typeof epoch !== 'number' || isRevoked(user, epoch)) throw new Refusal('token_invalid')
    return { app, user, expiresAt, epoch }
  }

  #appOf(token: string): GitpleliveApp | null {
    try {
      return this.#directory.byId(decodeProtectedHeader(token).kid)
    } catch {
      return null
    }
  }

  #key(app: GitpleliveApp): KeyObject {
    let key = this.#keys.get(app)
    if (!key) {
      const derived = hkdfSync('sha256', app.settings.apiKey, '', `gitplelive session tokens of ${app.app.id}`, 32)
      this.#keys.set(app, (key = createSecretKey(Buffer.from(derived))))
    }
    return key
  }
}

/** Whether tokens of an epoch are good no longer. To be asked again when the account changes. */
export function isRevoked(user: User, epoch: number): boolean {
  return (personOf(user).epoch ?? 0) !== epoch
}

/** The token of `Bearer <token>`; null for anything else. */
export function bearerToken(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 4096) return null
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(value)?.[1] ?? null
}
