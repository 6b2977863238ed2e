import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Close } from '../../core/errors.ts'
import type { NodeCard } from '../../core/nodes.ts'
import type { Accept } from '../../core/ports.ts'
import { clientAddress } from '../address.ts'
import { refusalStatus, type Admission, type Admit } from '../admission.ts'
import { warnOfBug } from '../bug.ts'
import type { WireCounters } from '../counters.ts'
import { Farewell } from '../farewell.ts'
import { misdirected, type Forwarding, type PassedOn } from '../forwarding.ts'
import type { Outbox } from '../outbox.ts'
import type { CloseFrame } from '../websocket-frame.ts'
import { readBody } from './body.ts'
import { SessionDirectory } from './directory.ts'
import { decodeMessages } from './framing.ts'
import { plainText, respond } from './headers.ts'
import type { SessionPath } from './path.ts'
import { Receiver } from './receiver.ts'
import { SockJsSession, type SessionHouse } from './session.ts'
import { transports, type Transport } from './transports.ts'

/** How long a node may take to answer what is sent to a session. */
const sendPatienceMs = 10_000

const notFound = 'Not found\n'

interface Elsewhere {
  readonly forwarding: Forwarding
  readonly directory: SessionDirectory
}

interface Asked {
  readonly path: SessionPath
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** See `SockJsOptions`. */
export interface SessionsOptions {
  readonly prefix: string
  readonly accept: Accept
  readonly admission: Admission
  readonly outbox: Outbox
  readonly farewell?: Farewell
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
  readonly forwarding?: Forwarding
  readonly onBug?: (error: unknown) => void
}

/** The sessions of an endpoint, by the client's names for them, and the requests that belong to them. */
export class SockJsSessions {
  readonly #accept: Accept
  readonly #admission: Admission
  readonly #farewell: Farewell
  readonly #admit: Admit
  readonly #scripts: boolean
  readonly #maxStreamBytes: number
  readonly #maxMessageBytes: number
  readonly #maxBodyBytes: number
  readonly #trustedHops: number
  readonly #house: SessionHouse
  /** Null on a node that serves alone. */
  readonly #elsewhere: Elsewhere | null
  readonly #sessions = new Map<string, SockJsSession>()
  #draining = false

  constructor(options: SessionsOptions) {
    this.#accept = options.accept
    this.#admission = options.admission
    this.#farewell = options.farewell ?? new Farewell()
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
    const { forwarding = null } = options
    this.#elsewhere = forwarding && { forwarding, directory: new SessionDirectory(forwarding, options.prefix) }
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
    const asked = { path, request, response }
    if (this.#elsewhere === null) return this.#answer(asked)
    const { forwarding, directory } = this.#elsewhere
    const arrival = forwarding.arrivalOf(request)
    if (arrival === 'forged') return respond(response, misdirected)
    if (arrival !== 'client') return this.#arrived(asked, arrival)
    if (this.#sessions.has(path.session)) return this.#answer(asked)
    const node = directory.known(path.session)
    if (node !== null) return this.#pass(asked, node)
    const transport = transports.get(path.action)
    const seeking = transport ? this.#claim(asked, transport, directory) : this.#find(asked, directory)
    seeking.catch(this.#house.onBug)
  }

  sweep(now: number): void {
    for (const [name, session] of this.#sessions) {
      if (session.sweep(now)) continue
      this.#sessions.delete(name)
      this.#elsewhere?.directory.closed(name)
      this.#admission.leave(session.address)
      this.#house.counters.closed++
    }
  }

  /** Resolves when all were told. */
  drain(close: Close): Promise<void> {
    this.#draining = true
    return this.#farewell.tellAll(this.#sessions.values(), (session) => session.close(close))
  }

  /** Here, whether the session is known or not. */
  #answer({ path, request, response }: Asked): void {
    const transport = transports.get(path.action)
    if (!transport) return void this.#send(path, request, response).catch(this.#house.onBug)
    const callback = callbackFor(transport, path, response)
    if (callback === null) return
    const session = this.#sessions.get(path.session)
    if (session && foreign(session, request)) return respond(response, 404, notFound)
    if (session) return session.receive(this.#receiver(transport, response, callback))
    const address = this.#enter(request, response)
    if (address !== null) this.#open({ path, request, response }, address, transport, callback)
  }

  /** Passed on by another node, which was sure that the session is here. */
  #arrived(asked: Asked, by: PassedOn): void {
    const session = this.#sessions.get(asked.path.session)
    if (!session) return respond(asked.response, 404, notFound)
    this.#answer(asked)
    if (!asked.response.writableEnded) by.watch(asked.response, () => session.letGo(asked.response))
  }

  /** Sent to a session that may have been opened on another node just now. */
  async #find(asked: Asked, directory: SessionDirectory): Promise<void> {
    let node: NodeCard | null
    try {
      node = await directory.find(asked.path.session)
    } catch {
      return respond(asked.response, 503)
    }
    if (node === null) this.#answer(asked)
    else this.#pass(asked, node)
  }

  /** Opens a session, unless it has been opened on another node just now. */
  async #claim(asked: Asked, transport: Transport, directory: SessionDirectory): Promise<void> {
    const { path, request, response } = asked
    const callback = callbackFor(transport, path, response)
    const address = callback === null ? null : this.#enter(request, response)
    if (callback === null || address === null) return
    let node: NodeCard | null
    try {
      node = await directory.claim(path.session)
    } catch {
      this.#admission.leave(address)
      return respond(response, 503)
    }
    if (response.destroyed) return this.#admission.leave(address)
    const isOurs = node === null && !this.#draining && !this.#sessions.has(path.session)
    if (isOurs) return this.#open(asked, address, transport, callback)
    this.#admission.leave(address)
    if (node === null) this.#answer(asked)
    else this.#pass(asked, node)
  }

