import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ChatError } from '../core/errors.ts'

/** Lets the routes of a scope read multipart bodies with `request.file()`, one file each, which rejects only with a refusal. */
export async function acceptUploads(scope: FastifyInstance, maxBytes: number): Promise<void> {
  // One byte more than is allowed, so that whoever stores the file sees that it is too large.
  const limits = { fileSize: maxBytes + 1, files: 1, fields: 20, parts: 21, fieldSize: 16_384, headerPairs: 50 }
  await scope.register(multipart, { limits, throwFileSizeLimit: false })
  scope.addHook('preHandler', async (request) => {
    const read = request.file.bind(request)
    request.file = (options) => read(options).catch(refuse)
  })
}

/** The parser's own errors carry no status. All that it can fail on is what the client sent. */
function refuse(error: unknown): never {
  if (error instanceof Error && 'statusCode' in error) throw error
  throw new ChatError('invalid', 'The upload can’t be read.')
}

/**
 * A client that is still sending doesn't look for the answer before it is done or its connection is cut. What it sends
 * is thrown away for a while, so that it can read its refusal; then the connection goes.
 */
export function discardRest({ raw }: FastifyRequest, lingerMs: number): void {
  if (raw.complete || raw.destroyed) return
  const timer = setTimeout(() => raw.destroy(), lingerMs).unref()
  raw.once('close', () => clearTimeout(timer))
  raw.unpipe()
  raw.resume()
}
