import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { httpStatuses } from '../../http-statuses.ts'

/** What was wrong, by field. */
export type FieldProblems = Readonly<Record<string, readonly string[]>>

/** The body of every refusal. `code` is the HTTP status. */
export interface RefusalBody {
  readonly code: number
  readonly detail: string | FieldProblems
}

/** A refusal with a status and words of this wire. */
export class Refusal extends Error {
  readonly status: number
  readonly detail: string | FieldProblems

  constructor(status: number, detail: string | FieldProblems) {
    super(typeof detail === 'string' ? detail : 'wrong fields')
    this.name = 'Refusal'
    this.status = status
    this.detail = detail
  }
}

/** The one place where an error becomes an answer. What is no refusal is our fault: logged once, under an id that the client sees too. */
export function refuse(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const body = refusalBody(log, error, request)
  void reply.code(body.code).send(body)
}

/** For a refusal that was made elsewhere, such as an address that leads nowhere. */
export function errorBody(failure: {
  readonly status: number
  readonly message: string
  readonly field?: string
}): RefusalBody {
  const { status, message, field } = failure
  return { code: status, detail: field ? { [field]: [message] } : message }
}

function refusalBody(log: Log, error: unknown, request: FastifyRequest): RefusalBody {
  if (error instanceof Refusal) return { code: error.status, detail: error.detail }
  if (error instanceof ChatError && error.code !== 'internal') {
    const { code, message, field } = error
    return errorBody({ status: httpStatuses[code], message, ...(field === undefined ? {} : { field }) })
  }
  const status = frameworkStatus(error)
  if (status !== null) return { code: status, detail: frameworkWords(status) }
  const id = randomUUID()
  log.error({ error, id, about: `${request.method} ${request.routeOptions.url}` }, 'a request failed')
  return { code: 500, detail: `Something went wrong on our side (${id}).` }
}

/** The status of what fastify or its parsers refused because of the request; null for anything else. */
export function frameworkStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return null
  const { statusCode, code } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null
  // Multipart says 406 of a body that is none.
  return String(code).startsWith('FST_') ? (statusCode === 406 ? 415 : statusCode) : null
}

function frameworkWords(status: number): string {
  if (status === 413) return 'The request is too large.'
  if (status === 415) return 'This kind of content is not understood here.'
  return 'The request can’t be read.'
}
