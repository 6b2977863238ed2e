import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Close } from '../core/errors.ts'
import type { Framing, Line, LineHandler } from '../core/ports.ts'
import type { WireCounters } from './counters.ts'
import type { Batch, Outbox, Sender } from './outbox.ts'
import {
  clippedReason,
  opcodes,
  websocketCloseFrame,
  websocketFrame,
  websocketFraming,
  type CloseFrame,
} from './websocket-frame.ts'

/** What is said on a WebSocket: raw text messages, or SockJS around them. One object for all lines of a kind. */
export interface Dialect {
  readonly framing: Framing
  /** Said when the line opens; bytes of whole frames. */
  readonly greeting: Uint8Array | null
  /** Said when nothing else was for `heartbeatMs`. */
  readonly heartbeat: Uint8Array | null
  /** Calls `deliver` for each message in a frame; false for a frame that makes no sense. Doesn't throw. */
  decode(text: string, line: { deliver(text: string): void }): boolean
  /** Said before the WebSocket is closed. */
  goodbye(close: Close): Uint8Array | null
  closeFrame(close: Close): CloseFrame
}

export function rawDialect(closeFrame: (close: Close) => CloseFrame = websocketCloseFrame): Dialect {
  return {
    framing: websocketFraming,
    greeting: null,
    heartbeat: null,
    decode: (text, line) => (line.deliver(text), true),
    goodbye: () => null,
    closeFrame,
  }
}

/** What the lines of an endpoint have in common, so that each holds one reference to it. */
export interface WebSocketHouse {
  readonly dialect: Dialect
  readonly outbox: Outbox
  readonly counters: WireCounters
  readonly maxQueuedBytes: number
  readonly pingAfterMs: number
  readonly heartbeatMs: number
  readonly onBug: (error: unknown) => void
  /** The socket is gone. */
  readonly onEnd: (line: WebSocketLine) => void
}

const ping = websocketFrame(opcodes.ping, '')

/**
 * A WebSocket as a `Line`. The `ws` library reads, answers closes and closes; data, pings and pongs are written by us
 * straight to the socket, whole frames at a time. That may interleave with what `ws` writes: without extensions its
 * Sender never defers (ws 8, lib/sender.js: `_state` leaves DEFAULT only in `getBlobData` and, with compression, in
 * `dispatch`; `sendFrame` writes header and payload in one synchronous corked run), so each of its frames is whole too.
 *
 * One of these per connection: few fields, no closures.
 */
export class WebSocketLine implements Line, Sender {
  readonly id = randomBytes(16).toString('base64url')
  readonly address: string
  readonly origin: string | null
  pending: Batch | null = null
  readonly #house: WebSocketHouse
  readonly #ws: WebSocket
  readonly #socket: Duplex
  #handler: LineHandler | null = null
  #closing = false
  /** Since the last sweep: something came, something was sent. A flag each, so that messages needn't ask for the time. */
  #heard = true
  #said = true
  #pinged = false
  #heardAt = 0
  #saidAt = 0

  constructor(house: WebSocketHouse, ws: WebSocket, socket: Duplex, address: string, origin: string | null) {
    this.#house = house
    this.#ws = ws
    this.#socket = socket
    this.address = address
    this.origin = origin
  }

  get framing(): Framing {
    return this.#house.dialect.framing
  }

