import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from '../directory.ts'

const methods = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS'
const headers = 'Accept, Authorization, Content-Type, X-App-Id, X-Requested-With'
const preflightSeconds = '600'

/** The pages come from the origins of the apps. */
export class PageCors {
  readonly #directory: Directory

  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** The `onRequest` hook of all routes. */
  readonly hook = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (!isWebOrigin(origin)) return
    const origins = this.#directory.apps.flatMap(({ app }) => app.origins)
    if (origins.includes(origin) || (origins.includes('*') && isLoopback(origin))) return allow(reply, origin)
    // With cookies, any page of the web could act for a visitor.
    if (origins.includes('*')) reply.header('access-control-allow-origin', '*')
  }

  readonly answerPreflight = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.header('access-control-allow-methods', methods)
    reply.header('access-control-allow-headers', headers)
    reply.header('access-control-max-age', preflightSeconds)
    return reply.code(204).send()
  }
}

/** Whether a page of this Origin may use what a browser keeps for the app. A request without one comes from no other page. */
export function mayUseCookies(origins: readonly string[], { headers: { origin }, host }: FastifyRequest): boolean {
  if (origin === undefined || origins.includes(origin)) return true
  if (origins.includes('*') && isWebOrigin(origin) && isLoopback(origin)) return true
  return host !== undefined && URL.parse(origin)?.host === host
}

function allow(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-allow-credentials', 'true')
}

function isWebOrigin(origin: string | undefined): origin is string {
  return origin !== undefined && /^https?:/.test(origin) && URL.parse(origin)?.origin === origin
}

/** A page on the same machine, as when somebody tries the demo app. */
function isLoopback(origin: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(URL.parse(origin)?.hostname ?? '')
}
