import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import cors, { type FastifyCorsOptions } from '@fastify/cors'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify'
import type { Log } from '../core/ports.ts'
import { notFound, toFailure } from './failure.ts'
import { errorBody, mountAt, type CorsRule, type Mount } from './mount.ts'
import { acceptUploads, discardRest } from './uploads.ts'

/** What is known of a request when its answer is sent. */
export interface AnsweredRequest {
  readonly method: string
  /** As it was added, `/api/room/:id`; null where nothing is. */
  readonly route: string | null
  readonly status: number
  readonly elapsedMs: number
}

export interface ApplicationOptions {
  readonly log: Log
  readonly mounts: readonly Mount[]
  /** Of a body that is no upload. */
  readonly maxBodyBytes: number
  /** For a request to arrive whole. */
  readonly requestTimeoutMs: number
  /** Reverse proxies in front of the server whose X-Forwarded-For is believed. */
  readonly trustedProxyHops: number
  /** How long an answered request may go on sending before it is cut off. Default 5 s. */
  readonly lingerMs?: number
  /** Hears of each route that a mount adds. */
  readonly onRoute?: (mount: Mount, route: RouteOptions) => void
  /** Hears of each request that the routes answered. Must not throw. */
  readonly onAnswered?: (answered: AnsweredRequest) => void
  /** Sees each request before the routes do; true when it has taken it. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/**
 * The HTTP side of the server: everything that all routes share. Throws nothing at a client but a `Failure` in the
 * form of the mount that was asked. Not listening yet.
 */
export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { mounts, log } = options
  for (const mount of mounts) refuseOpenCookies(mount)
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: options.requestTimeoutMs,
    forceCloseConnections: 'idle',
    trustProxy: (_address: string, hop: number) => hop < options.trustedProxyHops,
    genReqId: () => randomBytes(9).toString('base64url'),
    // A name of 120 letters takes nine bytes for each when they are Korean and percent-encoded.
    routerOptions: { maxParamLength: 2048 },
    serverFactory: (handler) => listener(options, handler),
    frameworkErrors: (error, request, reply) => refuse(options, error, request, reply),
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    discardRest(request, options.lingerMs ?? 5000)
    // The route and not the address: that may hold a token.
    const { method, routeOptions, id, ip } = request
    const { statusCode: status, elapsedTime: elapsedMs } = reply
    log.debug({ method, route: routeOptions.url, status, id, ip }, 'answered')
    options.onAnswered?.({ method, route: routeOptions.url ?? null, status, elapsedMs })
  })
  app.setErrorHandler((error, request, reply) => refuse(options, error, request, reply))
  app.setNotFoundHandler(async (request, reply) => {
    return reply.code(404).send(errorBody(mountAt(mounts, request.url), notFound))
  })
  app.addHook('preClose', async () => closeAsTheyFinish(app.server))
  // What is answered is written as it is: a schema of an answer is documentation, and takes nothing away from it.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  parseJson(app)
  await app.register(cors, {
    delegator: (request, done) => done(null, corsOptions(mountAt(mounts, request.url)?.cors)),
  })
  for (const mount of mounts) {
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => options.onRoute?.(mount, route))
      if (mount.uploads) await acceptUploads(scope, mount.uploads.maxBytes)
      await mount.routes(scope)
    })
  }
  return app
}

/** Pages are nobody's business here: what a browser shows of an answer by accident runs nothing and frames nothing. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

function listener(options: ApplicationOptions, handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const { before, upgrade, requestTimeoutMs } = options
  // Other upgrades (h2c) are requests like any other: a client that offers one must not lose its answer over it.
  const shouldUpgradeCallback = (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket'
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: Math.min(requestTimeoutMs, 60_000) }
  const server = createServer({ ...timeouts, shouldUpgradeCallback }, (request, response) => {
    if (!before?.(request, response)) handler(request, response)
  })
  // Longer than the idle time of common load balancers, which would otherwise reuse a connection we just closed.
  server.keepAliveTimeout = 72_000
  if (upgrade) server.on('upgrade', upgrade)
  return server
}

/**
 * Node closes the idle connections once, when the server closes; one that was busy then would be kept alive for the
 * whole keep-alive time after its answer, and the server with it.
 */
function closeAsTheyFinish(server: Server): void {
  if (!server.listening) return
  const timer = setInterval(() => server.closeIdleConnections(), 50).unref()
  server.once('close', () => clearInterval(timer))
}

function refuse(
  { log, mounts }: ApplicationOptions,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const failure = toFailure(error, log, { id: request.id, method: request.method, route: request.routeOptions?.url })
  reply.headers(securityHeaders)
  void reply.code(failure.status).send(errorBody(mountAt(mounts, request.url), failure))
}

/** As fastify's own, but an empty body is none: old clients say JSON and send nothing. */
function parseJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body as string, done)
  })
}

function corsOptions(rule: CorsRule | undefined): FastifyCorsOptions {
  if (!rule || rule.origins.length === 0) return { origin: false }
  return {
    origin: rule.origins.includes('*') ? '*' : [...rule.origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    credentials: rule.credentials ?? false,
    exposedHeaders: [...(rule.exposedHeaders ?? [])],
    maxAge: 600,
    strictPreflight: false,
  }
}

function refuseOpenCookies({ cors: rule, prefixes }: Mount): void {
  if (rule?.credentials && rule.origins.includes('*')) {
    throw new Error(`${prefixes.join(', ')}: cookies can't be open to every origin`)
  }
}
