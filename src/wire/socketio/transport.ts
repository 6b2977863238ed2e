import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server, Transport, type ServerOptions } from 'engine.io'
import { WebSocket, WebSocketServer, type ServerOptions as WebSocketServerOptions } from 'ws'
import type { WireCounters } from '../counters.ts'
import type { Batch, Outbox, Sender } from '../outbox.ts'
import { opcodes, websocketFrame } from '../websocket-frame.ts'

/** How long the other end may take to answer a close, */
const closeTimeoutMs = 5000
/** and one that polls to come for it. It is on its way, or gone. */
export const lastPollMs = 1000

/** What the transports of an endpoint have in common. */
export interface TransportHouse {
  readonly outbox: Outbox
  readonly counters: WireCounters
  readonly maxQueuedBytes: number
}

/** `ws` as in wire/websocket.ts: one that tells what happens without listeners. */
class FramedWebSocket extends WebSocket {
  stream: Duplex | null = null
  transport: FramedTransport | null = null

  /** Engine.IO's own listeners would keep the request for as long as the connection lives, and hear nothing. */
  override on(): this {
    return this
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { transport } = this
    if (transport === null) return false
    if (event === 'message') transport.receive(args[0] as Buffer, args[1] as boolean)
    else if (event === 'ping') transport.push(websocketFrame(opcodes.pong, args[0] as Buffer))
    else if (event === 'error') transport.broken(args[0] as Error)
    else if (event === 'close') transport.ended(args[0] as number)
    return true
  }
}

/** Engine.IO makes it by its name, with its own options. The others are those of wire/websocket.ts. */
class FramedWebSocketServer extends WebSocketServer {
  constructor(options: WebSocketServerOptions) {
    super({
      ...options,
      WebSocket: FramedWebSocket,
      autoPong: false,
      maxBufferedChunks: 1024,
      maxFragments: 1024,
      closeTimeout: closeTimeoutMs,
    } as WebSocketServerOptions)
  }

  override handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (client: WebSocket, request: IncomingMessage) => void,
  ): void {
    super.handleUpgrade(request, socket, head, (opened, from) => {
      const ws = opened as FramedWebSocket
      ws.stream = socket
      callback(ws, from)
    })
  }
}

const packetCodes: Readonly<Record<string, string>> = {
  open: '0',
  close: '1',
  ping: '2',
  pong: '3',
  message: '4',
  upgrade: '5',
  noop: '6',
}

/** Who is told when too much waits. */
interface Slowed {
  tooSlow(): void
}

/**
 * A WebSocket as Engine.IO's transport. Its packets and the frames of broadcasts leave by the same outbox, in the order
 * they were given, a system call a turn. The frames are written past `ws`, see `WebSocketLine` for why that is safe.
 */
export class FramedTransport extends Transport implements Sender {
  pending: Batch | null = null
  owner: Slowed | null = null
  /** Set by Engine.IO; here so that all of these have one shape. */
  perMessageDeflate = false
  readonly #house: TransportHouse
  readonly #ws: FramedWebSocket
  readonly #stream: Duplex

  constructor(request: EngineRequest, house: TransportHouse) {
    super(request)
    const ws = request.websocket as FramedWebSocket
    if (!ws.stream) throw new Error('a WebSocket was made by another server than ours')
    this.#house = house
    this.#ws = ws
    this.#stream = ws.stream
    this.writable = true
    ws.transport = this
  }

  override get name(): string {
    return 'websocket'
  }

  /** False when it was gone before Engine.IO looked. */
  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN
  }

  /** Engine.IO's own packets. Those that were answered or dropped are no different to it. */
  override send(packets: Parameters<Transport['send']>[0]): void {
    for (const { type, data } of packets) {
      this.push(websocketFrame(opcodes.text, `${packetCodes[type] ?? ''}${typeof data === 'string' ? data : ''}`))
    }
    this.emit('drain')
  }

  /** Bytes of whole frames. */
  push(bytes: Uint8Array): void {
    if (!this.isOpen) return
    const { outbox, maxQueuedBytes } = this.#house
    if (outbox.push(this, bytes) + this.#stream.writableLength <= maxQueuedBytes) return
    // A burst within one turn is not slowness: only what the socket doesn't take at once has to wait.
    outbox.flushOne(this)
    if (this.#stream.writableLength > maxQueuedBytes) this.owner?.tooSlow()
  }

  flush(batch: Batch): void {
    if (this.isOpen) this.#stream.write(batch.joined())
  }

  override doClose(done?: () => void): void {
    this.#house.outbox.flushOne(this)
    this.#ws.close()
    done?.()
  }

  /** Cuts it off, with what waits for it. */
  destroy(): void {
    this.#house.outbox.drop(this)
    this.#ws.terminate()
  }

  receive(data: Buffer, isBinary: boolean): void {
    this.onData(isBinary ? data : data.toString())
  }

  /** Bytes that are no WebSocket, or too many of them. */
  broken(error: Error): void {
    this.#house.counters.invalid++
    this.#house.outbox.drop(this)
    this.onError('websocket error', error)
  }

  /** 1006 when there was no close frame. */
  ended(code: number): void {
    if (code === 1006) this.#house.counters.faults++
    this.#house.outbox.drop(this)
    this.onClose()
  }
}

type EngineRequest = ConstructorParameters<typeof Transport>[0] & { readonly websocket?: WebSocket }

/** Engine.IO's server on HTTP and on our WebSockets. */
export class Engine extends Server {
  readonly #house: TransportHouse
  readonly #idPrefix: string

  /** `idPrefix`: what the ids of its sockets begin with. */
  constructor(house: TransportHouse, idPrefix: string, options: ServerOptions) {
    super({ ...options, wsEngine: FramedWebSocketServer, perMessageDeflate: false, httpCompression: false })
    this.#house = house
    this.#idPrefix = idPrefix
  }

  override generateId(request: IncomingMessage): string {
    // Engine.IO's own never waits.
    return this.#idPrefix + (super.generateId(request) as string)
  }

  /** With nothing, if the client polls: it polls again. */
  answerPoll(id: string): void {
    const transport = Object.hasOwn(this.clients, id) ? this.clients[id]!.transport : null
    if (transport?.name === 'polling' && transport.writable) transport.send([{ type: 'noop' }])
  }

  /**
   * Engine.IO tells its middlewares when the socket has closed, and keeps the request until then: 3 KiB a connection. There
   * are none here.
   */
  override handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const known = new Set(socket.rawListeners('close'))
    super.handleUpgrade(request, socket, head)
    for (const added of socket.rawListeners('close')) {
      const isOnce = 'listener' in added
      if (isOnce && !known.has(added)) socket.off('close', added as unknown as () => void)
    }
  }

  protected override createTransport(
    name: 'polling' | 'websocket' | 'webtransport',
    request: IncomingMessage,
  ): Transport {
    // Its own time limit for a last poll is 30 s.
    if (name !== 'websocket') return Object.assign(super.createTransport(name, request), { closeTimeout: lastPollMs })
    return new FramedTransport(request as unknown as EngineRequest, this.#house)
  }
}
