import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws'
import type { Swept } from '../core/broom.ts'
import type { Close } from '../core/errors.ts'
import type { Accept } from '../core/ports.ts'
import { clientAddress } from './address.ts'
import { Admission, refusalStatus, type Admit } from './admission.ts'
import { warnOfBug } from './bug.ts'
import { WireCounters } from './counters.ts'
import { Farewell } from './farewell.ts'
import { Outbox } from './outbox.ts'
import { refuseUpgrade } from './refusal.ts'
import { WebSocketLine, rawDialect, type Dialect, type WebSocketHouse } from './websocket-line.ts'

/** Everything but `accept` has a finite default. */
export interface WebSocketOptions {
  readonly accept: Accept
  /** Default: raw text messages, closed with the registered codes. `rawDialect(closeFrame)` for a protocol's own codes. */
  readonly dialect?: Dialect
  readonly admit?: Admit
  /** Sub-protocols, the preferred first. The first that the client offers is chosen; a client that offers none is welcome. */
  readonly protocols?: readonly string[]
  /** Proxies in front of the server, see `clientAddress`. Default 0. */
  readonly trustedHops?: number
  /** Bytes of one message. Larger ones are closed with 1009. Default 128 KiB. */
  readonly maxMessageBytes?: number
  /** What may wait for one line before it is closed as slow. Default 1 MiB. */
  readonly maxQueuedBytes?: number
  /** A line that was silent so long is pinged, after twice as long it is given up. Default 30 s. */
  readonly pingAfterMs?: number
  /** For dialects with a heart-beat. Default 25 s. */
  readonly heartbeatMs?: number
  /** How long the other end may take to answer a close. Default 5 s. */
  readonly closeTimeoutMs?: number
  readonly admission?: Admission
  readonly outbox?: Outbox
  /** How those who are connected are told when it drains. Default: all at once. */
  readonly farewell?: Farewell
  readonly counters?: WireCounters
  /** Called with what a handler threw. Default: a warning of Node's. */
  readonly onBug?: (error: unknown) => void
}

/**
 * The `ws` object of a connection, which tells its line what happens. There are no listeners: the table that an
 * EventEmitter keeps for five of them is 400 bytes a connection.
 */
class LinedWebSocket extends WebSocket {
  line: WebSocketLine | null = null

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { line } = this
    if (line === null) return false
    if (event === 'message') line.receive(args[0] as Buffer, args[1] as boolean)
    else if (event === 'ping') line.pong(args[0] as Buffer)
    else if (event === 'pong') line.heard()
    else if (event === 'error') line.broken()
    else if (event === 'close') line.ended(args[0] as number)
    return true
  }
}

/**
 * Turns upgrade requests into lines. Give `upgrade` the arguments of the HTTP server's event, `sweep` to the broom.
 * Text and valid UTF-8 in binary frames are messages; other binary frames close the line with 1003.
 */
export class WebSocketEndpoint implements Swept {
  readonly counters: WireCounters
  readonly #accept: Accept
  readonly #admit: Admit
  readonly #trustedHops: number
  readonly #admission: Admission
  readonly #farewell: Farewell
  readonly #house: WebSocketHouse
  readonly #server: WebSocketServer
  readonly #lines = new Set<WebSocketLine>()
  #draining: PromiseWithResolvers<void> | null = null
  /** Clients mostly come from one site: the string is kept once. */
  #lastOrigin: string | null = null

  constructor(options: WebSocketOptions) {
    this.counters = options.counters ?? new WireCounters()
    this.#accept = options.accept
    this.#admit = options.admit ?? (() => null)
    this.#trustedHops = options.trustedHops ?? 0
    this.#admission = options.admission ?? new Admission()
    this.#farewell = options.farewell ?? new Farewell()
    this.#house = {
      dialect: options.dialect ?? rawDialect(),
      outbox: options.outbox ?? new Outbox(),
      counters: this.counters,
      maxQueuedBytes: options.maxQueuedBytes ?? 1_048_576,
      pingAfterMs: options.pingAfterMs ?? 30_000,
      heartbeatMs: options.heartbeatMs ?? 25_000,
      onBug: options.onBug ?? warnOfBug,
      onEnd: (line) => this.#ended(line),
    }
    const protocols = options.protocols ?? []
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: LinedWebSocket,
      clientTracking: false,
      // Costs about 64 KiB and a thread pool job per connection and breaks the claim by which we write frames ourselves.
      perMessageDeflate: false,
      // Our own pongs, see WebSocketLine.pong; this one also costs a closure per connection.
      autoPong: false,
      maxPayload: options.maxMessageBytes ?? 131_072,
      // A message sent a byte at a time costs 100 times its size while it is incomplete; 1,024 pieces are plenty for 128 KiB.
      maxBufferedChunks: 1024,
      maxFragments: 1024,
      closeTimeout: options.closeTimeoutMs ?? 5_000,
      handleProtocols: (offered: Set<string>) => protocols.find((protocol) => offered.has(protocol)) ?? false,
    } as ServerOptions)
  }

  /** Lines, closing ones included. */
  get size(): number {
    return this.#lines.size
  }

  /** `accept` is for this line alone, for those who have looked at the request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accept: Accept = this.#accept): void {
    const status = this.#draining ? 503 : refusalStatus(this.#admit, request, this.#house.onBug)
    if (status !== null) return this.#refuse(socket, status)
    const address = clientAddress(request, this.#trustedHops)
    if (!this.#admission.enter(address)) return this.#refuse(socket, 503)
    let ws: LinedWebSocket | null = null
    // Calls back at once, or has refused and never does.
    this.#server.handleUpgrade(request, socket, head, (opened) => (ws = opened as LinedWebSocket))
    if (ws) return this.#open(ws, socket, address, this.#origin(request), accept)
    this.counters.refused++
    this.#admission.leave(address)
  }

  sweep(now: number): void {
    for (const line of this.#lines) line.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last is gone. */
  drain(close: Close): Promise<void> {
    if (this.#draining) return this.#draining.promise
    this.#draining = Promise.withResolvers()
    void this.#farewell.tellAll(this.#lines, (line) => line.close(close))
    if (this.#lines.size === 0) this.#draining.resolve()
    return this.#draining.promise
  }

  #refuse(socket: Duplex, status: number): void {
    this.counters.refused++
    refuseUpgrade(socket, status)
  }

  #origin(request: IncomingMessage): string | null {
    const origin = request.headers.origin ?? null
    if (origin !== this.#lastOrigin) this.#lastOrigin = origin
    return this.#lastOrigin
  }

  #open(ws: LinedWebSocket, socket: Duplex, address: string, origin: string | null, accept: Accept): void {
    const line = new WebSocketLine(this.#house, ws, socket, address, origin)
    ws.line = line
    this.counters.opened++
    this.#lines.add(line)
    const { greeting } = this.#house.dialect
    if (greeting) line.push(greeting)
    try {
      line.open(accept(line))
    } catch (error) {
      line.bug(error)
    }
  }

  #ended(line: WebSocketLine): void {
    this.#lines.delete(line)
    this.#admission.leave(line.address)
    if (this.#lines.size === 0) this.#draining?.resolve()
  }
}
