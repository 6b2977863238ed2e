import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatError, type ErrorCode } from '../../../core/errors.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import { failureOf, failures, internalFailure, type Failure } from '../failures.ts'

/** The body of every refusal. */
export interface RefusalBody extends Failure {
  readonly timestamp: number
  readonly path: string
  /** Names the request in the log, and in the header `x-request-id`. */
  readonly reference: string
}

/** The one place where an error becomes an answer. What is no refusal is our fault: logged once, under the reference that the client sees too. */
export function refuse(
  { log, now }: { readonly log: Log; readonly now: Clock },
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  let failure = failureOf(error) ?? ofFramework(error)
  if (!failure) {
    failure = internalFailure()
    log.error({ error, id: request.id, about: `${request.method} ${request.routeOptions.url}` }, 'a request failed')
  }
  send(failure, now(), request, reply)
}

function send(
  { status, name, code, message }: Failure,
  timestamp: number,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const body: RefusalBody = { status, timestamp, path: pathOf(request), name, code, message, reference: request.id }
  void reply.code(status).send(body)
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? ''
}

/** For a refusal that was made before a route was found. */
export function errorBody(failure: {
  readonly status: number
  readonly name: ErrorCode
  readonly message: string
  readonly id?: string
}): RefusalBody {
  const { name, code } = failureOf(new ChatError(failure.name, failure.message)) ?? internalFailure()
  const reference = failure.id ?? randomBytes(9).toString('base64url')
  return { status: failure.status, timestamp: Date.now(), path: '', name, code, message: failure.message, reference }
}

/** For every address that leads nowhere. */
export function refuseAddress({ now }: { readonly now: Clock }, request: FastifyRequest, reply: FastifyReply): void {
  const message = `there is nothing at ${request.method} ${pathOf(request)}`
  const { code } = failures.resource
  send({ status: 404, name: 'resource', code, message }, now(), request, reply)
}

/** What fastify or its parsers refused because of the request; null for anything else. */
function ofFramework(error: unknown): Failure | null {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return null
  const { statusCode, code } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null
  if (!String(code).startsWith('FST_')) return null
  const { code: number } = failures.parameters
  // Multipart says 406 of a body that is none.
  const status = statusCode === 406 ? 415 : statusCode
  return { status, name: 'parameters', code: number, message: words[status] ?? 'the request can’t be read' }
}

const words: Readonly<Record<number, string>> = {
  400: 'the request can’t be read: its body must be a JSON object',
  413: 'the request is too large',
  415: 'the body must be JSON, or a form with a file',
}
