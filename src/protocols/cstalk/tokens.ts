import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import { ChatError } from '../../core/errors.ts'
import type { User, UserId } from '../../core/model.ts'
import type { Clock } from '../../core/ports.ts'
import type { Companies, Company } from './company.ts'

const algorithm = 'HS256'

/** The desk's bearer tokens: `{sub, companyId, iat, exp}`, signed with the company's own secret. */
export class Tokens {
  readonly #companies: Companies
  readonly #now: Clock
  readonly #keys = new Map<Company, KeyObject>()

  constructor(companies: Companies, now: Clock) {
    this.#companies = companies
    this.#now = now
  }

  issue(company: Company, user: User): Promise<string> {
    const iat = Math.floor(this.#now() / 1000)
    return new SignJWT({ companyId: company.id })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject(String(user.id))
      .setIssuedAt(iat)
      .setExpirationTime(iat + Math.round(company.settings.tokenHours * 3600))
      .sign(this.#key(company))
  }

  /** Rejects with `unauthorized` for a token that is not ours, is broken, or has expired: all the same to the client. */
  async verify(token: string): Promise<{ company: Company; userId: UserId }> {
    try {
      const company = this.#companies.get(String(decodeJwt(token)['companyId']))
      if (!company) throw new Error('a company that is not here')
      const { payload } = await jwtVerify(token, this.#key(company), {
        algorithms: [algorithm],
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.#now()),
      })
      return { company, userId: Number(payload.sub) as UserId }
    } catch {
      throw new ChatError('unauthorized', 'the token is not valid or has expired')
    }
  }

  #key(company: Company): KeyObject {
    let key = this.#keys.get(company)
    if (!key) this.#keys.set(company, (key = createSecretKey(Buffer.from(company.settings.jwtSecret))))
    return key
  }
}

/** The token of `Bearer <token>`; null for anything else. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1] ?? null
}
