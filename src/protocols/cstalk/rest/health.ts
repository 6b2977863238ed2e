import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

export function healthRoutes(scope: Scope, { desk }: Rest): void {
  scope.get('/commons/health', { schema: { summary: 'Whether the store takes writes' } }, async (_request, reply) => {
    const failure = await desk.store.check()
    return reply.code(failure === null ? 200 : 503).send({ status: failure === null ? 'UP' : 'DOWN' })
  })
}
