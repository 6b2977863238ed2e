import type { FastifyInstance } from 'fastify'
import type { PintalkShared } from '../pintalk-shared.ts'
import { accountRoutes } from './account.ts'
import { answerGuestPreflight, HostCors } from './cors.ts'
import { callerKey, Door } from './door.ts'
import { guestRoutes } from './guests.ts'
import { healthRoutes } from './health.ts'
import { messageRoutes } from './messages.ts'
import { refuse } from './refusal.ts'
import type { Rest } from './rest.ts'
import { roomRoutes } from './rooms.ts'
import { sessionRoutes } from './sessions.ts'
import { signUpRoutes } from './sign-up.ts'
import { userRoutes } from './users.ts'

/**
 * The REST beside pintalk's sockets, as a fastify plugin with its own error bodies and CORS. The scope it is put into reads
 * multipart bodies, with limits. What happens to rooms here is heard on the sockets by the bus. See docs/protocols/pintalk-rest.md for every route.
 */
export function pintalkRoutes(shared: PintalkShared): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    if (!scope.hasRequestDecorator('parts')) throw new Error('pintalk’s REST needs a scope that reads multipart bodies')
    const rest: Rest = { shared, door: new Door(shared) }
    scope.setErrorHandler((error, request, reply) => refuse(shared.log, error, request, reply))
    scope.decorateRequest(callerKey, null)
    await scope.register(async (guests) => {
      for (const path of guestPaths) guests.options(path, answerGuestPreflight)
      guestRoutes(guests, rest)
    })
    await scope.register(async (hosts) => {
      const cors = new HostCors(shared.directory)
      hosts.addHook('onRequest', cors.hook)
      for (const path of hostPaths) hosts.options(path, cors.answerPreflight)
      for (const addRoutes of hostGroups) addRoutes(hosts, rest)
    })
  }
}

const guestPaths = ['/api/chat', '/api/chat/', '/api/users/client', '/api/users/client/']
const hostPaths = ['/api/users', '/api/users/*', '/api/auth/*', '/api/chat/chatrooms', '/api/chat/chatrooms/*']
const hostGroups = [signUpRoutes, sessionRoutes, accountRoutes, userRoutes, roomRoutes, messageRoutes, healthRoutes]