  #pass({ path, request, response }: Asked, node: NodeCard): void {
    this.#elsewhere?.forwarding.pass(request, response, {
      node,
      patienceMs: transports.has(path.action) ? this.#house.heartbeatMs * 2 + sendPatienceMs : sendPatienceMs,
      missing: () => respond(response, 404, notFound),
    })
  }

  #open({ path, request, response }: Asked, address: string, transport: Transport, callback: string): void {
    const session = new SockJsSession(this.#house, address, request.headers.origin ?? null)
    this.#sessions.set(path.session, session)
    this.#elsewhere?.directory.opened(path.session)
    this.#house.counters.opened++
    session.begin(this.#receiver(transport, response, callback))
    try {
      session.open(this.#accept(session))
    } catch (error) {
      session.bug(error)
    }
  }

  #receiver(transport: Transport, response: ServerResponse, callback: string): Receiver {
    response.setHeader('Content-Type', transport.contentType)
    // Browsers must not take an answer with a chosen beginning for something else.
    response.setHeader('X-Content-Type-Options', 'nosniff')
    return new Receiver(response, transport, callback, this.#maxStreamBytes)
  }

  /** The address of one that may open a session. Null when it was refused, and the response says so. */
  #enter(request: IncomingMessage, response: ServerResponse): string | null {
    const { counters, onBug } = this.#house
    const address = clientAddress(request, this.#trustedHops)
    let status = this.#draining ? 503 : refusalStatus(this.#admit, request, onBug)
    if (status === null && !this.#admission.enter(address)) status = 503
    if (status === null) return address
    counters.refused++
    respond(response, status)
    return null
  }

  async #send(path: SessionPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#sessions.get(path.session)
    if (!session || foreign(session, request)) return respond(response, 404, notFound)
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

/** Null when there is none that may be used, and the response says so. */
function callbackFor(transport: Transport, path: SessionPath, response: ServerResponse): string | null {
  if (!transport.script) return ''
  const callback = callbackOf(path.query)
  if (callback === null) respond(response, 500, '"callback" parameter required')
  else if (!/^[a-zA-Z0-9\-_.]{1,128}$/.test(callback)) respond(response, 500, 'invalid "callback" parameter')
  else return callback
  return null
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
