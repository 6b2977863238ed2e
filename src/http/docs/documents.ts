import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Mount } from '../mount.ts'
import { asyncApi } from './asyncapi.ts'
import { openApi, type Served } from './openapi.ts'
import { contentPolicy, page } from './page.ts'
import { serverDocs } from '../server-docs.ts'
import type { ServedRoutes } from './served-routes.ts'
import type { SocketDocs } from './socket-docs.ts'

export interface DocumentsOptions {
  readonly title: string
  readonly version: string
  /** Where the server is reached from outside; null where nobody said. */
  readonly publicUrl: string | null
  /** Where it listens. Asked when it does. */
  readonly url: () => string
  readonly routes: ServedRoutes
  readonly sockets: readonly SocketDocs[]
}

const restWords = 'The REST of the chat server. Its sockets are described in /asyncapi.json.'
const socketWords = 'The sockets of the chat server. Its REST is described in /openapi.json.'

/**
 * `GET /openapi.json` and `/asyncapi.json`: what this server serves, and `/docs`: both as a page. Written once, when they
 * are first asked for. They are about routes alone, so that they tell nothing of an app.
 */
export function documents({ title, version, publicUrl, url, routes, sockets }: DocumentsOptions): Mount {
  const described = (description: string, at: string): Served => ({ title, version, description, url: at })
  const rest = kept(() => openApi(routes.all, described(restWords, publicUrl ?? '/')))
  const wires = kept(() => asyncApi(sockets, described(socketWords, publicUrl ?? url())))
  const shelf: Readonly<Record<string, () => Sheet>> = {
    '/openapi.json': kept(() => sheet('application/json; charset=utf-8', JSON.stringify(rest()))),
    '/asyncapi.json': kept(() => sheet('application/json; charset=utf-8', JSON.stringify(wires()))),
    '/docs': kept(() => sheet('text/html; charset=utf-8', page(rest(), wires()))),
  }
  return {
    prefixes: Object.keys(shelf),
    cors: { origins: ['*'] },
    docs: serverDocs,
    routes: (scope) => {
      for (const [path, take] of Object.entries(shelf)) {
        scope.get(path, (request, reply) => answer(take(), request, reply))
      }
    },
  }
}

interface Sheet {
  readonly mediaType: string
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

function sheet(mediaType: string, text: string): Sheet {
  const plain = Buffer.from(text)
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { mediaType, etag, plain, zipped: gzipSync(plain) }
}

function answer({ mediaType, etag, plain, zipped }: Sheet, { headers }: FastifyRequest, reply: FastifyReply): unknown {
  // On a 304 too: browsers put its headers in place of those they kept.
  reply.headers({ etag, 'cache-control': 'public, max-age=300', vary: 'Accept-Encoding' })
  reply.header('content-security-policy', contentPolicy)
  if (headers['if-none-match']?.split(',').some((one) => one.trim() === etag)) return reply.code(304).send()
  reply.type(mediaType)
  if (!/\bgzip\b(?!\s*;\s*q=0(?![.\d]*[1-9]))/.test(String(headers['accept-encoding'] ?? ''))) return reply.send(plain)
  return reply.header('content-encoding', 'gzip').send(zipped)
}

function kept<T extends object>(make: () => T): () => T {
  let made: T | null = null
  return () => (made ??= make())
}
