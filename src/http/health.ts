import type { Log } from '../core/ports.ts'
import { serverDocs } from './server-docs.ts'
import type { Mount } from './mount.ts'

export interface HealthOptions {
  readonly log: Log
  /** Why the server can't do its work, in words that strangers may read; null when it can. Rejects as well when it can't. */
  readonly check: () => Promise<string | null>
  /** True from the moment on that no new clients are wanted. */
  readonly isDraining: () => boolean
  /** What else is to be told, such as the state of what the server can do without. It doesn't change the status. */
  readonly details?: () => object
  /** A check that takes longer has failed. Default 2 s. */
  readonly timeoutMs?: number
}

/**
 * For load balancers and containers. `GET /healthz`: 200 `{"status":"ok"}`, else 503 with `draining` or `failing`, and the
 * details. `GET /readyz`, whether it is to get new clients: 200 `{"status":"ready","reasons":[]}`, else 503 with `not ready`.
 */
export function health({ log, check, isDraining, details, timeoutMs = 2000 }: HealthOptions): Mount {
  const failure = async (): Promise<string | null> => {
    const late = Promise.withResolvers<string>()
    const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs)
    try {
      const reason = await Promise.race([check(), late.promise])
      if (reason !== null) log.error({ reason }, 'the health check failed')
      return reason
    } catch (error) {
      log.error({ error }, 'the health check failed')
      return 'the check itself failed; the log says more'
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    prefixes: ['/healthz', '/readyz'],
    docs: serverDocs,
    routes: (scope) => {
      scope.get('/healthz', async (_request, reply) => {
        const status = isDraining() ? 'draining' : (await failure()) === null ? 'ok' : 'failing'
        return reply.code(status === 'ok' ? 200 : 503).send({ status, ...details?.() })
      })
      scope.get('/readyz', async (_request, reply) => {
        const reason = await failure()
        const reasons = [
          ...(isDraining() ? ['draining'] : []),
          ...(reason === null ? [] : [`the store can’t write: ${reason}`]),
        ]
        const status = reasons.length === 0 ? 'ready' : 'not ready'
        return reply.code(reasons.length === 0 ? 200 : 503).send({ status, reasons })
      })
    },
  }
}
