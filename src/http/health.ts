import type { Log } from '../core/ports.ts'
import type { Mount } from './mount.ts'

export interface HealthOptions {
  readonly log: Log
  /** Rejects when the server can't do its work. */
  readonly check: () => Promise<unknown>
  /** True from the moment on that no new clients are wanted. */
  readonly isDraining: () => boolean
  /** A check that takes longer has failed. Default 2 s. */
  readonly timeoutMs?: number
}

/** `GET /healthz`: 200 `{"status":"ok"}`, else 503 with `draining` or `failing`. For load balancers and containers. */
export function health({ log, check, isDraining, timeoutMs = 2000 }: HealthOptions): Mount {
  const works = async (): Promise<boolean> => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    try {
      await Promise.race([check(), late.promise])
      return true
    } catch (error) {
      log.error({ error }, 'the health check failed')
      return false
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    prefixes: ['/healthz'],
    routes: (scope) => {
      scope.get('/healthz', async (_request, reply) => {
        const status = isDraining() ? 'draining' : (await works()) ? 'ok' : 'failing'
        return reply.code(status === 'ok' ? 200 : 503).send({ status })
      })
    },
  }
}
