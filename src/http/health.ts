import type { Log } from '../core/ports.ts'
import { serverDocs } from './server-docs.ts'
import type { Mount } from './mount.ts'

export interface HealthOptions {
  readonly log: Log
  /** Why the server can't do its work, in words that strangers may read; null when it can. Rejects as well when it can't. */
  readonly check: () => Promise<string | null>
  /** What else is missing that it can't serve without, in such words. */
  readonly missing?: () => readonly string[]
  /** What is wrong and may do harm later, in such words. */
  readonly warnings?: () => readonly string[]
  /** True from the moment on that no new clients are wanted. */
  readonly isDraining: () => boolean
  /** What else is to be told, such as the state of what the server can do without. It doesn't change the status. */
  readonly details?: () => object
  /** A check that takes longer has failed. Default 2 s. */
  readonly timeoutMs?: number
}

/**
 * For containers and load balancers. `GET /healthz`, whether the process is alive: 200 `{"status":"ok"}`, also when the status is
 * `draining` or `failing`, because another process would do no better. `GET /readyz`, whether it is to get new clients: 200
 * `{"status":"ready","reasons":[]}`, else 503 with `not ready`.
 */
export function health(options: HealthOptions): Mount {
  const { isDraining, details, warnings } = options
  const examination = new Examination(options)
  return {
    prefixes: ['/healthz', '/readyz'],
    docs: serverDocs,
    routes: (scope) => {
      scope.get('/healthz', async () => {
        const status = isDraining() ? 'draining' : (await examination.failures()).length === 0 ? 'ok' : 'failing'
        return { status, ...details?.() }
      })
      scope.get('/readyz', async (_request, reply) => {
        const reasons = [...(isDraining() ? ['draining'] : []), ...(await examination.failures())]
        const warned = warnings?.() ?? []
        const status = reasons.length === 0 ? 'ready' : 'not ready'
        return reply
          .code(reasons.length === 0 ? 200 : 503)
          .send({ status, reasons, ...(warned.length > 0 && { warnings: warned }) })
      })
    },
  }
}

/** Asks, and tells the log when the answer is another than before: load balancers ask every second. */
class Examination {
  readonly #options: HealthOptions
  #told: string | null = null

  constructor(options: HealthOptions) {
    this.#options = options
  }

  async failures(): Promise<readonly string[]> {
    const { reason, error } = await this.#check()
    const found = [
      ...(reason === null ? [] : [`the store can’t write: ${reason}`]),
      ...(this.#options.missing?.() ?? []),
    ]
    const all = found.length === 0 ? null : found.join('; ')
    if (all !== this.#told) {
      this.#told = all
      if (all === null) this.#options.log.info({}, 'the health check finds nothing wrong any more')
      else this.#options.log.error({ reason: all, ...(error !== undefined && { error }) }, 'the health check failed')
    }
    return found
  }

  async #check(): Promise<{ readonly reason: string | null; readonly error?: unknown }> {
    const { check, timeoutMs = 2000 } = this.#options
    const late = Promise.withResolvers<string>()
    const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs)
    try {
      return { reason: await Promise.race([check(), late.promise]) }
    } catch (error) {
      return { reason: 'the check itself failed; the log says more', error }
    } finally {
      clearTimeout(timer)
    }
  }
}
