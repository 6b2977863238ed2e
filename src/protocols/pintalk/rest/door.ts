import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import type { Session } from '../../../core/session.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { Host } from '../directory.ts'
import { hostMeta } from '../host.ts'
import type { PintalkShared } from '../pintalk-shared.ts'
import { isOriginOf } from '../service-domain.ts'
import { bearerToken } from '../tokens.ts'
import { Refusal } from './refusal.ts'

/** The host who asks, as the account is now. */
export interface Caller extends Host {
  readonly session: Session
}

type Hook = (request: FastifyRequest) => Promise<void>

export const callerKey = 'pintalkCaller'

/** Who may use a route: its `onRequest` hook, so that a stranger's body is not even read. */
export class Door {
  /** With a bearer token; found afterwards by `callerOf`. */
  readonly hosts: Hook
  /** Anybody; counted by address. */
  readonly visitors: Hook
  readonly #shared: PintalkShared

  constructor(shared: PintalkShared) {
    this.#shared = shared
    this.hosts = (request) => letHostIn(shared, request)
    this.visitors = async (request) => shared.limits.visits.demand(addressBlock(request.ip), 'Too many requests.')
  }

  /** The host of the keys that a website's page sends. */
  async hostOfKeys({ headers }: FastifyRequest): Promise<Host> {
    const [accessKey, secretKey] = [headers['x-pintalk-access-key'], headers['x-pintalk-secret-key']]
    const isWhole = typeof accessKey === 'string' && typeof secretKey === 'string'
    const host = isWhole ? await this.#shared.directory.hostByKeys(accessKey, secretKey) : null
    if (!host) throw new Refusal(401, 'User not registered')
    return host
  }
}

/** Refuses pages of other websites than the host's. What is no page has no Origin. */
export function mustComeFrom({ user }: Host, origin: string | undefined): void {
  if (!isOriginOf(hostMeta(user).serviceDomain, origin)) throw new Refusal(403, 'request domain not allowed')
}

export function callerOf(request: { getDecorator<T>(name: string): T }): Caller {
  return request.getDecorator<Caller>(callerKey)
}

async function letHostIn({ tokens, limits }: PintalkShared, request: FastifyRequest): Promise<void> {
  const token = bearerToken(request.headers.authorization)
  if (token === null) throw new ChatError('unauthorized', 'A bearer token is needed.')
  const host = await tokens.signIn(token)
  limits.reads.demand(host.user.id, 'Too many requests, slow down.')
  const session = { app: host.app.app, user: host.user, origin: null }
  request.setDecorator(callerKey, { ...host, session } satisfies Caller)
}
