import { randomBytes } from 'node:crypto'
import { ChatError, type ErrorCode } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** A refusal on its way to an HTTP answer. Each protocol makes a body of it in its own form. */
export interface Failure {
  readonly status: number
  readonly name: ErrorCode
  /** For the person at the other end. Never a stack, never what a library said about our inside. */
  readonly message: string
  /** The field that was wrong, where one was. */
  readonly field?: string
  /** Of an internal failure: the same id as in the log. */
  readonly id?: string
}

const statuses: Record<ErrorCode, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  frozen: 403,
  banned: 403,
  unavailable: 503,
  internal: 500,
}

export const notFound: Failure = { status: 404, name: 'not_found', message: 'There is nothing at this address.' }

/** What is not a refusal is a fault of ours: it is logged, once, here. */
export function toFailure(error: unknown, log: Log, request: object): Failure {
  if (error instanceof ChatError && error.code !== 'internal') {
    const { code, message, field } = error
    return { status: statuses[code], name: code, message, ...(field === undefined ? {} : { field }) }
  }
  const refusal = isRefusal(error) ? ofFramework(error) : null
  if (refusal) return refusal
  const id = randomBytes(9).toString('base64url')
  log.error({ error, id, request }, 'a request failed')
  return { status: 500, name: 'internal', message: 'Something went wrong on our side.', id }
}

/** An error that fastify, its body parsers or its validator throw because of the request. */
interface Refusal {
  readonly statusCode: number
  readonly code?: string
  readonly validation?: readonly { instancePath: string; message?: string; params: Record<string, unknown> }[]
  readonly validationContext?: string
}

function isRefusal(error: unknown): error is Refusal {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  const { statusCode } = error
  const isOurs = 'validation' in error || ('code' in error && String(error.code).startsWith('FST_'))
  return isOurs && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}

function ofFramework({ statusCode, validation, validationContext }: Refusal): Failure {
  const [first] = validation ?? []
  if (first) {
    const missing = first.params['missingProperty']
    const path = [...first.instancePath.split('/').slice(1), ...(typeof missing === 'string' ? [missing] : [])]
    const field = path.join('.')
    const where = field || validationContext || 'the request'
    return { status: 400, name: 'invalid', message: `${where}: ${first.message ?? 'is not valid'}`, field }
  }
  if (statusCode === 413) return { status: 413, name: 'too_large', message: 'The request is too large.' }
  if (statusCode === 404) return notFound
  const message = statusCode === 415 ? 'This kind of content is not understood here.' : 'The request can’t be read.'
  return { status: statusCode, name: 'invalid', message }
}
