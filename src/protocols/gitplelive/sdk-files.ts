import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The browser file of the SDK. It is built and kept beside its source, so that a server needs no build. */
const file = fileURLToPath(new URL('../../../sdk/dist/gitple-live-sdk.min.js', import.meta.url))
const manifest = fileURLToPath(new URL('../../../sdk/package.json', import.meta.url))

export interface SdkFile {
  /** `1.0.0` */
  readonly version: string
  /** For `integrity=` in a page's script tag: `sha384-…`. */
  readonly integrity: string
  /** Follows the newest version of its major number, for pages that want what is mended. */
  readonly path: string
  /** Never changes. */
  readonly fixedPath: string
}

const shortMs = 10 * 60 * 1000
const yearMs = 365 * 24 * 3600 * 1000

/** Reads the file anew each time. */
export function sdkFile(): SdkFile & { readonly content: Buffer } {
  const content = readFileSync(file)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const integrity = `sha384-${createHash('sha384').update(content).digest('base64')}`
  const named = (of: string): string => `/sdk/gitple-live-sdk-v${of}.min.js`
  return { version, integrity, content, path: named(version.split('.', 1)[0] ?? ''), fixedPath: named(version) }
}

/** `GET /sdk/gitple-live-sdk-v1.min.js` and the same with the whole version; `GET /sdk` says which there are. */
export function sdkFiles() {
  const { content, ...about } = sdkFile()
  const zipped = gzipSync(content, { level: 9 })
  const etag = `"${about.integrity}"`
  const answer = (request: FastifyRequest, reply: FastifyReply, cacheControl: string): FastifyReply => {
    const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    void reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': cacheControl,
      // Pages that are isolated from other origins may load it too.
      'cross-origin-resource-policy': 'cross-origin',
      etag,
      vary: 'accept-encoding',
    })
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
    if (isZipped) void reply.header('content-encoding', 'gzip')
    return reply.send(isZipped ? zipped : content)
  }
  return {
    prefixes: ['/sdk'] as const,
    cors: { origins: ['*'] },
    docs: docsOf(about),
    routes: (scope: FastifyInstance): void => {
      const newest = `public, max-age=${shortMs / 1000}, must-revalidate`
      const fixed = `public, max-age=${yearMs / 1000}, immutable`
      scope.get(about.path, (request, reply) => answer(request, reply, newest))
      scope.get(about.fixedPath, (request, reply) => answer(request, reply, fixed))
      scope.get('/sdk', (_request, reply) => reply.send(about))
    },
  }
}

/** Weak and strong alike: a proxy that zips makes a tag weak. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

function docsOf({ path, fixedPath, ...about }: SdkFile) {
  const script = {
    type: 'string',
    contentMediaType: 'text/javascript',
    description: 'Sets the global GitpleLive',
    examples: ['var GitpleLive=…'],
  }
  const words = { type: 'string' }
  return {
    tag: 'sdk',
    description: 'The SDK for browsers. In Node it is a package.',
    routes: {
      [`GET ${path}`]: { summary: 'The newest SDK of its major version', answers: { 200: script, 304: null } },
      [`GET ${fixedPath}`]: { summary: 'The SDK of this very version', answers: { 200: script, 304: null } },
      'GET /sdk': {
        summary: 'Which SDK there is, and what goes into `integrity` of a script tag',
        answers: {
          200: {
            title: 'SdkFile',
            type: 'object',
            required: ['version', 'integrity', 'path', 'fixedPath'],
            properties: { version: words, integrity: words, path: words, fixedPath: words },
            examples: [{ ...about, path, fixedPath }],
          },
        },
      },
    },
  }
}
