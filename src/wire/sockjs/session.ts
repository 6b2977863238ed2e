import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Close } from '../../core/errors.ts'
import type { Framing, Line, LineHandler } from '../../core/ports.ts'
import type { WireCounters } from '../counters.ts'
import type { Batch, Outbox, Sender } from '../outbox.ts'
import type { CloseFrame } from '../websocket-frame.ts'
import { closeFrame, heartbeatFrame, messagesFrame, openFrame, sockjsHttpFraming } from './framing.ts'
import type { Receiver } from './receiver.ts'

/** What the sessions of an endpoint have in common. */
export interface SessionHouse {
  readonly outbox: Outbox
  readonly counters: WireCounters
  readonly maxQueuedBytes: number
  readonly heartbeatMs: number
  readonly disconnectDelayMs: number
  readonly closeFrame: (close: Close) => CloseFrame
  readonly onBug: (error: unknown) => void
}

/** A queued part costs more than its bytes. */
const partOverheadBytes = 64

/**
 * A SockJS session on HTTP transports: a line that stays while requests come and go. At most one request receives at
 * a time. A session that is closed answers with its close frame until it is forgotten, `disconnectDelayMs` after the
 * last receiver left; so is one that nobody came back to. Time passes in `sweep` only.
 */
export class SockJsSession implements Line, Sender {
  readonly id = randomBytes(16).toString('base64url')
  readonly framing: Framing = sockjsHttpFraming
  readonly address: string
  readonly origin: string | null
  pending: Batch | null = null
  readonly #house: SessionHouse
  #handler: LineHandler | null = null
  #receiver: Receiver | null = null
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #closeFrame: string | null = null
  /** Since the last sweep a receiver came, left or was sent something. */
  #touched = true
  #touchedAt = 0

  constructor(house: SessionHouse, address: string, origin: string | null) {
    this.#house = house
    this.address = address
    this.origin = origin
  }

  get closed(): boolean {
    return this.#closeFrame !== null
  }

  /** The first receiver hears that the session is open. */
  begin(receiver: Receiver): void {
    this.#attach(receiver)
    this.#send(openFrame)
  }

  open(handler: LineHandler): void {
    this.#handler = handler
    // Its owner may have closed it already.
    if (this.closed) setImmediate(finish, this)
  }

  /** A further request wants to receive. */
  receive(receiver: Receiver): void {
    if (this.#receiver !== null) {
      if (receiver.send(closeFrame(2010, 'Another connection still open'))) receiver.end()
      return
    }
    // Joins what was pushed in this very turn to what waits.
    this.#house.outbox.flushOne(this)
    this.#attach(receiver)
    if (this.#queue.length > 0) {
      const frame = messagesFrame(this.#queue)
      this.#queue = []
      this.#queuedBytes = 0
      this.#send(frame)
    }
    this.#sayClosed()
  }

  /** Ends what it receives on, if that is it, so that the client asks again: whatever brings it there is about to go. */
  letGo(response: ServerResponse): void {
    const receiver = this.#receiver
    if (!receiver?.isOn(response)) return
    this.#send(heartbeatFrame)
    if (this.#receiver !== null) receiver.end()
    this.#receiver = null
  }

  /** A message came. */
  deliver(text: string): void {
    if (this.closed || this.#handler === null) return
    try {
      this.#handler.message(text)
    } catch (error) {
      this.bug(error)
    }
  }

  push(bytes: Uint8Array): void {
    if (this.closed) return
    const { outbox, maxQueuedBytes, counters } = this.#house
    const waiting = outbox.push(this, bytes) + this.#queuedBytes + (this.#receiver?.waitingBytes ?? 0)
    if (waiting <= maxQueuedBytes) return
    counters.slow++
    this.#forget()
    // It won't read the close frame before all else; the next request gets it.
    this.#receiver?.destroy()
    this.#receiver = null
    this.close({ code: 'slow', reason: 'too slow to keep up', retry: 'later' })
  }

  flush(batch: Batch): void {
    const bytes = batch.joined()
    if (this.#receiver !== null) return this.#send(messagesFrame([bytes]))
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.byteLength + partOverheadBytes
  }

  close(close: Close): void {
    if (this.closed) return
    this.#house.outbox.flushOne(this)
    const { code, reason } = this.#house.closeFrame(close)
    this.#end(closeFrame(code, reason))
  }

  bug(error: unknown): void {
    this.#house.counters.bugs++
    this.#house.onBug(error)
    if (this.closed) return
    this.#forget()
    this.#end(closeFrame(1011, 'internal error'))
  }

  /** False when the session is over and can be forgotten. */
  sweep(now: number): boolean {
    if (this.#touched) {
      this.#touched = false
      this.#touchedAt = now
      return true
    }
    const idleMs = now - this.#touchedAt
    if (this.#receiver !== null) {
      if (idleMs >= this.#house.heartbeatMs) this.#send(heartbeatFrame)
      return true
    }
    if (idleMs < this.#house.disconnectDelayMs) return true
    this.#closeFrame ??= closeFrame(1002, 'Connection interrupted')
    this.#forget()
    this.finish()
    return false
  }

  /** Tells the owner, once. */
  finish(): void {
    const handler = this.#handler
    if (handler === null) return
    this.#handler = null
    try {
      handler.closed()
    } catch (error) {
      this.bug(error)
    }
  }

  #attach(receiver: Receiver): void {
    this.#receiver = receiver
    this.#touched = true
    receiver.onCut(() => this.#cut(receiver))
  }

  /**
   * A response broke off: messages may be lost and nobody knows which, so the session is over. A client of the
   * protocol opens a new one; that it may go on with the old would hide the loss from it.
   */
  #cut(receiver: Receiver): void {
    if (this.#receiver === receiver) this.#receiver = null
    this.#touched = true
    if (this.closed) return
    this.#house.counters.faults++
    this.#forget()
    this.#end(closeFrame(1002, 'Connection interrupted'))
  }

  #send(frame: string | Buffer): void {
    this.#touched = true
    if (!this.#receiver!.send(frame)) this.#receiver = null
  }

  #sayClosed(): void {
    const receiver = this.#receiver
    if (receiver === null || this.#closeFrame === null) return
    this.#send(this.#closeFrame)
    if (this.#receiver !== null) receiver.end()
    this.#receiver = null
  }

  #end(frame: string): void {
    this.#closeFrame = frame
    this.#sayClosed()
    // Not from within: the owner may be in the middle of something.
    setImmediate(finish, this)
  }

  /** Drops all that waits. */
  #forget(): void {
    this.#house.outbox.drop(this)
    this.#queue = []
    this.#queuedBytes = 0
  }
}

function finish(session: SockJsSession): void {
  session.finish()
}
