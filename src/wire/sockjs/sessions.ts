import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Close } from '../../core/errors.ts'
import type { Accept } from '../../core/ports.ts'
import { clientAddress } from '../address.ts'
import { refusalStatus, type Admission, type Admit } from '../admission.ts'
import { warnOfBug } from '../bug.ts'
import type { WireCounters } from '../counters.ts'
import type { Outbox } from '../outbox.ts'
import type { CloseFrame } from '../websocket-frame.ts'
import { readBody } from './body.ts'
import { decodeMessages } from './framing.ts'
import { plainText, respond } from './headers.ts'
import type { SessionPath } from './path.ts'
import { Receiver } from './receiver.ts'
import { SockJsSession, type SessionHouse } from './session.ts'
import { transports, type Transport } from './transports.ts'

/** See `SockJsOptions`. */
export interface SessionsOptions {
  readonly accept: Accept
  readonly admission: Admission
  readonly outbox: Outbox
  readonly counters: WireCounters
  readonly closeFrame: (close: Close) => CloseFrame
  readonly admit?: Admit
  readonly allowScriptTransports?: boolean
  readonly heartbeatMs?: number
  readonly disconnectDelayMs?: number
  readonly maxStreamBytes?: number
  readonly maxMessageBytes?: number
  readonly maxBodyBytes?: number
  readonly maxQueuedBytes?: number
  readonly trustedHops?: number
  readonly onBug?: (error: unknown) => void
}

/** The sessions of an endpoint, by the client's names for them, and the requests that belong to them. */
export class SockJsSessions {
  readonly #accept: Accept
  readonly #admission: Admission
  readonly #admit: Admit
  readonly #scripts: boolean
  readonly #maxStreamBytes: number
  readonly #maxMessageBytes: number
  readonly #maxBodyBytes: number
  readonly #trustedHops: number
  readonly #house: SessionHouse
  readonly #sessions = new Map<string, SockJsSession>()
  #draining = false

  constructor(options: SessionsOptions) {
    this.#accept = options.accept
    this.#admission = options.admission
    this.#admit = options.admit ?? (() => null)
    this.#scripts = options.allowScriptTransports ?? false
    this.#maxStreamBytes = options.maxStreamBytes ?? 131_072
    this.#maxMessageBytes = options.maxMessageBytes ?? 131_072
    this.#maxBodyBytes = options.maxBodyBytes ?? 1_048_576
    this.#trustedHops = options.trustedHops ?? 0
    this.#house = {
      outbox: options.outbox,
      counters: options.counters,
      maxQueuedBytes: options.maxQueuedBytes ?? 1_048_576,
      heartbeatMs: options.heartbeatMs ?? 25_000,
      disconnectDelayMs: options.disconnectDelayMs ?? 5_000,
      closeFrame: options.closeFrame,
      onBug: options.onBug ?? warnOfBug,
    }
  }

  get size(): number {
    return this.#sessions.size
  }

  /** The method of an action; null for one that is not offered. */
  method(action: string): 'GET' | 'POST' | null {
    if (action === 'xhr_send') return 'POST'
    if (action === 'jsonp_send') return this.#scripts ? 'POST' : null
    const transport = transports.get(action)
    return transport && (this.#scripts || !transport.script) ? transport.method : null
  }

  /** Answers a request whose method is right. */
  handle(path: SessionPath, request: IncomingMessage, response: ServerResponse): void {
    const transport = transports.get(path.action)
    if (transport) this.#receive(path, transport, request, response)
    else this.#send(path, request, response).catch(this.#house.onBug)
  }

  sweep(now: number): void {
    for (const [name, session] of this.#sessions) {
      if (session.sweep(now)) continue
      this.#sessions.delete(name)
      this.#admission.leave(session.address)
      this.#house.counters.closed++
    }
  }

  drain(close: Close): void {
    this.#draining = true
    for (const session of this.#sessions.values()) session.close(close)
  }

  #receive(path: SessionPath, transport: Transport, request: IncomingMessage, response: ServerResponse): void {
    const callback = transport.script ? callbackOf(path.query) : ''
    if (callback === null) return respond(response, 500, '"callback" parameter required')
    if (transport.script && !/^[a-zA-Z0-9\-_.]{1,128}$/.test(callback)) {
      return respond(response, 500, 'invalid "callback" parameter')
    }
    const known = this.#sessions.get(path.session)
    if (known && foreign(known, request)) return respond(response, 404, 'Not found\n')
    const session = known ?? this.#create(path.session, request, response)
    if (session === null) return
    response.setHeader('Content-Type', transport.contentType)
    // Browsers must not take an answer with a chosen beginning for something else.
    response.setHeader('X-Content-Type-Options', 'nosniff')
    const receiver = new Receiver(response, transport, callback, this.#maxStreamBytes)
    if (known) return known.receive(receiver)
    session.begin(receiver)
    try {
      session.open(this.#accept(session))
    } catch (error) {
      session.bug(error)
    }
  }

  /** Null when it was refused, and the response says so. */
  #create(name: string, request: IncomingMessage, response: ServerResponse): SockJsSession | null {
    const { counters, onBug } = this.#house
    const address = clientAddress(request, this.#trustedHops)
    let status = this.#draining ? 503 : refusalStatus(this.#admit, request, onBug)
    if (status === null && !this.#admission.enter(address)) status = 503
    if (status !== null) {
      counters.refused++
      respond(response, status)
      return null
    }
    const session = new SockJsSession(this.#house, address, request.headers.origin ?? null)
    this.#sessions.set(name, session)
    counters.opened++
    return session
  }

  async #send(path: SessionPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#sessions.get(path.session)
    if (!session || foreign(session, request)) return respond(response, 404, 'Not found\n')
    const body = await readBody(request, this.#maxBodyBytes)
    if (body === null) {
      response.setHeader('Connection', 'close')
      return respond(response, 413)
    }
    const jsonp = path.action === 'jsonp_send'
    const text = body.toString()
    const json = jsonp && isForm(request) ? new URLSearchParams(text).get('d') : text
    if (!json) return respond(response, 500, 'Payload expected.')
    const messages = decodeMessages(json)
    if (messages === null) {
      this.#house.counters.invalid++
      return respond(response, 500, 'Broken JSON encoding.')
    }
    if (messages.some((message) => Buffer.byteLength(message) > this.#maxMessageBytes)) return respond(response, 413)
    for (const message of messages) session.deliver(message)
    // Firefox takes an answer without a type for XML, even an empty one; Konqueror doesn't like empty ones at all.
    response.setHeader('Content-Type', plainText)
    respond(response, jsonp ? 200 : 204, jsonp ? 'ok' : '')
  }
}

/** Browsers don't always tell the origin, so only two different ones count. */
function foreign(session: SockJsSession, request: IncomingMessage): boolean {
  const { origin } = request.headers
  return session.origin !== null && origin !== undefined && origin !== session.origin
}

function callbackOf(query: string): string | null {
  const parameters = new URLSearchParams(query)
  return parameters.get('c') || parameters.get('callback') || null
}

function isForm(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
}
