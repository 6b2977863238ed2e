import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Swept } from '../../core/broom.ts'
import type { Close } from '../../core/errors.ts'
import type { Accept } from '../../core/ports.ts'
import { Admission, type Admit } from '../admission.ts'
import { WireCounters } from '../counters.ts'
import type { Farewell } from '../farewell.ts'
import type { Forwarding } from '../forwarding.ts'
import { Outbox } from '../outbox.ts'
import { refuseUpgrade } from '../refusal.ts'
import { rawDialect } from '../websocket-line.ts'
import { WebSocketEndpoint } from '../websocket.ts'
import type { CloseFrame } from '../websocket-frame.ts'
import { sockjsCloseFrame, sockjsDialect } from './dialect.ts'
import { respond, setCachedForAYear, setCors, setNotCached, setSessionCookie } from './headers.ts'
import { greeting, iframePage, infoPage, staticPage, type StaticPage } from './pages.ts'
import { parsePath, type SessionPath } from './path.ts'
import { SockJsSessions } from './sessions.ts'

/** Everything but `prefix` and `accept` has a default, and every default is finite. */
export interface SockJsOptions {
  /** Where it lives: `/ws`. Doesn't end with a slash. */
  readonly prefix: string
  readonly accept: Accept
  readonly admit?: Admit
  /** Default true. When off, /info says so and clients use the HTTP transports. */
  readonly websocket?: boolean
  /** WebSocket sub-protocols, see `WebSocketOptions`. */
  readonly protocols?: readonly string[]
  /** Tells clients that they need the JSESSIONID cookie, and sets it. For load balancers. Default false. */
  readonly cookieNeeded?: boolean
  /** The transports that answer with a script: htmlfile and jsonp. Only browsers without CORS need them. Default false. */
  readonly allowScriptTransports?: boolean
  /** Where the iframe page finds the client's script. Default: PREFIX/sockjs.min.js */
  readonly clientUrl?: string
  /** The client's script, served as PREFIX/sockjs.min.js. Default none: 404. It must be the release that the pages use. */
  readonly clientScript?: string | Uint8Array
  /** Default 25 s. */
  readonly heartbeatMs?: number
  /** How long a session waits for the next request to receive on. Default 5 s. */
  readonly disconnectDelayMs?: number
  /** After so many bytes a streaming response ends and the client asks again. Default 128 KiB. */
  readonly maxStreamBytes?: number
  /** Bytes of one message. Larger ones end a WebSocket with 1009 and are answered with 413 elsewhere. Default 128 KiB. */
  readonly maxMessageBytes?: number
  /** Bytes of one body of xhr_send or jsonp_send: clients put all that waits into one. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** What may wait for one line before it is closed as slow. Default 1 MiB. */
  readonly maxQueuedBytes?: number
  /** See `WebSocketOptions`. Default 30 s. */
  readonly pingAfterMs?: number
  /** Proxies in front of the server, see `clientAddress`. Default 0. */
  readonly trustedHops?: number
  /** With other nodes, which may have a session that is asked for here. Default: there are none. */
  readonly forwarding?: Forwarding
  /** What a client's close event holds. Default: 3000 for `gone`, else the WebSocket's codes. */
  readonly closeFrame?: (close: Close) => CloseFrame
  readonly admission?: Admission
  readonly outbox?: Outbox
  /** See `WebSocketOptions`. */
  readonly farewell?: Farewell
  readonly counters?: WireCounters
  /** Called with what a handler threw. Default: a warning of Node's. */
  readonly onBug?: (error: unknown) => void
}

/**
 * A SockJS service, protocol 0.3.x, all its transports: each WebSocket or session becomes a line for `accept`. Needs
 * nothing but Node's HTTP server: pass its `request` and `upgrade` events on, and `sweep` to the broom.
 *
 * A session on HTTP is named by the client, and whoever knows the name may send to it and take what waits for it. What
 * protects it is that names are random (the client's part: sockjs-client draws 8 of 32 characters from the browser's
 * generator), that no answer tells a name, and that requests of another web origin than the session's find nothing.
 * `Line.id` is our own and unguessable.
 */
export class SockJsEndpoint implements Swept {
  readonly counters: WireCounters
  readonly #prefix: string
  readonly #websocket: boolean
  readonly #cookieNeeded: boolean
  readonly #iframe: StaticPage
  readonly #script: StaticPage | null
  readonly #sessions: SockJsSessions
  /** WebSockets that speak SockJS, and those of PREFIX/websocket, which speak raw messages. */
  readonly #framed: WebSocketEndpoint
  readonly #raw: WebSocketEndpoint

