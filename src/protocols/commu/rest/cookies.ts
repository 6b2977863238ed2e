import type { FastifyReply, FastifyRequest } from 'fastify'

const refreshCookie = 'refreshToken'
const path = '/api/user/auth/refresh'

/** Null when there is none. Of several, the first: browsers write the one with the longest path first. */
export function readRefreshCookie({ headers }: FastifyRequest): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = pair.split('=')
    if (key.trim() === refreshCookie) return value.join('=').trim()
  }
  return null
}

/** Out of the page's reach, sent to one address only, and not along with what pages of other sites ask. */
export function writeRefreshCookie(
  publicUrl: string | null,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  value: string,
  lifeMs: number,
): void {
  const isSecure = publicUrl === null ? request.protocol === 'https' : publicUrl.startsWith('https://')
  const attributes = [
    `Path=${path}`,
    `Max-Age=${Math.floor(lifeMs / 1000)}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
  ]
  reply.header('set-cookie', [`${refreshCookie}=${value}`, ...attributes].join('; '))
}
