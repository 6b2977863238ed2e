/** Headers for the application's `/broadcasting/auth`. */
export type AuthHeaders = Readonly<Record<string, string>>

/**
 * What a client may hand to the application. All others are dropped: the application may believe its proxies about
 * `X-Forwarded-For` or who is logged in, and Node about `Content-Length`.
 */
const allowed: ReadonlyMap<string, string> = new Map(
  [
    'Authorization',
    'Cookie',
    'X-CSRF-TOKEN',
    'X-XSRF-TOKEN',
    'X-Auth-Token',
    'X-Api-Key',
    'X-Tenant',
    'Accept-Language',
  ].map((name) => [name.toLowerCase(), name]),
)
const maxValueChars = 8192
/** No line breaks, above all. */
const printable = /^[\t\x20-\x7e\x80-\xff]*$/

/** Picks them out of `auth.headers`. */
export function authHeaders(given: Readonly<Record<string, unknown>> | null): AuthHeaders {
  const headers: Record<string, string> = {}
  for (const [key, value] of Object.entries(given ?? {})) {
    const name = allowed.get(key.toLowerCase())
    if (name === undefined || typeof value !== 'string') continue
    if (value.length <= maxValueChars && printable.test(value)) headers[name] = value
  }
  return headers
}

/**
 * Whether the cookies that a browser sent along are the page's to use. Any page may open a socket to us, and Laravel asks
 * for no CSRF token here: what a page of elsewhere brings are the visitor's cookies and not its own. A request without an
 * Origin comes from no other page.
 */
export function mayUseCookies(
  origins: readonly string[],
  { origin, host }: { readonly origin: string | null; readonly host: string | undefined },
): boolean {
  if (origin === null || origins.includes(origin)) return true
  const url = URL.parse(origin)
  if (!url || !/^https?:$/.test(url.protocol)) return false
  // As when somebody tries the demo app: a page on the same machine.
  if (origins.includes('*') && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)) return true
  return url.host === host
}
