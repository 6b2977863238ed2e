import type { FastifyInstance } from 'fastify'
import type { CommuShared } from '../commu-shared.ts'
import { authRoutes } from './auth.ts'
import { channelRoutes } from './channels.ts'
import { chatRoutes } from './chats.ts'
import { communityRoutes } from './communities.ts'
import { PageCors } from './cors.ts'
import { callerKey, Door } from './door.ts'
import { refuse } from './refusal.ts'
import type { Rest } from './rest.ts'
import { searchConstraint } from './shared-path.ts'
import { userRoutes } from './users.ts'

/**
 * The REST beside commu's sockets, as a fastify plugin with its own error bodies and CORS. What happens to channels here
 * is heard on the sockets by the bus. See docs/protocols/commu-rest.md for every route.
 */
export function commuRoutes(shared: CommuShared): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    const rest: Rest = { shared, door: new Door(shared) }
    const cors = new PageCors(shared.directory)
    scope.setErrorHandler((error, request, reply) => refuse(shared.log, error, request, reply))
    scope.decorateRequest(callerKey, null)
    scope.addHook('onRequest', cors.hook)
    for (const url of paths) {
      const constraints = searchConstraint(scope, 'OPTIONS', url)
      scope.route({ method: 'OPTIONS', url, constraints, handler: cors.answerPreflight })
    }
    for (const addRoutes of groups) addRoutes(scope, rest)
  }
}

const paths = ['/api/user/*', '/api/users', '/api/community', '/api/communities', '/api/communities/*'].concat(
  '/api/channel',
  '/api/channels/*',
)
const groups = [authRoutes, userRoutes, communityRoutes, channelRoutes, chatRoutes]
