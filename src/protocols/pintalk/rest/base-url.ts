import type { FastifyRequest } from 'fastify'
import type { PintalkShared } from '../pintalk-shared.ts'

/** What goes before a path to make it an address for this client. Empty for a client that doesn't say whom it calls. */
export function baseUrl({ publicUrl }: PintalkShared, { protocol, host }: FastifyRequest): string {
  return publicUrl ?? (host ? `${protocol}://${host}` : '')
}
