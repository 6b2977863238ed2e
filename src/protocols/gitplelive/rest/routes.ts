import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../failures.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import type { Operation } from '../operation.ts'
import { maxKeyChars, sendFile } from '../operations/messages.ts'
import { operations } from '../operations/operations.ts'
import { addresses } from './addresses.ts'
import { callerKey, callerOf, Door } from './door.ts'
import { readForm } from './form.ts'
import { refuse, refuseAddress } from './refusal.ts'

/**
 * The REST as a fastify plugin with its own errors: below `/v1` for the app's servers, below `/v1/client` for users. The scope it is
 * put into reads multipart bodies. What happens here is heard on the sockets by the bus. See docs/protocols/gitplelive-rest.md.
 */
export function gitpleliveRoutes(shared: GitpleliveShared): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    if (!scope.hasRequestDecorator('parts')) throw new Error('gitplelive’s REST needs a scope that reads forms')
    scope.setErrorHandler((error, request, reply) => refuse(shared, error, request, reply))
    // Inputs are checked where they are used, which sockets share: what stands in the routes is for the documents.
    scope.setValidatorCompiler(() => () => true)
    scope.decorateRequest(callerKey, null)
    const door = new Door(shared)
    for (const side of [
      { prefix: '/v1', onRequest: door.platform, inputOf: ({ platformInput }: Operation) => platformInput },
      { prefix: '/v1/client', onRequest: door.users, inputOf: ({ clientInput }: Operation) => clientInput },
    ]) {
      const { prefix, onRequest, inputOf } = side
      for (const { method, path, operation: name } of addresses) {
        const operation: Operation = operations[name]
        if (operation.platformOnly && prefix !== '/v1') continue
        const url = prefix + path
        const input = inputOf(operation) as object as ObjectSchema
        const handler = (request: FastifyRequest, reply: FastifyReply) =>
          answer(shared, operation, input, request, reply)
        scope.route({
          method,
          url,
          onRequest,
          handler,
          schema: schemaOf(operation, input, method, url),
        })
      }
    }
    scope.get('/v1/health', { schema: { summary: 'Whether the server works' } }, async (_request, reply) => {
      const failure = await shared.store.check()
      return reply
        .code(failure === null ? 200 : 503)
        .type('text/plain')
        .send(failure === null ? 'Health!' : 'failing')
    })
    await scope.register(
      async (inner) => inner.setNotFoundHandler((request, reply) => refuseAddress(shared, request, reply)),
      {
        prefix: '/v1',
      },
    )
  }
}

async function answer(
  shared: GitpleliveShared,
  operation: Operation,
  input: ObjectSchema,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const caller = callerOf(request)
  const key = operation === operations.send_message ? idempotencyKey(request) : {}
  if (operation === operations.send_message && request.isMultipart()) {
    // Before 25 MiB are taken in: whether there is such a channel for the caller.
    await operations.get_channel.perform(shared, caller, request.params)
    const { file, fields } = await readForm(shared, caller, request)
    try {
      const given = Object.fromEntries([...fields, ...entries(key), ...entries(request.params), ['file', file]])
      return await send(reply, sendFile.perform(shared, caller, given))
    } catch (error) {
      await shared.files.remove(caller.app.app.id, file.id)
      throw error
    }
  }
  const given = Object.fromEntries([
    ...entries(bodyOf(request)),
    // Some clients can't send a body with DELETE.
    ...(/^(?:GET|DELETE)$/.test(request.method) ? entries(request.query).map(fromText(input)) : []),
    ...entries(key),
    ...entries(request.params).map(fromText(input)),
  ])
  return send(reply, operation.perform(shared, caller, given))
}

async function send(reply: FastifyReply, outcome: ReturnType<Operation['perform']>): Promise<FastifyReply> {
  const { status, body } = await outcome
  // The tutorial reads every answer as JSON, also those that have nothing to say.
  return reply.code(status).send(body ?? {})
}

/** An array or a text has no fields: what is missing will be said. */
function bodyOf({ body }: FastifyRequest): unknown {
  return Array.isArray(body) ? null : body
}

/** In addresses everything is text. What isn't written as its field wants stays what it is, and is refused. */
function fromText({ properties }: ObjectSchema) {
  return ([name, value]: [string, unknown]): [string, unknown] => {
    const type = Object.hasOwn(properties, name) ? (properties[name] as { type?: unknown }).type : undefined
    if (type === 'integer' && typeof value === 'string' && /^\d{1,15}$/.test(value)) return [name, Number(value)]
    if (type === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true']
    // One of several values that a list may have looks like a single one.
    if (type === 'array' && typeof value === 'string') return [name, [value]]
    return [name, value]
  }
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function idempotencyKey({ headers }: FastifyRequest): object {
  const key = headers['idempotency-key']
  if (key === undefined) return {}
  // Refused here, by the name that its sender knows it by.
  if (key.length === 0 || key.length > maxKeyChars)
    throw new Refusal('parameters', `Idempotency-Key: 1 to ${maxKeyChars} characters`, 'Idempotency-Key')
  return { client_key: key }
}

/** The input in the places where this route takes it from. */
function schemaOf(
  { summary, description, output, status }: Operation,
  input: ObjectSchema,
  method: string,
  url: string,
) {
  const inAddress = new Set(url.split('/').flatMap((part) => (part.startsWith(':') ? [part.slice(1)] : [])))
  const [params, others] = [pick(input, (name) => inAddress.has(name)), pick(input, (name) => !inAddress.has(name))]
  return {
    summary,
    ...(description !== undefined && { description }),
    ...(params && { params }),
    ...(others && { [method === 'GET' ? 'querystring' : 'body']: others }),
    response: { [status ?? 200]: output ?? Type.Object({}, { description: 'Done' }) },
  }
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>
  /** Absent where nothing is. */
  readonly required?: readonly string[]
}

function pick({ properties, required = [] }: ObjectSchema, isWanted: (name: string) => boolean): object | null {
  const wanted = Object.entries(properties).filter(([name]) => isWanted(name))
  if (wanted.length === 0) return null
  return {
    type: 'object',
    required: wanted.map(([name]) => name).filter((name) => required.includes(name)),
    properties: Object.fromEntries(wanted),
  }
}
