import { randomBytes } from 'node:crypto'
import type { Socket } from 'engine.io'
import type { RateLimit } from '../../core/limits.ts'
import type { Batch, Sender } from '../outbox.ts'
import { opcodes, websocketFrame } from '../websocket-frame.ts'
import type { Unframer } from './framing.ts'
import { SocketIoLine } from './line.ts'
import type { Namespaces } from './namespaces.ts'
import { connectText, decodePacket, refusalText, type Fields } from './packet.ts'
import type { Entry, NamespaceService, Refusal, Welcome } from './service.ts'
import { FramedTransport, lastPollMs, type TransportHouse } from './transport.ts'

/** What the clients of an endpoint have in common. */
export interface ClientHouse extends TransportHouse {
  readonly namespaces: Namespaces
  readonly unframer: Unframer
  readonly services: readonly NamespaceService[]
  readonly maxNamespaces: number
  readonly connectTimeoutMs: number
  /** Packets of one connection; null for no limit. */
  readonly packets: RateLimit | null
  readonly onBug: (error: unknown) => void
  /** The connection is gone. */
  readonly onEnd: (client: SocketIoClient) => void
}

/** What is kept of the request that opened a connection. */
export interface Opening {
  readonly id: string
  readonly address: string
  readonly origin: string | null
  readonly headers: Readonly<Partial<Record<string, string>>>
  readonly query: Readonly<Partial<Record<string, string>>>
}

interface EnginePacket {
  readonly type: string
  readonly data?: unknown
}

const root = '/'

/**
 * One client's connection, on whatever transport it is at the moment, and its namespaces. All that is said to it goes
 * through `push`: on a WebSocket straight to the outbox; while it polls, and while it is changing over, by Engine.IO's
 * own buffer, which keeps the order across the change.
 *
 * One of these per connection.
 */
export class SocketIoClient implements Sender {
  readonly address: string
  readonly origin: string | null
  pending: Batch | null = null
  readonly #house: ClientHouse
  readonly #conn: Socket
  readonly #id: string
  readonly #headers: Opening['headers']
  readonly #query: Opening['query']
  #transport: FramedTransport | null = null
  readonly #lines: SocketIoLine[] = []
  /** Namespaces that are being asked for. */
  #knocking: readonly string[] = []
  /** Bytes that Engine.IO holds until the client polls again. */
  #held = 0
  /** Clients 2 are in the root namespace without asking; where nobody is at home it means nothing. */
  #idlesInRoot = false
  /** Since when it has been in no namespace, or has been closing; 0 when neither is so or nobody has looked yet. */
  #idleSince = 0
  #closing = false

  constructor(house: ClientHouse, conn: Socket, opening: Opening) {
    this.#house = house
    this.#conn = conn
    this.#id = opening.id
    this.address = opening.address
    this.origin = opening.origin
    this.#headers = opening.headers
    this.#query = opening.query
  }

