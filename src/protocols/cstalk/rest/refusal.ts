import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatError, type ErrorCode } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { httpStatuses } from '../../http-statuses.ts'
import { missingParameters, noSuchAddress, reasonOf, tooLargeFile, unsupportedBody } from '../reasons.ts'

/** A refusal in words of this wire, which are sent as they are. */
export class SaidError extends ChatError {}

/** The body of every refusal. Spring's form, without the trace that gave the original's inside away. */
export interface RefusalBody {
  readonly status: number
  readonly name: string
  readonly message: string
  readonly trace: null
}

const names: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
}

/** What a framework's error says that was the request's fault. */
interface FrameworkRefusal {
  readonly statusCode: number
  readonly validation?: readonly {
    readonly instancePath: string
    readonly message?: string
    readonly params: Readonly<Record<string, unknown>>
  }[]
}

/** The one place where an error becomes an answer. What is no refusal is our fault: logged once, under an id that the client sees too. */
export function refuse(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const body = refusalBody(log, error, request)
  void reply.code(body.status).send(body)
}

/** For a refusal that was made elsewhere, such as an address that leads nowhere. */
export function errorBody(failure: {
  readonly status: number
  readonly name: ErrorCode
  readonly message: string
}): RefusalBody {
  if (failure.name === 'not_found') return said(404, noSuchAddress)
  return said(failure.status, reasonOf(new ChatError(failure.name, failure.message)))
}

/** A required parameter that only the handler knows to be missing. */
export function missing(...parameters: readonly string[]): SaidError {
  return new SaidError('invalid', missingParameters(parameters), parameters[0])
}

/** Says some refusals of a promise in this wire's own words. */
export async function inWords<T>(words: Partial<Record<ErrorCode, string>>, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    const reason = error instanceof ChatError ? words[error.code] : undefined
    throw error instanceof ChatError && reason !== undefined ? new SaidError(error.code, reason) : error
  }
}

function refusalBody(log: Log, error: unknown, request: FastifyRequest): RefusalBody {
  if (error instanceof SaidError) return said(httpStatuses[error.code], error.message)
  if (error instanceof ChatError && error.code !== 'internal') return said(httpStatuses[error.code], reasonOf(error))
  if (isFrameworkRefusal(error)) return ofFramework(error)
  const id = randomUUID()
  log.error({ error, id, about: `${request.method} ${request.routeOptions.url}` }, 'a request failed')
  return said(500, `${reasonOf(new ChatError('internal', ''))} (${id})`)
}

function ofFramework({ statusCode, validation }: FrameworkRefusal): RefusalBody {
  const [first] = validation ?? []
  const absent = first?.params['missingProperty']
  if (typeof absent === 'string') return said(400, missingParameters([absent]))
  if (first) {
    const where = first.instancePath.split('/').slice(1).join('.')
    return said(400, reasonOf(new ChatError('invalid', `${where} ${first.message ?? 'is not valid'}`.trim())))
  }
  if (statusCode === 413) return said(413, tooLargeFile)
  // Multipart says 406 of a body that is none.
  if (statusCode === 415 || statusCode === 406) return said(415, unsupportedBody)
  const status = names[statusCode] === undefined ? 400 : statusCode
  return said(status, reasonOf(new ChatError('invalid', 'the request can’t be read')))
}

function isFrameworkRefusal(error: unknown): error is FrameworkRefusal & Error {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  const { statusCode } = error
  const isOurs = 'validation' in error || ('code' in error && String(error.code).startsWith('FST_'))
  return isOurs && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}

function said(status: number, message: string): RefusalBody {
  return {
    status,
    name: names[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR'),
    message,
    trace: null,
  }
}
