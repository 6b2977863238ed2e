import type { FastifyInstance } from 'fastify'
import { addRoute, type Rest } from './rest.ts'

export function healthRoutes(scope: FastifyInstance, { shared }: Rest): void {
  addRoute(scope, {
    method: 'GET',
    path: '/health-check',
    // Not counted: a load balancer asks from one address, and for everybody.
    who: async () => {},
    answer: async ({ reply }) => {
      const failure = await shared.store.check()
      return reply.code(failure === null ? 200 : 503).send({ status: failure === null ? 'ok' : 'failing' })
    },
  })
}
