import { createHash } from 'node:crypto'
import { isSignature, type Credentials } from './signatures.ts'

/** A request of the HTTP API as it came. */
export interface SignedRequest {
  readonly method: string
  /** Without the query, as it came. */
  readonly path: string
  /** See `readQuery`. */
  readonly query: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

export const requestWindowMs = 600_000

/** The parameters of a query; null when one is there twice or can't be decoded. */
export function readQuery(url: string): ReadonlyMap<string, string> | null {
  const start = url.indexOf('?')
  const query = new Map<string, string>()
  if (start < 0) return query
  for (const pair of url.slice(start + 1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = parameter(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : parameter(pair.slice(equals + 1))
    if (name === null || value === null || query.has(name)) return null
    query.set(name, value)
  }
  return query
}

/**
 * Null when the application signed the request, else why it is refused, as text. The signature covers the method, the
 * path and all other parameters, sorted by name, with their values as they were before they were put into the
 * address; the body by its MD5, over the bytes that came.
 */
export function refuseRequest(
  { key, secret }: Credentials,
  { method, path, query, body }: SignedRequest,
  now: number,
): string | null {
  if (query.get('auth_key') !== key) return 'Invalid auth_key'
  if (query.get('auth_version') !== '1.0') return 'Invalid version number'
  const timestamp = query.get('auth_timestamp') ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return 'Invalid auth_timestamp'
  if (Math.abs(Number(timestamp) * 1000 - now) > requestWindowMs) {
    const seconds = requestWindowMs / 1000
    return `Timestamp expired: Given timestamp (${timestamp}) not within ${seconds}s of server time (${Math.floor(now / 1000)})`
  }
  const bodyMd5 = query.get('body_md5')
  const hasBody = body.byteLength > 0
  if ((hasBody || bodyMd5 !== undefined) && bodyMd5 !== createHash('md5').update(body).digest('hex')) {
    return 'Invalid body_md5'
  }
  const parameters = [...query]
    .filter(([name]) => name !== 'auth_signature')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const signature = query.get('auth_signature') ?? ''
  // Some libraries sign the path before they encode it.
  const paths = path.includes('%') ? [path, decoded(path) ?? path] : [path]
  const isSigned = paths.some((one) => isSignature(secret, `${method}\n${one}\n${parameters}`, signature))
  return isSigned ? null : 'Invalid signature'
}

/** As forms are encoded. */
function parameter(text: string): string | null {
  return decoded(text.replaceAll('+', ' '))
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
