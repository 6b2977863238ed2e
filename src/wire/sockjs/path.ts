export interface SessionPath {
  readonly kind: 'session'
  /** The client's name for the session. */
  readonly session: string
  readonly action: string
  readonly query: string
}

export type SockJsPath =
  | { readonly kind: 'greeting' | 'info' | 'iframe' | 'script' | 'unknown' }
  | { readonly kind: 'websocket'; readonly raw: boolean }
  | SessionPath

// The server id is for load balancers alone. Neither id may be empty or hold a dot.
const session = /^\/[^/.]{1,256}\/([^/.]{1,256})\/([a-z_]{1,16})$/

/** What a request under a prefix is for; null for a path that is not under it. */
export function parsePath(prefix: string, url: string): SockJsPath | null {
  if (!url.startsWith(prefix)) return null
  const mark = url.indexOf('?')
  const path = url.slice(prefix.length, mark < 0 ? undefined : mark)
  if (path === '' || path === '/') return { kind: 'greeting' }
  if (!path.startsWith('/')) return null
  if (path === '/info') return { kind: 'info' }
  if (path === '/websocket') return { kind: 'websocket', raw: true }
  if (path === '/sockjs.min.js') return { kind: 'script' }
  if (/^\/iframe[^/]*\.html$/.test(path)) return { kind: 'iframe' }
  const match = session.exec(path)
  if (match === null) return { kind: 'unknown' }
  const action = match[2]!
  if (action === 'websocket') return { kind: 'websocket', raw: false }
  // Copied, because a part of a string keeps the whole URL in memory.
  const name = Buffer.from(match[1]!).toString()
  return { kind: 'session', session: name, action, query: mark < 0 ? '' : url.slice(mark + 1) }
}
