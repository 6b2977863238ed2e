import type { FastifyInstance } from 'fastify'
import type { MountDocs } from './route-docs.ts'
import type { Failure } from './failure.ts'

/** A part of the address space, and who answers there: a protocol's REST, the files, the health check. */
export interface Mount {
  /** The first segments of its addresses, such as `/api/chat`. The longest one that fits decides. */
  readonly prefixes: readonly string[]
  /** The body of a refusal. Without it `{error, message, field, id}`. */
  readonly errorBody?: (failure: Failure) => unknown
  readonly cors?: CorsRule
  /** Uploads are read with `request.file()`; without this multipart bodies are refused. */
  readonly uploads?: { readonly maxBytes: number }
  /** For the OpenAPI document. */
  readonly docs?: MountDocs
  /** Adds the routes, with their full addresses. */
  readonly routes: (scope: FastifyInstance) => void | Promise<void>
}

/** Which pages of other origins may call a mount. */
export interface CorsRule {
  /** `https://shop.example`; `*` for any. */
  readonly origins: readonly string[]
  /** Cookies. With the origin `*` every page of the web could then act for a visitor, so the two exclude each other. */
  readonly credentials?: boolean
  readonly exposedHeaders?: readonly string[]
}

export function mountAt(mounts: readonly Mount[], url: string): Mount | null {
  const path = url.split('?', 1)[0] ?? ''
  let best: Mount | null = null
  let bestLength = -1
  for (const mount of mounts) {
    for (const prefix of mount.prefixes) {
      const fits = path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
      if (fits && prefix.length > bestLength) [best, bestLength] = [mount, prefix.length]
    }
  }
  return best
}

export function errorBody(mount: Mount | null, failure: Failure): unknown {
  if (mount?.errorBody) return mount.errorBody(failure)
  const { name, status: _status, ...rest } = failure
  return { error: name, ...rest }
}
