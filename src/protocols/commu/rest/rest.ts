import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { CommuShared } from '../commu-shared.ts'
import { callerOf, type Caller, type Door } from './door.ts'
import { Fields } from './fields.ts'
import { searchConstraint } from './shared-path.ts'

/** What all routes share. */
export interface Rest {
  readonly shared: CommuShared
  readonly door: Door
}

/** Both ends of a request, and what it says. */
export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly fields: Fields
}

interface Route {
  readonly method: HTTPMethods
  /** Without a slash at the end; both forms are served. */
  readonly path: string
  /** Another protocol may be at home there too. */
  readonly isShared?: boolean
}

/** A route for people with a token. `answer` makes the `result`. */
export function addRoute(
  scope: FastifyInstance,
  { door }: Rest,
  route: Route,
  answer: (caller: Caller, exchange: Exchange) => Promise<object>,
): void {
  add(scope, route, door.people, (exchange) => answer(callerOf(exchange.request), exchange))
}

/** A route for anybody. */
export function addOpenRoute(
  scope: FastifyInstance,
  { door }: Rest,
  route: Route,
  answer: (exchange: Exchange) => Promise<object>,
): void {
  add(scope, route, door.visitors, answer)
}

function add(
  scope: FastifyInstance,
  { method, path, isShared = false }: Route,
  onRequest: (request: FastifyRequest) => Promise<void>,
  answer: (exchange: Exchange) => Promise<object>,
): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const result = await answer({ request, reply, fields: new Fields(request) })
    // What was made is told by the status, and the body says 200 all the same.
    return reply.code(method === 'POST' ? 201 : 200).send({ statusCode: 200, result })
  }
  for (const url of [path, `${path}/`]) {
    const constraints = isShared ? searchConstraint(scope, method, url) : {}
    scope.route({ method, url, constraints, onRequest, handler })
  }
}
