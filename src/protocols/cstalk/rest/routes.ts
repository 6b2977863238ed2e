import type { FastifyInstance } from 'fastify'
import type { Desk } from '../desk.ts'
import { authRoutes } from './auth.ts'
import { autoMessageRoutes } from './auto-messages.ts'
import { customerRoutes } from './customers.ts'
import { callerKey, Door } from './door.ts'
import { fileRoutes } from './files.ts'
import { healthRoutes } from './health.ts'
import { memberRoutes } from './members.ts'
import { messageRoutes } from './messages.ts'
import { refuse } from './refusal.ts'
import type { Rest, RestOptions } from './rest.ts'
import { reviewRoutes } from './reviews.ts'
import { roomRoutes } from './rooms.ts'
import { templateRoutes } from './templates.ts'
import type { Scope } from './type-provider.ts'

/** The first segments of all addresses of the desk's REST. */
export const cstalkPrefixes = [
  '/auth',
  '/api/auto-message',
  '/api/customer',
  '/api/file',
  '/api/member',
  '/api/message',
  '/api/review',
  '/api/room',
  '/api/template',
  '/commons',
] as const

/**
 * The REST beside the desk's sockets, as a fastify plugin with its own error bodies. The scope it is put into reads
 * multipart bodies, with limits (`request.file()`). What happens to rooms here is heard on the sockets by the bus. See
 * docs/protocols/cstalk-rest.md for every route.
 */
export function cstalkRoutes(desk: Desk, options: RestOptions): (scope: FastifyInstance) => Promise<void> {
  return async (plain) => {
    if (!plain.hasRequestDecorator('file')) throw new Error('the desk’s REST needs a scope that reads multipart bodies')
    const rest: Rest = { ...options, desk, door: new Door(desk, options.visits) }
    const scope: Scope = plain.withTypeProvider()
    scope.setErrorHandler((error, request, reply) => refuse(desk.log, error, request, reply))
    scope.decorateRequest(callerKey, null)
    scope.addHook('preValidation', async (request) => {
      // So that a request without a body or with `?roomId=` hears which parameter is missing.
      if (request.body === undefined) request.body = {}
      dropEmpty(request.query as Record<string, unknown>)
    })
    for (const addRoutes of groups) addRoutes(scope, rest)
  }
}

const groups = [
  authRoutes,
  autoMessageRoutes,
  customerRoutes,
  fileRoutes,
  healthRoutes,
  memberRoutes,
  messageRoutes,
  reviewRoutes,
  roomRoutes,
  templateRoutes,
]

function dropEmpty(query: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(query)) if (value === '') delete query[name]
}
