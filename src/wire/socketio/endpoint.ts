import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'engine.io'
import type { Swept } from '../../core/broom.ts'
import type { RateLimit } from '../../core/limits.ts'
import { addressBlock, clientAddress } from '../address.ts'
import { Admission } from '../admission.ts'
import { warnOfBug } from '../bug.ts'
import { WireCounters } from '../counters.ts'
import { Farewell } from '../farewell.ts'
import { misdirected, type Arrival, type Destination, type Forwarding, type PassedOn } from '../forwarding.ts'
import { Outbox } from '../outbox.ts'
import { refuseUpgrade } from '../refusal.ts'
import { SocketIoClient, type ClientHouse, type Opening } from './client.ts'
import { clientScript } from './client-script.ts'
import { Unframer } from './framing.ts'
import { answer, answerPreflight, setCors } from './http.ts'
import { Namespaces } from './namespaces.ts'
import { NodeTags } from './node-tags.ts'
import type { Fields } from './packet.ts'
import type { NamespaceService } from './service.ts'
import { Engine } from './transport.ts'

/** Everything has a default, and every default is finite. */
export interface SocketIoOptions {
  /** Where it lives, with a slash at the end. Default `/socket.io/`. */
  readonly path?: string
  /** Proxies in front of the server, see `clientAddress`. Default 0. */
  readonly trustedHops?: number
  /** Bytes of one WebSocket message, or of one POST of a client that polls. Clients are told. Default 128 KiB. */
  readonly maxMessageBytes?: number
  /** What may wait for one client before it is closed as slow. Default 1 MiB. */
  readonly maxQueuedBytes?: number
  /** How often a client is pinged, or pings. Default 25 s. */
  readonly pingAfterMs?: number
  /** How long it may take to answer. Default 20 s. */
  readonly pingTimeoutMs?: number
  /** How long a client may be in no namespace. Default 10 s. */
  readonly connectTimeoutMs?: number
  /** Namespaces of one client, asked for or entered. Default 16. */
  readonly maxNamespaces?: number
  /** Packets of one client, pings included. Default no limit. */
  readonly packets?: RateLimit
  /** New connections of one address. Default no limit. */
  readonly dials?: RateLimit
  /** With other nodes, which may have a connection that is asked for here. Default: there are none. */
  readonly forwarding?: Forwarding
  readonly admission?: Admission
  readonly outbox?: Outbox
  /** How those who are connected are told when it drains. Default: all at once. */
  readonly farewell?: Farewell
  readonly counters?: WireCounters
  /** Called with what a handler threw. Default: a warning of Node's. */
  readonly onBug?: (error: unknown) => void
}

interface Elsewhere {
  readonly forwarding: Forwarding
  readonly tags: NodeTags
  /** Until then either side must have pinged. */
  readonly patienceMs: number
}

type OpeningRequest = IncomingMessage & { readonly _query: Fields }

/**
 * Socket.IO for clients of the versions 2, 3 and 4, polling, WebSocket and the change from one to the other. Handshakes,
 * polling, upgrades and heart-beats are Engine.IO's, the official engine; the packets of Socket.IO are ours, because the
 * official server keeps a dozen objects a client and bounds neither what a client asks for at once nor what waits for it.
 *
 * Namespaces belong to the services; what no service owns is refused as `Invalid namespace` and leaves
 * nothing behind. Not taken: binary packets, JSONP, WebTransport.
 */
export class SocketIoEndpoint implements Swept {
  readonly counters: WireCounters
  readonly #path: string
  readonly #trustedHops: number
  readonly #admission: Admission
  readonly #farewell: Farewell
  readonly #dials: RateLimit | null
  readonly #services: NamespaceService[] = []
  /** All that the services ask for: the rest of an opening request is forgotten. */
  readonly #headers = new Set<string>()
  readonly #parameters = new Set<string>()
  readonly #house: ClientHouse
  readonly #engine: Engine
  /** Null on a node that serves alone. */
  readonly #elsewhere: Elsewhere | null
  readonly #clients = new Set<SocketIoClient>()
  #draining: PromiseWithResolvers<void> | null = null
  /** Clients mostly come from one site: the string is kept once. */
  #lastOrigin: string | null = null

