import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { User } from '../../../core/model.ts'
import type { Session } from '../../../core/session.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { isStaff } from '../identity.ts'
import { signInAnyone } from '../sign-in.ts'
import { bearerToken } from '../tokens.ts'

/** Who asks, as the account is now. */
export interface Caller {
  readonly company: Company
  readonly user: User
  readonly session: Session
}

type Hook = (request: FastifyRequest) => Promise<void>

export const callerKey = 'cstalkCaller'

/**
 * Who may use a route: its `onRequest` hook, so that a stranger's body is not even read. All but visitors come with a
 * bearer token, and find themselves by `callerOf`.
 */
export class Door {
  /** Members and customers. */
  readonly anyone: Hook
  readonly staff: Hook
  readonly managers: Hook
  /** Those without a token; counted by address. */
  readonly visitors: Hook

  constructor(desk: Desk, visits: RateLimit) {
    this.anyone = (request) => letIn(desk, request, () => true)
    this.staff = (request) => letIn(desk, request, isStaff)
    this.managers = (request) => letIn(desk, request, ({ role }) => role === 'manager')
    this.visitors = async (request) => visits.demand(addressBlock(request.ip), 'too many requests from this address')
  }
}

export function callerOf(request: { getDecorator<T>(name: string): T }): Caller {
  return request.getDecorator<Caller>(callerKey)
}

async function letIn(desk: Desk, request: FastifyRequest, may: (user: User) => boolean): Promise<void> {
  const token = bearerToken(request.headers.authorization)
  if (token === null) throw new ChatError('unauthorized', 'a bearer token is needed')
  const { company, user } = await signInAnyone(desk, token)
  desk.reads.demand(user.id, 'too many requests, slow down')
  if (!may(user)) throw new ChatError('forbidden', 'this is not for you')
  request.setDecorator(callerKey, { company, user, session: { app: company.app, user, origin: null } } satisfies Caller)
}
