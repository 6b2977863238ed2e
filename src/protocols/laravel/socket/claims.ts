import { createSecretKey, type KeyObject } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { ChatError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports.ts'
import type { LaravelApp } from '../settings.ts'

const algorithm = 'HS256'
const maxNameChars = 200
const maxChannelChars = 200

/** What a token says of its bearer. */
export interface Claims {
  /** The user's number in the Laravel application. */
  readonly id: number
  readonly name: string
  /** `chat:room1`: the one channel that this connection is in. */
  readonly channel: string
}

export interface Bearer {
  readonly app: LaravelApp
  readonly claims: Claims
}

/** The tokens that Laravel hands to its pages: `{id, name, channel, iat, exp}`, signed with the app's secret. */
export class SocketTokens {
  readonly #apps: readonly { readonly app: LaravelApp; readonly key: KeyObject }[]
  readonly #now: Clock

  constructor(apps: readonly LaravelApp[], now: Clock) {
    this.#apps = apps.map((app) => ({ app, key: createSecretKey(Buffer.from(app.settings.jwtSecret)) }))
    this.#now = now
  }

  /** Whose token it is: the app's whose secret it was signed with. Rejects with `unauthorized`, which says why. */
  async verify(token: string): Promise<Bearer> {
    const options = { algorithms: [algorithm], requiredClaims: ['exp'], currentDate: new Date(this.#now()) }
    for (const { app, key } of this.#apps) {
      try {
        const { payload } = await jwtVerify(token, key, options)
        return { app, claims: claimsOf(payload) }
      } catch (error) {
        if (error instanceof ChatError) throw error
        // The signature was good.
        if (error instanceof errors.JWTExpired) throw refused('the token has expired')
        if (error instanceof errors.JWTClaimValidationFailed) throw refused(`the token's ${error.claim} is not valid`)
      }
    }
    throw refused('the token is not valid')
  }

  /** A token with these claims, as the application would make it. For calls back to it. */
  issue(app: LaravelApp, { id, name, channel }: Claims, seconds: number): Promise<string> {
    const key = this.#apps.find((one) => one.app === app)?.key
    if (!key) throw new Error('not an app of this server')
    const iat = Math.floor(this.#now() / 1000)
    return new SignJWT({ id, name, channel })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setIssuedAt(iat)
      .setExpirationTime(iat + seconds)
      .sign(key)
  }
}

function claimsOf(payload: Readonly<Record<string, unknown>>): Claims {
  const { id, name, channel } = payload
  if (!Number.isSafeInteger(id)) throw refused('the token has no id, a whole number')
  if (typeof name !== 'string' || name.length > maxNameChars) throw refused('the token has no name')
  if (typeof channel !== 'string' || channel === '' || channel.length > maxChannelChars)
    throw refused('the token has no channel')
  return { id: id as number, name: name.toWellFormed(), channel: channel.toWellFormed() }
}

function refused(reason: string): ChatError {
  return new ChatError('unauthorized', reason)
}