  constructor(options: SocketIoOptions = {}) {
    this.counters = options.counters ?? new WireCounters()
    this.#path = options.path ?? '/socket.io/'
    this.#trustedHops = options.trustedHops ?? 0
    this.#admission = options.admission ?? new Admission()
    this.#farewell = options.farewell ?? new Farewell()
    this.#dials = options.dials ?? null
    const transports = {
      outbox: options.outbox ?? new Outbox(),
      counters: this.counters,
      maxQueuedBytes: options.maxQueuedBytes ?? 1_048_576,
    }
    this.#house = {
      ...transports,
      namespaces: new Namespaces(),
      unframer: new Unframer(),
      services: this.#services,
      maxNamespaces: options.maxNamespaces ?? 16,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      packets: options.packets ?? null,
      onBug: options.onBug ?? warnOfBug,
      onEnd: (client) => this.#ended(client),
    }
    const { forwarding = null, pingAfterMs = 25_000, pingTimeoutMs = 20_000 } = options
    const patienceMs = pingAfterMs + pingTimeoutMs
    this.#elsewhere = forwarding && { forwarding, tags: new NodeTags(forwarding.nodes), patienceMs }
    this.#engine = new Engine(transports, this.#elsewhere?.tags.own ?? '', {
      transports: ['polling', 'websocket'],
      pingInterval: pingAfterMs,
      pingTimeout: pingTimeoutMs,
      maxHttpBufferSize: options.maxMessageBytes ?? 131_072,
      allowEIO3: true,
    })
    this.#engine.on('connection', (conn: Socket) => this.#open(conn))
  }

  /** Before the first client comes. A namespace is the first one's who owns it. */
  serve(service: NamespaceService): void {
    this.#services.push(service)
    for (const name of service.headers) this.#headers.add(name)
    for (const name of service.parameters ?? []) this.#parameters.add(name)
  }

  /** Connections, those that are closing included. */
  get size(): number {
    return this.#clients.size
  }

  /** Namespaces that somebody is in. */
  get namespaces(): number {
    return this.#house.namespaces.size
  }

  /** False when the path is another's, or nobody is served; else it is answered. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? ''
    if (!url.startsWith(this.#path) || this.#services.length === 0) return false
    const name = url.slice(this.#path.length).split('?', 1)[0] ?? ''
    if (name !== '') {
      const script = clientScript(name)
      if (script === null) return false
      script(request, response)
      return true
    }
    setCors(request, response)
    if (request.method === 'OPTIONS') answerPreflight(request, response)
    else {
      const arrival = this.#elsewhere?.forwarding.arrivalOf(request) ?? 'client'
      const whose = this.#whose(request, url, arrival)
      const take = () =>
        this.#trying(
          () => this.#engine.handleRequest(request, response),
          () => answer(response, 400),
        )
      if (whose === 'ours') {
        take()
        if (typeof arrival === 'object' && !response.writableEnded) this.#watch(request, response, arrival)
      } else if (typeof whose === 'number') answer(response, whose)
      else this.#elsewhere?.forwarding.pass(request, response, { ...whose, missing: take })
    }
    return true
  }

  /** The same; else the socket is taken care of. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const url = request.url ?? ''
    const rest = url.startsWith(this.#path) ? url.slice(this.#path.length) : null
    if (rest === null || (rest !== '' && !rest.startsWith('?')) || this.#services.length === 0) return false
    const arrival = this.#elsewhere?.forwarding.arrivalOf(request) ?? 'client'
    const whose = this.#whose(request, url, arrival)
    const take = () =>
      this.#trying(
        () => this.#engine.handleUpgrade(request, socket, head),
        () => socket.destroy(),
      )
    if (whose === 'ours') take()
    else if (typeof whose === 'number') refuseUpgrade(socket, whose)
    else this.#elsewhere?.forwarding.passUpgrade(request, socket, head, { ...whose, missing: take })
    return true
  }

  sweep(now: number): void {
    for (const client of this.#clients) client.sweep(now)
  }

  /** Hangs up on every client, which then comes back by itself, and refuses new ones with 503. Resolves when the last is gone. */
  drain(): Promise<void> {
    if (this.#draining) return this.#draining.promise
    this.#draining = Promise.withResolvers()
    void this.#farewell.tellAll(this.#clients, (client) => client.close())
    if (this.#clients.size === 0) setImmediate(this.#draining.resolve)
    return this.#draining.promise
  }

  /** What is looked at before Engine.IO sees it: a status refuses it, and a connection may be another node's. */
  #whose(request: IncomingMessage, url: string, arrival: Arrival): 'ours' | number | Omit<Destination, 'missing'> {
    // Engine.IO takes it from there. Read twice, `sid=x&sid=` would be a session's to one of us and a new one's to the other.
    const query = Object.fromEntries(URL.parse(url, 'http://localhost')?.searchParams ?? [])
    Object.assign(request, { _query: query })
    // JSONP runs what we answer as a script of the page.
    if (Object.hasOwn(query, 'j')) return 400
    if (arrival === 'forged') return misdirected
    if (query['sid']) {
      const node = arrival === 'client' ? this.#elsewhere?.tags.ownerOf(query['sid']) : null
      return node && this.#elsewhere ? { node, patienceMs: this.#elsewhere.patienceMs } : 'ours'
    }
    const address = clientAddress(request, this.#trustedHops)
    const isFull = this.#draining !== null || !this.#admission.hasRoom(address)
    const status = isFull ? 503 : this.#dials?.take(addressBlock(address)) === false ? 429 : null
    if (status === null) return 'ours'
    this.counters.refused++
    return status
  }

  /** A poll that was passed on gets an empty answer when the node that it went through leaves. */
  #watch(request: IncomingMessage, response: ServerResponse, by: PassedOn): void {
    const { _query: query } = request as OpeningRequest
    by.watch(response, () => this.#engine.answerPoll(String(query['sid'])))
  }

  #trying(action: () => void, refuse: () => void): void {
    try {
      action()
    } catch {
      // An address that is none, for instance.
      this.counters.refused++
      refuse()
    }
  }

  #open(conn: Socket): void {
    const request = conn.request as OpeningRequest
    const address = clientAddress(request, this.#trustedHops)
    const opening: Opening = {
      // Engine.IO hides it from its types. It is the address of a client that polls, and the id of clients 2.
      id: (conn as unknown as { readonly id: string }).id,
      address,
      origin: this.#origin(request),
      headers: kept(request.headers, this.#headers),
      query: kept(request._query, this.#parameters),
    }
    // It would keep the request for as long as the connection lives, and asks nothing of it.
    conn.request = null as unknown as IncomingMessage
    if (this.#draining || !this.#admission.enter(address)) {
      this.counters.refused++
      conn.close(true)
      return
    }
    const client = new SocketIoClient(this.#house, conn, opening)
    this.counters.opened++
    this.#clients.add(client)
    client.open(request._query)
  }

  #origin(request: IncomingMessage): string | null {
    const origin = request.headers.origin ?? null
    if (origin !== this.#lastOrigin) this.#lastOrigin = origin
    return this.#lastOrigin
  }

  #ended(client: SocketIoClient): void {
    this.#clients.delete(client)
    this.#admission.leave(client.address)
    // The owners of its lines hear of it in this turn's immediates.
    if (this.#draining && this.#clients.size === 0) setImmediate(this.#draining.resolve)
  }
}

const none = {}

function kept(values: Fields, names: ReadonlySet<string>): Opening['headers'] {
  const found = [...names].flatMap((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return found.length === 0 ? none : Object.fromEntries(found)
}
