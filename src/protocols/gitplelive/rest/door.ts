import type { FastifyRequest } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import { Refusal } from '../failures.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import type { Caller } from '../operation.ts'
import { bearerToken } from '../tokens.ts'

type Hook = (request: FastifyRequest) => Promise<void>

export const callerKey = 'gitpleliveCaller'

/** Who may use a route: its `onRequest` hook, so that a stranger's body is not even read. `callerOf` finds who it was. */
export class Door {
  /** With `APP_ID` and `APP_API_KEY`. */
  readonly platform: Hook
  /** With a session token. */
  readonly users: Hook
  readonly #shared: GitpleliveShared

  constructor(shared: GitpleliveShared) {
    this.#shared = shared
    this.platform = (request) => this.#counted(request, () => this.#platform(request))
    this.users = (request) => this.#counted(request, () => this.#user(request))
  }

  async #platform(request: FastifyRequest): Promise<void> {
    const { directory, limits } = this.#shared
    const app = directory.byKey(request.headers['app_id'], request.headers['app_api_key'])
    limits.platform.demand(app.app.id, 'too many requests of this app')
    this.#letIn(request, { app, user: null, origin: null, baseUrl: this.#baseUrl(request) })
  }

  async #user(request: FastifyRequest): Promise<void> {
    const { tokens, limits } = this.#shared
    const token = bearerToken(request.headers.authorization)
    if (token === null) throw new Refusal('unauthorized', 'a session token is needed: Authorization: Bearer …')
    const { app, user } = await tokens.signIn(token)
    const named = request.headers['app_id']
    if (named !== undefined && named !== app.settings.appId) throw new Refusal('application')
    limits.reads.demand(user.id, 'too many requests, slow down')
    this.#letIn(request, { app, user, origin: null, baseUrl: this.#baseUrl(request) })
  }

  #letIn(request: FastifyRequest, caller: Caller): void {
    request.setDecorator(callerKey, caller)
  }

  /** Those with wrong keys are counted by address, so that nobody tries keys for long; those with the right ones never are. */
  async #counted(request: FastifyRequest, enter: () => Promise<void>): Promise<void> {
    try {
      await enter()
    } catch (error) {
      if (error instanceof Refusal) this.#shared.limits.strangers.demand(addressBlock(request.ip), 'too many attempts')
      throw error
    }
  }

  /** What goes before a path to make it an address for this client. Empty for one that doesn't say whom it calls. */
  #baseUrl({ protocol, host }: FastifyRequest): string {
    return this.#shared.publicUrl ?? (host ? `${protocol}://${host}` : '')
  }
}

export function callerOf(request: { getDecorator<T>(name: string): T }): Caller {
  return request.getDecorator<Caller>(callerKey)
}