  open(handler: LineHandler): void {
    this.#handler = handler
    // Its owner may have closed it already.
    if (this.#closing) setImmediate(finish, this)
  }

  push(bytes: Uint8Array): void {
    if (this.#closing) return
    const { outbox, maxQueuedBytes } = this.#house
    if (outbox.push(this, bytes) + this.#socket.writableLength <= maxQueuedBytes) return
    // A burst within one turn is not slowness: only what the socket doesn't take at once has to wait.
    outbox.flushOne(this)
    if (this.#socket.writableLength > maxQueuedBytes) this.#tooSlow()
  }

  flush(batch: Batch): void {
    this.#said = true
    // After the other end's close frame, and ours in answer to it, nothing may follow (RFC 6455, 5.5.1).
    if (this.#ws.readyState === WebSocket.OPEN) this.#socket.write(batch.joined())
  }

  close(close: Close): void {
    if (this.#closing) return
    const { dialect, outbox } = this.#house
    outbox.flushOne(this)
    const goodbye = dialect.goodbye(close)
    if (goodbye && this.#ws.readyState === WebSocket.OPEN) this.#socket.write(goodbye)
    const { code, reason } = dialect.closeFrame(close)
    this.#end(code, reason)
  }

  /** A frame came. */
  receive(data: Buffer, isBinary: boolean): void {
    this.#heard = true
    if (this.#closing) return
    if (isBinary && !isUtf8(data)) return this.#refuse(1003, 'binary frames must hold UTF-8 text')
    if (!this.#house.dialect.decode(data.toString(), this)) this.#refuse(1007, 'Broken framing.')
  }

  deliver(text: string): void {
    if (this.#closing || this.#handler === null) return
    try {
      this.#handler.message(text)
    } catch (error) {
      this.bug(error)
    }
  }

  bug(error: unknown): void {
    this.#house.counters.bugs++
    this.#house.onBug(error)
    if (this.#closing) return
    this.#house.outbox.drop(this)
    this.#end(1011, 'internal error')
  }

  /** A ping came. Goes through the outbox, so that a flood of pings from one who doesn't read is bounded like all else. */
  pong(payload: Buffer): void {
    this.#heard = true
    this.push(websocketFrame(opcodes.pong, payload))
  }

  heard(): void {
    this.#heard = true
  }

  /** `ws` found bytes that are no WebSocket and closes with the code that says so. */
  broken(): void {
    this.#house.counters.invalid++
    this.#house.outbox.drop(this)
    this.#closing = true
  }

  sweep(now: number): void {
    if (this.#closing) return
    const { pingAfterMs, heartbeatMs, dialect } = this.#house
    if (this.#heard) {
      this.#heard = this.#pinged = false
      this.#heardAt = now
    } else if (now - this.#heardAt >= 2 * pingAfterMs) {
      this.#house.counters.stale++
      this.#ws.terminate()
      return
    } else if (now - this.#heardAt >= pingAfterMs && !this.#pinged) {
      this.#pinged = true
      this.push(ping)
    }
    if (dialect.heartbeat === null) return
    if (this.#said) {
      this.#said = false
      this.#saidAt = now
    } else if (now - this.#saidAt >= heartbeatMs) this.push(dialect.heartbeat)
  }

  /** The socket is gone; 1006 when there was no close frame. */
  ended(code: number): void {
    this.#house.counters.closed++
    if (code === 1006) this.#house.counters.faults++
    this.#house.onEnd(this)
    this.finish()
  }

  /** Tells the owner, once. */
  finish(): void {
    this.#closing = true
    this.#house.outbox.drop(this)
    const handler = this.#handler
    if (handler === null) return
    this.#handler = null
    try {
      handler.closed()
    } catch (error) {
      this.bug(error)
    }
  }

  #tooSlow(): void {
    this.#house.counters.slow++
    this.#house.outbox.drop(this)
    this.close({ code: 'slow', reason: 'too slow to keep up', retry: 'later' })
  }

  #refuse(code: number, reason: string): void {
    this.#house.counters.invalid++
    this.#house.outbox.flushOne(this)
    this.#end(code, reason)
  }

  #end(code: number, reason: string): void {
    this.#closing = true
    this.#ws.close(code, clippedReason(reason))
    // Not from within: the owner may be in the middle of something. Not when the socket is gone: that may take a while.
    setImmediate(finish, this)
  }
}

function finish(line: WebSocketLine): void {
  line.finish()
}
