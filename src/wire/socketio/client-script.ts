import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

/** The browser client, which pages load from the server they talk to: the builds of the official server's own package. */
const names: ReadonlySet<string> = new Set(['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js'])
const cache = new Map<string, Script>()

interface Script {
  readonly body: Buffer
  readonly etag: string
}

/** What answers a request for a file of the client; null where there is none of this name. */
export function clientScript(name: string): ((request: IncomingMessage, response: ServerResponse) => void) | null {
  return names.has(name) ? (request, response) => serve(scriptOf(name), request, response) : null
}

function serve({ body, etag }: Script, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Cache-Control', 'public, max-age=3600')
  response.setHeader('ETag', etag)
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { Allow: 'GET' }).end()
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
  response.writeHead(200, { 'Content-Type': 'application/javascript; charset=UTF-8', 'Content-Length': body.length })
  response.end(body)
}

function scriptOf(name: string): Script {
  let script = cache.get(name)
  if (!script) {
    const body = readFileSync(fileURLToPath(new URL(`./client-dist/${name}`, import.meta.resolve('socket.io'))))
    script = { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
    cache.set(name, script)
  }
  return script
}
