import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseUrl } from './base-url.ts'
import type { PintalkShared } from '../pintalk-shared.ts'

/** Null when there is none of the name. Of several, the first: browsers write the one with the longest path first. */
export function readCookie({ headers }: FastifyRequest, name: string): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = pair.split('=')
    if (key.trim() === name) return value.join('=').trim()
  }
  return null
}

/** Out of the page's reach, and not sent along by pages of other sites. */
export function writeCookie(
  shared: PintalkShared,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  name: string,
  value: string,
  lifeMs: number,
): void {
  const isSecure = baseUrl(shared, request).startsWith('https://')
  const attributes = [
    'Path=/',
    `Max-Age=${Math.floor(lifeMs / 1000)}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
  ]
  reply.header('set-cookie', [`${name}=${value}`, ...attributes].join('; '))
}

export function clearCookie(
  shared: PintalkShared,
  exchange: { request: FastifyRequest; reply: FastifyReply },
  name: string,
): void {
  writeCookie(shared, exchange, name, '', 0)
}
