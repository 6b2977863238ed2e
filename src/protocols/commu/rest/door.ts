import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import type { Session } from '../../../core/session.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { CommuShared } from '../commu-shared.ts'
import type { CommuApp } from '../settings.ts'
import { bearerToken, type Person } from '../tokens.ts'

/** Who asks, as the account is now. */
export interface Caller extends Person {
  readonly session: Session
}

type Hook = (request: FastifyRequest) => Promise<void>

export const callerKey = 'commuCaller'

/** Who may use a route: its `onRequest` hook, so that a stranger's body is not even read. */
export class Door {
  /** With a bearer token; found afterwards by `callerOf`. */
  readonly people: Hook
  /** Anybody; counted by address. */
  readonly visitors: Hook
  readonly #shared: CommuShared

  constructor(shared: CommuShared) {
    this.#shared = shared
    this.people = (request) => letIn(shared, request)
    this.visitors = async (request) => shared.limits.visits.demand(addressBlock(request.ip), tooMany)
  }

  /** The app that is meant: by a token that came all the same, by its name, by the page's Origin, or because there is no other. */
  async appOf({ headers, query }: FastifyRequest): Promise<CommuApp> {
    const token = bearerToken(headers.authorization)
    const known = token === null ? null : await this.#shared.tokens.verify(token)
    if (known) return known.app
    const named = new Map<string, unknown>(Object.entries(query as object)).get('app') ?? headers['x-app-id']
    return this.#shared.directory.forVisitor({
      named: typeof named === 'string' ? named : undefined,
      origin: headers.origin,
    })
  }
}

export function callerOf(request: { getDecorator<T>(name: string): T }): Caller {
  return request.getDecorator<Caller>(callerKey)
}

async function letIn({ tokens, limits }: CommuShared, request: FastifyRequest): Promise<void> {
  const token = bearerToken(request.headers.authorization)
  if (token === null) throw new ChatError('unauthorized', 'Unauthorized')
  const person = await tokens.signIn(token)
  limits.reads.demand(person.user.id, tooMany)
  const session = { app: person.app.app, user: person.user, origin: null }
  request.setDecorator(callerKey, { ...person, session } satisfies Caller)
}

const tooMany = 'Too many requests, slow down.'
