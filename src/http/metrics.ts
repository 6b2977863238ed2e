import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ChatError } from '../core/errors.ts'
import { serverDocs } from './server-docs.ts'
import type { Mount } from './mount.ts'

export interface MetricsOptions {
  /** What a scraper has to show, as `Authorization: Bearer …`. Null: only this machine may ask. */
  readonly token: string | null
  /** Somebody stands in front of the server, perhaps on this machine: strangers come from here too. */
  readonly behindProxy: boolean
  /** In Prometheus' text format. */
  readonly text: () => Promise<string>
}

/** `GET /metrics`, for Prometheus. */
export function metrics({ token, behindProxy, text }: MetricsOptions): Mount {
  const expected = token === null ? null : digest(token)
  const mayAsk = (request: IncomingMessage): boolean =>
    expected === null ? !behindProxy && isFromHere(request) : timingSafeEqual(digest(bearerOf(request)), expected)
  return {
    prefixes: ['/metrics'],
    docs: serverDocs,
    routes: (scope) => {
      scope.get('/metrics', async ({ raw }, reply) => {
        if (!mayAsk(raw)) throw expected === null ? notFromHere() : wrongToken()
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await text())
      })
    },
  }
}

const wrongToken = () => new ChatError('unauthorized', 'Needs the bearer token that PARLANCE_METRICS_TOKEN holds.')
const notFromHere = () => new ChatError('forbidden', 'Without PARLANCE_METRICS_TOKEN only this machine may ask.')

/** Of equal length whatever was sent, so that the comparison tells nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}

/** What proxies add. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/**
 * The host that was asked for counts too: a page whose name was pointed to this machine (DNS rebinding) names another, and so
 * do most proxies.
 */
function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const host = headers.host?.replace(/:\d+$/, '') ?? ''
  return (
    isLoopback(socket.remoteAddress ?? '') &&
    (host === 'localhost' || isLoopback(host.replace(/^\[(.*)\]$/, '$1'))) &&
    forwarded.every((name) => headers[name] === undefined)
  )
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address)
}
