import type { Environment } from './environment.ts'
import { errorCodes, GitpleLiveError } from './errors.ts'
import type { ReplyFrame } from './frames.ts'

interface Request {
  readonly resolve: (data: unknown) => void
  readonly reject: (error: GitpleLiveError) => void
  readonly timer: unknown
}

/** Requests on the socket that wait for their one reply. Those of a connection that is lost are rejected: only sends are tried again. */
export class Requests {
  readonly #environment: Environment
  readonly #timeoutMs: number
  readonly #requests = new Map<number, Request>()

  constructor(environment: Environment, timeoutMs: number) {
    this.#environment = environment
    this.#timeoutMs = timeoutMs
  }

  add<T>(ref: number, onTimeout: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.#environment.setTimeout(() => {
        this.#requests.delete(ref)
        reject(new GitpleLiveError(errorCodes.server, 'no answer in time'))
        onTimeout()
      }, this.#timeoutMs)
      this.#requests.set(ref, { resolve: resolve as (data: unknown) => void, reject, timer })
    })
  }

  /** A second reply to a request is nobody's. */
  answered({ ref, ok, data, error }: ReplyFrame): void {
    const request = this.#requests.get(ref)
    if (!request) return
    this.#end(ref, request)
    if (ok) request.resolve(data)
    else request.reject(new GitpleLiveError(error?.code ?? errorCodes.server, error?.message ?? 'refused', error?.name))
  }

  interrupted(): void {
    for (const [ref, request] of this.#requests) {
      this.#end(ref, request)
      request.reject(new GitpleLiveError(errorCodes.notConnected, 'the connection was lost before the answer came'))
    }
  }

  #end(ref: number, { timer }: Request): void {
    this.#requests.delete(ref)
    this.#environment.clearTimeout(timer)
  }
}
