import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readQuery, refuseRequest } from '../../../../wire/pusher/request-signature.ts'
import type { LaravelApp } from '../../settings.ts'
import { ApiError } from './api-error.ts'
import {
  getChannel,
  getChannels,
  getConnections,
  getUsers,
  postBatch,
  postEvent,
  terminateConnections,
  type ApiHouse,
  type Operation,
} from './operations.ts'

/**
 * Requests without a signature are not Pusher's. laravel-echo-server has some of the same addresses, with other
 * credentials and other answers. `body` is what came, bytes. Resolves with the answer; may throw an `ApiError`.
 */
export type Unsigned = (
  route: UnsignedRoute,
  asked: { readonly app: LaravelApp; readonly request: FastifyRequest; readonly body: Uint8Array },
  reply: FastifyReply,
) => Promise<unknown>

export type UnsignedRoute = 'events' | 'channels' | 'channel' | 'users'

export interface ApiOptions extends ApiHouse {
  /** Null: they are refused. */
  readonly unsigned: Unsigned | null
  readonly now: () => number
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly operation: Operation
  /** By which the other API knows it, where it has it. */
  readonly shared?: UnsignedRoute
}

const routes: readonly Route[] = [
  { method: 'POST', path: '/events', operation: postEvent, shared: 'events' },
  { method: 'POST', path: '/batch_events', operation: postBatch },
  { method: 'GET', path: '/channels', operation: getChannels, shared: 'channels' },
  { method: 'GET', path: '/channels/:channel', operation: getChannel, shared: 'channel' },
  { method: 'GET', path: '/channels/:channel/users', operation: getUsers, shared: 'users' },
  { method: 'GET', path: '/connections', operation: getConnections },
  { method: 'POST', path: '/users/:userId/terminate_connections', operation: terminateConnections },
]

const nothing = Buffer.alloc(0)

/** The Pusher HTTP API, in a scope of its own: the signature is over the bytes that came, so they are kept as they are. */
export function pusherApi(options: ApiOptions): (scope: FastifyInstance) => Promise<void> {
  // A batch of the largest events, with room for what JSON adds to a text of JSON.
  const bodyLimit = 65_536 + 20 * options.limits.maxDataBytes
  return async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof ApiError)) throw error
      void reply.code(error.status).type('text/plain; charset=utf-8').send(`${error.message}\n`)
    })
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: `/apps/:appId${route.path}`,
        bodyLimit,
        handler: (request, reply) => answer(options, route, request, reply),
      })
    }
  }
}

async function answer(
  options: ApiOptions,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { appId = '', channel = '', userId = '' } = request.params as Readonly<Record<string, string | undefined>>
  const app = options.apps.find(({ settings }) => settings.id === appId)
  if (!app) throw new ApiError(404, 'No such app')
  const { method = '', url = '' } = request.raw
  const [path = ''] = url.split('?', 1)
  const body = request.body instanceof Buffer ? request.body : nothing
  const query = readQuery(url)
  if (!query) throw new ApiError(400, 'Invalid query string')
  if (!query.has('auth_signature') && route.shared && options.unsigned) {
    return options.unsigned(route.shared, { app, request, body }, reply)
  }
  const refusal = refuseRequest(app.settings, { method, path, query, body }, options.now())
  if (refusal !== null) throw new ApiError(401, refusal)
  return route.operation(options, { app, query, channel, userId, body: parsed(body) })
}

function parsed(body: Buffer): unknown {
  if (body.byteLength === 0) return {}
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new ApiError(400, 'The body is not JSON')
  }
}
