import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from '../directory.ts'

const methods = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS'
const headers =
  'Accept, Authorization, Content-Type, X-CSRFToken, X-Requested-With, version, X-PinTalk-Access-Key, X-PinTalk-Secret-Key'
const preflightSeconds = '600'

/**
 * Guests' pages are known only by what is stored of their hosts, and a preflight doesn't say whose it is: it comes
 * without the keys. So every preflight is welcome, and the real request decides: it is refused unless it comes from the
 * host's own domain, and only then may the page read the answer.
 */
export function answerGuestPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { origin } = request.headers
  if (isWebOrigin(origin)) allow(reply, origin)
  return answerPreflight(reply)
}

/** Lets the page of this Origin read the answer. */
export function allow(reply: FastifyReply, origin: string): void {
  reply.header('vary', 'Origin')
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-allow-credentials', 'true')
  reply.header('access-control-expose-headers', 'Content-Disposition')
}

/** Hosts' pages come from the origins of the apps. */
export class HostCors {
  readonly #directory: Directory

  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** The `onRequest` hook of hosts' routes. */
  readonly hook = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (!isWebOrigin(origin)) return
    const origins = this.#directory.apps.flatMap(({ app }) => app.origins)
    if (origins.includes(origin) || (origins.includes('*') && isLoopback(origin))) return allow(reply, origin)
    // With cookies, any page of the web could act for a visitor.
    if (origins.includes('*')) reply.header('access-control-allow-origin', '*')
  }

  readonly answerPreflight = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => answerPreflight(reply)
}

/** Whether a page of this Origin may use what a browser keeps for the app. A request without one comes from no other page. */
export function mayUseCookies(origins: readonly string[], { headers, host }: FastifyRequest): boolean {
  const { origin } = headers
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return host !== undefined && URL.parse(origin)?.host === host
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  reply.header('access-control-allow-methods', methods)
  reply.header('access-control-allow-headers', headers)
  reply.header('access-control-max-age', preflightSeconds)
  return reply.code(204).send()
}

function isWebOrigin(origin: string | undefined): origin is string {
  return origin !== undefined && /^https?:/.test(origin) && URL.parse(origin)?.origin === origin
}

/** A page on the same machine, as when somebody tries the demo app. */
function isLoopback(origin: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(URL.parse(origin)?.hostname ?? '')
}