  /** `query` of the opening request: what a client 2 says to the root namespace. */
  open(query: Fields): void {
    const { transport } = this.#conn
    this.#conn.on('packet', (packet: EnginePacket) => this.#receive(packet))
    this.#conn.once('close', (reason: string) => this.#ended(reason))
    if (transport instanceof FramedTransport) {
      this.#onWebSocket(transport)
      if (!transport.isOpen) return this.cutOff()
    } else {
      const drained = () => {
        this.#held = 0
      }
      this.#conn.on('drain', drained)
      this.#conn.once('upgrade', (upgraded: FramedTransport) => {
        // What Engine.IO still holds goes first: it gives that to the new transport now.
        this.#house.outbox.flushOne(this)
        this.#conn.off('drain', drained)
        this.#onWebSocket(upgraded)
      })
    }
    if (this.#revision === 3) this.#enterRoot(query)
  }

  /** Bytes of whole frames. */
  push(bytes: Uint8Array): void {
    if (this.#transport) return this.#transport.push(bytes)
    if (this.#closing) return
    const { outbox, maxQueuedBytes } = this.#house
    if (outbox.push(this, bytes) + this.#held > maxQueuedBytes) this.tooSlow()
  }

  /** To a client that polls: what was said in one turn, as one answer to its poll. */
  flush(batch: Batch): void {
    const texts = this.#house.unframer.textsOf(batch)
    const { transport } = this.#conn
    this.#held += batch.bytes
    // Engine.IO answers the poll with the first packet it gets. The others would wait a round trip.
    const isWaiting = transport.writable
    transport.writable = false
    for (let i = 0; i < texts.length; i++) {
      if (i === texts.length - 1) transport.writable = isWaiting
      this.#conn.send(texts[i]!.slice(1))
    }
  }

  /** Says what was to be said, and hangs up without a farewell: the client comes back by itself. */
  close(): void {
    if (this.#closing) return
    this.#house.outbox.flushOne(this)
    this.#end(false)
  }

  /** Hangs up at once. What waits for it is lost. */
  cutOff(): void {
    if (this.#closing) return
    this.#house.outbox.drop(this)
    this.#end(true)
    this.#transport?.destroy()
  }

  tooSlow(): void {
    if (this.#closing) return
    this.#house.counters.slow++
    this.cutOff()
  }

  bug(error: unknown): void {
    this.#house.counters.bugs++
    this.#house.onBug(error)
    this.cutOff()
  }

  /** A line has ended. */
  left(line: SocketIoLine): void {
    const index = this.#lines.indexOf(line)
    if (index === -1) return
    this.#lines.splice(index, 1)
    this.#house.namespaces.leave(line.namespace)
  }

  sweep(now: number): void {
    if (!this.#closing && (this.#lines.length > 0 || this.#idlesInRoot)) {
      this.#idleSince = 0
    } else if (this.#idleSince === 0) {
      this.#idleSince = now
    } else if (this.#closing) {
      // Engine.IO waits for a last poll until the client's ping is overdue.
      if (now - this.#idleSince >= lastPollMs) this.#conn.close(true)
    } else if (now - this.#idleSince >= this.#house.connectTimeoutMs) {
      this.#house.counters.stale++
      this.cutOff()
    }
  }

  get #revision(): 3 | 4 {
    return this.#conn.protocol === 3 ? 3 : 4
  }

  #onWebSocket(transport: FramedTransport): void {
    this.#transport = transport
    transport.owner = this
  }

  #receive({ type, data }: EnginePacket): void {
    if (this.#closing) return
    // Pings too: each is answered.
    if (this.#house.packets?.take(this.#id) === false) return this.#refuse()
    if (type !== 'message') return
    const packet = typeof data === 'string' ? decodePacket(data) : null
    if (packet === null) return this.#refuse()
    if (packet.type === 'connect') return this.#knock(packet.namespace, packet.auth ?? queryFields(packet.query))
    // Events may cross with our disconnect on the way.
    const line = this.#lines.find(({ namespace }) => namespace.name === packet.namespace)
    if (packet.type === 'event') line?.event(packet.name, packet.args, packet.ackId)
    else if (packet.type === 'disconnect') line?.end(false)
  }

  #enterRoot(query: Fields): void {
    if (this.#house.services.some((service) => service.owns(root))) return this.#knock(root, query)
    this.#idlesInRoot = true
    this.#say(connectText(root, null))
  }

  #knock(name: string, auth: Fields): void {
    const { services, maxNamespaces } = this.#house
    if (name === root && this.#revision === 3 && (this.#idlesInRoot || this.#isIn(root))) return
    if (this.#isIn(name) || this.#lines.length + this.#knocking.length >= maxNamespaces) return this.#refuse()
    const service = services.find((one) => one.owns(name))
    if (!service) return this.#turnAway(name, 'Invalid namespace')
    const knock = {
      namespace: name,
      auth,
      headers: this.#headers,
      query: this.#query,
      address: this.address,
      origin: this.origin,
      revision: this.#revision,
    }
    this.#knocking = [...this.#knocking, name]
    service.admit(knock).then(
      (answer) => this.#answered(name, answer),
      (error: unknown) => this.bug(error),
    )
  }

  #answered(name: string, answer: Welcome | Refusal): void {
    if (this.#closing) return
    this.#knocking = this.#knocking.filter((one) => one !== name)
    if ('refused' in answer) return this.#turnAway(name, answer.refused)
    try {
      const entry = answer.enter()
      const line = new SocketIoLine(this.#lineId(name, entry), this.#house.namespaces.enter(name), this)
      this.#lines.push(line)
      const named = this.#revision === 3 ? null : { sid: line.id, pid: entry.pid }
      this.#say(connectText(name, named))
      line.open(entry.accept(line))
    } catch (error) {
      this.bug(error)
    }
  }

  /** Clients 2 know their id without being told. */
  #lineId(name: string, { id }: Entry): string {
    if (this.#revision === 3) return name === root ? this.#id : `${name}#${this.#id}`
    return id ?? randomBytes(15).toString('base64url')
  }

  #turnAway(name: string, reason: string): void {
    this.#say(refusalText(name, this.#revision === 3 ? reason : { message: reason }))
  }

  #isIn(name: string): boolean {
    return this.#knocking.includes(name) || this.#lines.some(({ namespace }) => namespace.name === name)
  }

  #say(text: string): void {
    this.push(websocketFrame(opcodes.text, text))
  }

  /** Sent what is no packet, or too many. */
  #refuse(): void {
    this.#house.counters.invalid++
    this.cutOff()
  }

  #end(discard: boolean): void {
    this.#closing = true
    this.#idleSince = 0
    this.#endLines()
    this.#conn.close(discard)
  }

  #ended(reason: string): void {
    const { counters, outbox, onEnd } = this.#house
    counters.closed++
    if (reason === 'ping timeout') counters.stale++
    else if (reason === 'parse error') counters.invalid++
    outbox.drop(this)
    this.#closing = true
    this.#endLines()
    onEnd(this)
  }

  #endLines(): void {
    for (const line of this.#lines.slice()) line.end(true)
  }
}

function queryFields(query: string): Fields {
  return Object.fromEntries(new URLSearchParams(query))
}
