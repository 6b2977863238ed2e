import type { FastifyInstance } from 'fastify'
import { Accounts } from '../../core/accounts.ts'
import type { Bus } from '../../core/ports.ts'
import { Directory } from './directory.ts'
import { HostAccounts } from './host-accounts.ts'
import { outboxMail } from './mail.ts'
import type { PintalkShared } from './pintalk-shared.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { errorBody } from './rest/refusal.ts'
import { pintalkRoutes } from './rest/routes.ts'
import { Seals } from './seals.ts'
import { TemporaryPasswords } from './temporary-passwords.ts'
import { Tokens } from './tokens.ts'
import { VerificationCodes } from './verification-codes.ts'

type Made =
  | 'accounts'
  | 'codes'
  | 'directory'
  | 'hosts'
  | 'refreshTokens'
  | 'seals'
  | 'sendMail'
  | 'temporary'
  | 'tokens'

export type PintalkOptions = Omit<PintalkShared, Made> & { readonly bus: Bus }

/** Guests and hosts of websites: makes what their sockets and their REST share. */
export class Pintalk {
  readonly shared: PintalkShared
  /** The first segments of the REST's addresses. */
  readonly prefixes = ['/api/auth', '/api/chat', '/api/users', '/health-check'] as const
  /** Adds the REST to a scope of its own, which reads multipart bodies. It brings its CORS and its errors. */
  readonly routes: (scope: FastifyInstance) => Promise<void>
  /** The body of a refusal that was made before a route was found. */
  readonly errorBody = errorBody

  private constructor(shared: PintalkShared) {
    this.shared = shared
    this.routes = pintalkRoutes(shared)
  }

  static open({ bus, ...given }: PintalkOptions): Pintalk {
    const { store, now } = given
    const directory = new Directory(given.apps, store)
    const seals = new Seals(directory, now)
    const accounts = new Accounts({ store, bus, now })
    const refreshTokens = new RefreshTokens(store, now)
    const temporary = new TemporaryPasswords(store, now)
    return new Pintalk({
      ...given,
      directory,
      seals,
      accounts,
      refreshTokens,
      temporary,
      codes: new VerificationCodes(store, seals, now),
      hosts: new HostAccounts({ store, accounts, refreshTokens, temporary, now }),
      tokens: new Tokens(directory, store, now),
      sendMail: outboxMail(store, now),
    })
  }
}
