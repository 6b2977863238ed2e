import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatError, type ErrorCode } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { httpStatuses } from '../../http-statuses.ts'

/** The body of every refusal, as NestJS makes it. `error` names the status; it is missing where only the status is said. */
export interface RefusalBody {
  readonly statusCode: number
  readonly message: string | readonly string[]
  readonly error?: string
}

/** A refusal with a status and words of this wire. Several words are what was wrong with the fields. */
export class Refusal extends Error {
  readonly status: number
  readonly words: string | readonly string[]

  constructor(status: number, words: string | readonly string[]) {
    super(typeof words === 'string' ? words : 'wrong fields')
    this.name = 'Refusal'
    this.status = status
    this.words = words
  }
}

const names: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
}

const statuses: Readonly<Record<ErrorCode, number>> = { ...httpStatuses, too_large: 400 }

/** The same promise, with this wire's own answer to some refusals of the core. */
export async function orRefuse<T>(work: Promise<T>, answers: Partial<Record<ErrorCode, Refusal>>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw (error instanceof ChatError && answers[error.code]) || error
  }
}

/** The one place where an error becomes an answer. What is no refusal is our fault: logged once, under an id that the client sees too. */
export function refuse(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const body = refusalBody(log, error, request)
  void reply.code(body.statusCode).send(body)
}

/** For a refusal that was made elsewhere, such as an address that leads nowhere. */
export function errorBody({ status, message }: { readonly status: number; readonly message: string }): RefusalBody {
  return bodyOf(status, message)
}

function refusalBody(log: Log, error: unknown, request: FastifyRequest): RefusalBody {
  if (error instanceof Refusal) return bodyOf(error.status, error.words)
  if (error instanceof ChatError && error.code !== 'internal') return bodyOf(statuses[error.code], error.message)
  const status = frameworkStatus(error)
  if (status !== null) return bodyOf(status, frameworkWords(status))
  const id = randomUUID()
  log.error({ error, id, about: `${request.method} ${request.routeOptions.url}` }, 'a request failed')
  return bodyOf(500, `Internal server error (${id})`)
}

function bodyOf(statusCode: number, message: string | readonly string[]): RefusalBody {
  const error = names[statusCode]
  // Nest says it twice only where the message is somebody's own.
  return error === undefined || error === message ? { statusCode, message } : { statusCode, message, error }
}

/** The status of what fastify or its parsers refused because of the request; null for anything else. */
function frameworkStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return null
  const { statusCode, code } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null
  return String(code).startsWith('FST_') ? statusCode : null
}

function frameworkWords(status: number): string {
  if (status === 413) return 'request entity too large'
  if (status === 415) return 'This kind of content is not understood here.'
  return 'The request can’t be read.'
}