  constructor(options: SockJsOptions) {
    const { prefix, websocket = true, cookieNeeded = false, clientScript } = options
    const closeFrame = options.closeFrame ?? sockjsCloseFrame
    const shared = {
      ...options,
      admission: options.admission ?? new Admission(),
      outbox: options.outbox ?? new Outbox(),
      counters: options.counters ?? new WireCounters(),
    }
    this.counters = shared.counters
    this.#prefix = prefix
    this.#websocket = websocket
    this.#cookieNeeded = cookieNeeded
    this.#iframe = iframePage(options.clientUrl ?? `${prefix}/sockjs.min.js`)
    this.#script = clientScript === undefined ? null : staticPage(clientScript, 'application/javascript; charset=UTF-8')
    this.#sessions = new SockJsSessions({ ...shared, closeFrame })
    this.#framed = new WebSocketEndpoint({ ...shared, dialect: sockjsDialect(closeFrame) })
    this.#raw = new WebSocketEndpoint({ ...shared, dialect: rawDialect() })
  }

  /** Open lines, those that are closing included. */
  get size(): number {
    return this.#sessions.size + this.#framed.size + this.#raw.size
  }

  /** False when the path is not under the prefix; else it is answered. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const path = parsePath(this.#prefix, request.url ?? '')
    if (path === null) return false
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const allow = (...methods: string[]) => {
      if (methods.includes(method!)) return true
      response.setHeader('Allow', methods.join(', '))
      respond(response, 405)
      return false
    }
    switch (path.kind) {
      case 'greeting':
        if (allow('GET')) respond(response, 200, greeting)
        break
      case 'info':
        if (allow('OPTIONS', 'GET')) this.#info(request, response)
        break
      case 'iframe':
        if (allow('GET')) this.#page(request, response, this.#iframe)
        break
      case 'script':
        if (this.#script === null) respond(response, 404, 'Not found\n')
        else if (allow('GET')) this.#page(request, response, this.#script)
        break
      case 'websocket':
        if (!this.#websocket) respond(response, 404, 'Not found\n')
        else if (allow('GET')) notUpgraded(request, response)
        break
      case 'session':
        this.#session(path, request, response)
        break
      case 'unknown':
        respond(response, 404, 'Not found\n')
    }
    return true
  }

  /** False when the path is not under the prefix; else the socket is taken care of. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = parsePath(this.#prefix, request.url ?? '')
    if (path === null) return false
    if (path.kind !== 'websocket' || !this.#websocket) refuseUpgrade(socket, 404)
    else if (request.method !== 'GET') refuseUpgrade(socket, 405, '', { Allow: 'GET' })
    else if (!isWebsocket(request)) refuseUpgrade(socket, 400, onlyWebsocket)
    else if (path.raw) this.#raw.upgrade(request, socket, head)
    else this.#framed.upgrade(request, socket, head)
    return true
  }

  sweep(now: number): void {
    this.#sessions.sweep(now)
    this.#framed.sweep(now)
    this.#raw.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last WebSocket is gone and every receiver has its close. */
  async drain(close: Close): Promise<void> {
    await Promise.all([this.#sessions.drain(close), this.#framed.drain(close), this.#raw.drain(close)])
  }

  #info(request: IncomingMessage, response: ServerResponse): void {
    setCors(request, response)
    if (request.method === 'OPTIONS') return answerPreflight(response, 'GET')
    setNotCached(response)
    respond(response, 200, infoPage(this.#websocket, this.#cookieNeeded), 'application/json; charset=UTF-8')
  }

  #page(request: IncomingMessage, response: ServerResponse, page: StaticPage): void {
    setCachedForAYear(response, Date.now())
    response.setHeader('ETag', page.etag)
    if (request.headers['if-none-match']?.includes(page.etag)) return respond(response, 304)
    respond(response, 200, page.body, page.contentType)
  }

  #session(path: SessionPath, request: IncomingMessage, response: ServerResponse): void {
    const method = this.#sessions.method(path.action)
    if (method === null) return respond(response, 404, 'Not found\n')
    setCors(request, response)
    if (request.method === 'OPTIONS') {
      if (this.#cookieNeeded) setSessionCookie(request, response)
      return answerPreflight(response, method)
    }
    if (request.method !== method) {
      response.setHeader('Allow', `OPTIONS, ${method}`)
      return respond(response, 405)
    }
    setNotCached(response)
    if (this.#cookieNeeded) setSessionCookie(request, response)
    this.#sessions.handle(path, request, response)
  }
}

const onlyWebsocket = 'Can "Upgrade" only to "WebSocket".'

function isWebsocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket'
}

function notUpgraded(request: IncomingMessage, response: ServerResponse): void {
  respond(response, 400, isWebsocket(request) ? '"Connection" must be "Upgrade".' : onlyWebsocket)
}

function answerPreflight(response: ServerResponse, method: string): void {
  setCachedForAYear(response, Date.now())
  response.setHeader('Access-Control-Allow-Methods', `OPTIONS, ${method}`)
  response.setHeader('Access-Control-Max-Age', 31_536_000)
  respond(response, 204)
}
