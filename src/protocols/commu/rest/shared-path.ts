import type { FastifyInstance, HTTPMethods } from 'fastify'

const name = 'commuSearch'

/**
 * The constraint for an address that is another protocol's too: `GET /api/users` is pintalk's list of hosts. A request that
 * searches is ours, and its preflight, which has the same address. None where nobody else has the address.
 */
export function searchConstraint(scope: FastifyInstance, method: HTTPMethods, url: string): { [name]?: string } {
  if (!scope.hasRoute({ method, url })) return {}
  if (!scope.hasConstraintStrategy(name)) scope.addConstraintStrategy(strategy)
  return { [name]: 'yes' }
}

const strategy = {
  name,
  storage: () => {
    const handlers = new Map<unknown, never>()
    return {
      get: (value: unknown) => handlers.get(value) ?? null,
      set: (value: unknown, handler: never) => void handlers.set(value, handler),
    }
  },
  deriveConstraint: ({ url }: { url?: string | undefined }) => (/[?&]search=/.test(url ?? '') ? 'yes' : undefined),
  validate: () => undefined,
  mustMatchWhenDerived: false,
}
