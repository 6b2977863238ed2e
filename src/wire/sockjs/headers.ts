import type { IncomingMessage, ServerResponse } from 'node:http'

const yearSeconds = 31_536_000

export function setNotCached(response: ServerResponse): void {
  // no-transform keeps proxies from compressing, and so from holding back, a streaming response.
  response.setHeader('Cache-Control', 'no-store, no-cache, no-transform, must-revalidate, max-age=0')
}

export function setCachedForAYear(response: ServerResponse, now: number): void {
  response.setHeader('Cache-Control', `public, max-age=${yearSeconds}`)
  response.setHeader('Expires', new Date(now + yearSeconds * 1000).toUTCString())
}

/**
 * Every origin may ask, with credentials: the client asks that way whatever the server needs. Nothing here is granted
 * by a cookie; which origins an app allows is its protocol's matter.
 */
export function setCors(request: IncomingMessage, response: ServerResponse): void {
  const { origin, 'access-control-request-headers': headers } = request.headers
  response.setHeader('Access-Control-Allow-Origin', origin ?? '*')
  response.setHeader('Vary', 'Origin')
  if (origin !== undefined) response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (headers) response.setHeader('Access-Control-Allow-Headers', headers)
}

/** Some load balancers keep a client on one server by this cookie alone, and only once they have seen it. */
export function setSessionCookie(request: IncomingMessage, response: ServerResponse): void {
  const value = /(?:^|;\s*)JSESSIONID=([\w.~+/=!-]{1,128})(?:;|$)/.exec(request.headers.cookie ?? '')?.[1]
  response.setHeader('Set-Cookie', `JSESSIONID=${value ?? 'dummy'}; path=/`)
}

export const plainText = 'text/plain; charset=UTF-8'

/** Answers with a body, or with nothing at all. */
export function respond(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array = '',
  type = plainText,
): void {
  response.statusCode = status
  if (body.length > 0) response.setHeader('Content-Type', type)
  // Node adds it by itself, but not for HTTP/1.0, which then can't keep the connection.
  if (status !== 204 && status !== 304) response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}
