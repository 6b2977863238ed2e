import type { Swept } from '../../core/broom.ts'
import type { Close } from '../../core/errors.ts'
import { StompDecoder } from './decoder.ts'
import { detachFrame, frameBytes } from './detach.ts'
import type { StompVersion } from './escape.ts'
import { serialize, type StompFrame } from './frame.ts'
import type { StompHost } from './host.ts'
import {
  connectedHeaders,
  connectHeaders,
  type HeartBeat,
  negotiateHeartBeat,
  negotiateVersion,
} from './negotiation.ts'
import { Pulse } from './pulse.ts'
import { checkAcknowledgement, required } from './required.ts'
import type { StompSettings } from './settings.ts'
import { StompError } from './stomp-error.ts'
import { Subscriptions } from './subscriptions.ts'
import { Transactions } from './transactions.ts'
import { Underway } from './underway.ts'

/**
 * - `awaiting`: nothing but CONNECT may come
 * - `connecting`: the host was asked; frames wait
 * - `connected`
 * - `disconnecting`: DISCONNECT came, earlier frames are still under way; nothing more is heard
 * - `closed`: ended by either side
 */
export const sessionStates = ['awaiting', 'connecting', 'connected', 'disconnecting', 'closed'] as const
export type SessionState = (typeof sessionStates)[number]

export interface StompRefusal {
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: string
  readonly close?: Close
}

/**
 * The server's side of one STOMP 1.0, 1.1 or 1.2 connection. Owns the rules of the protocol; what frames mean is
 * the host's. Give it the line's texts by `message`, time by `sweep`, the line's end by `closed`; none of them throws.
 *
 * Lenient: `host` is not required (1.1, 1.2 "CONNECT": old clients, one virtual host), and an ACK or NACK need not
 * name a message that was sent, because nothing is sent again for want of one. Transactions are executed in
 * order at COMMIT; one failing SEND doesn't undo those before it.
 */
export class StompSession implements Swept {
  readonly #host: StompHost
  readonly #settings: StompSettings
  readonly #id: string
  readonly #decoder: StompDecoder
  readonly #pulse: Pulse
  #state: SessionState = 'awaiting'
  /** When the state began; null until the first sweep in it. */
  #since: number | null
  #beat: HeartBeat | null = null
  #queue: StompFrame[] | null = null
  #queuedBytes = 0
  #subscriptions: Subscriptions | null = null
  #transactions: Transactions | null = null
  #underway: Underway | null = null
  /** The DISCONNECT that waits for them, until one of them fails. */
  #farewell: StompFrame | null = null

  /** `id` goes out as the `session` header. */
  constructor(host: StompHost, settings: StompSettings, id: string, now: number) {
    this.#host = host
    this.#settings = settings
    this.#id = id
    this.#decoder = new StompDecoder(settings.limits)
    this.#pulse = new Pulse(now)
    this.#since = now
  }

  get state(): SessionState {
    return this.#state
  }

  /** 1.0 until CONNECT said otherwise. */
  get version(): StompVersion {
    return this.#decoder.version ?? '1.0'
  }

  /** One text message of the line; frames may be cut anywhere. */
  message(text: string): void {
    if (this.#deaf()) return
    this.#pulse.heard()
    try {
      for (const frame of this.#decoder.decode(text)) {
        this.#take(frame)
        if (this.#deaf()) return
      }
    } catch (error) {
      this.#refuse(error, null)
    }
  }

  /** Answers CONNECT. False when nobody waits any more. `headers` are added to CONNECTED, such as `user-name`. */
  accept(headers: Iterable<readonly [string, string]> = []): boolean {
    if (this.#state !== 'connecting') return false
    this.#enter('connected')
    const beat = this.#beat ?? { sendMs: 0, receiveMs: 0 }
    this.#pulse.start(beat)
    const connected = connectedHeaders(this.version, beat, this.#id, this.#settings.server)
    this.#write(serialize('CONNECTED', [...connected, ...headers], '', this.version))
    const queue = this.#queue ?? []
    this.#queue = null
    for (const frame of queue) if (!this.#deaf()) this.#take(frame)
    return true
  }

  /** Answers CONNECT with an ERROR. */
  refuse(message: string): void {
    this.error(message, { close: { code: 'unauthorized', reason: message.slice(0, 100), retry: 'never' } })
  }

  /** An ERROR frame, and the end. 1.2 "ERROR": the connection must be closed just after. */
  error(message: string, refusal: StompRefusal = {}): void {
    if (this.#state === 'closed') return
    const headers = new Map([['message', message.slice(0, 256)], ...(refusal.headers ?? [])])
    this.#write(serialize('ERROR', headers, refusal.body ?? '', this.version))
    this.#end(refusal.close ?? { code: 'invalid', reason: message.slice(0, 100), retry: 'never' })
  }

  /** The line is gone. Frees what is held; the host hears nothing. */
  closed(): void {
    this.#state = 'closed'
    this.#queue = null
    this.#subscriptions = null
    this.#transactions = null
    this.#farewell = null
  }

  /** Heart-beats and deadlines. */
  sweep(now: number): void {
    const due = this.#pulse.sweep(now)
    if (this.#state === 'closed') return
    if (this.#state === 'connected') {
      if (due === 'beat') this.#host.write('\n')
      if (due === 'stale') this.#end({ code: 'stale', reason: 'no heart-beat', retry: 'later' })
      return
    }
    this.#since ??= now
    if (now - this.#since > this.#settings.connectTimeoutMs) this.#late()
  }

  #late(): void {
    if (this.#state === 'disconnecting') this.#end({ code: 'gone', reason: 'disconnected', retry: 'never' })
    else if (this.#state === 'awaiting')
      this.error('no CONNECT in time', { close: { code: 'policy', reason: 'no CONNECT in time', retry: 'later' } })
    else
      this.error('not connected in time', { close: { code: 'gone', reason: 'not connected in time', retry: 'later' } })
  }

  #deaf(): boolean {
    return this.#state === 'closed' || this.#state === 'disconnecting'
  }

  #enter(state: SessionState): void {
    this.#state = state
    this.#since = null
  }

  #write(text: string): void {
    this.#pulse.sent()
    this.#host.write(text)
  }

  #end(close: Close): void {
    this.closed()
    this.#host.end(close)
  }

  /** `frame` is the one at fault, null where it could not be read. */
  #refuse(error: unknown, frame: StompFrame | null): void {
    if (!(error instanceof StompError)) {
      if (frame) this.#failed(error, frame)
      else this.error('internal error')
      return
    }
    const receipt = frame?.headers.get('receipt') ?? error.receipt
    const headers = new Map(error.headers)
    if (receipt !== null) headers.set('receipt-id', receipt)
    this.error(error.message, { headers, body: error.body })
  }

  #failed(error: unknown, frame: StompFrame): void {
    try {
      this.#host.failed(error, frame)
    } catch {
      this.error('internal error')
    }
  }

  #take(frame: StompFrame): void {
    try {
      if (this.#state === 'connected') this.#execute(frame)
      else if (this.#state === 'connecting') this.#wait(frame)
      else this.#connect(frame)
    } catch (error) {
      this.#refuse(error, frame)
    }
  }

  #connect(frame: StompFrame): void {
    // 1.2 "Connecting": the client begins with CONNECT; servers must take STOMP for the same.
    if (frame.command !== 'CONNECT' && frame.command !== 'STOMP')
      throw new StompError(`${frame.command} before CONNECT`)
    const version = negotiateVersion(frame.headers)
    this.#decoder.version = version
    this.#beat = negotiateHeartBeat(frame.headers, version, this.#settings.heartBeat)
    this.#enter('connecting')
    const answer = this.#host.connect(connectHeaders(frame.headers, version))
    answer?.catch((error: unknown) => this.#refuse(error, frame))
  }

  #wait(frame: StompFrame): void {
    if (frame.command === 'CONNECT' || frame.command === 'STOMP') throw new StompError('second CONNECT')
    this.#queue ??= []
    this.#queuedBytes += frameBytes(frame)
    const { maxQueuedFrames, maxQueuedBytes } = this.#settings.limits
    if (this.#queue.length >= maxQueuedFrames || this.#queuedBytes > maxQueuedBytes)
      throw new StompError('too many frames before CONNECTED')
    this.#queue.push(detachFrame(frame))
  }

  #execute(frame: StompFrame): void {
    switch (frame.command) {
      case 'SEND':
      case 'ACK':
      case 'NACK':
        return this.#transact(frame)
      case 'SUBSCRIBE':
        return this.#answer(frame, this.#host.subscribe(this.#subscribed().add(frame)))
      case 'UNSUBSCRIBE':
        this.#host.unsubscribe(this.#subscribed().remove(frame))
        return this.#receipt(frame)
      case 'BEGIN':
        this.#opened().begin(required(frame, 'transaction'))
        return this.#receipt(frame)
      case 'COMMIT':
        return this.#commit(frame)
      case 'ABORT':
        this.#opened().take(required(frame, 'transaction'))
        return this.#receipt(frame)
      case 'DISCONNECT':
        return this.#disconnect(frame)
      default:
        throw new StompError(`${frame.command} on an open connection`)
    }
  }

  /** The frames that a transaction may hold. Their headers are checked now, so that a fault is told at the frame that has it. */
  #transact(frame: StompFrame): void {
    if (frame.command === 'SEND') required(frame, 'destination')
    else checkAcknowledgement(frame, this.version)
    const transaction = frame.headers.get('transaction')
    // Answered, or refused, by itself: only a transaction waits for it.
    if (transaction === undefined) void this.#perform(frame)
    else this.#opened().defer(transaction, frame)
  }

  #perform(frame: StompFrame): void | Promise<void> {
    if (frame.command !== 'SEND') return this.#receipt(frame)
    const { headers, body } = frame
    const outcome = this.#host.send({
      destination: required(frame, 'destination'),
      headers,
      body,
      receipt: headers.get('receipt') ?? null,
    })
    this.#answer(frame, outcome)
    return outcome
  }

  #commit(frame: StompFrame): void {
    const outcomes: Promise<void>[] = []
    let allWell = true
    for (const deferred of this.#opened().take(required(frame, 'transaction'))) {
      try {
        const outcome = this.#perform(deferred)
        if (outcome) outcomes.push(outcome)
      } catch (error) {
        allWell = false
        this.#refuse(error, deferred)
      }
      if (this.#deaf()) return
    }
    if (outcomes.length === 0) {
      if (allWell) this.#receipt(frame)
      return
    }
    // A failure was told to the host with its own frame; here it only holds back the receipt.
    const settled = this.#begin(frame)
    void Promise.allSettled(outcomes).then((results) => {
      if (allWell && results.every((result) => result.status === 'fulfilled')) this.#receipt(frame)
      settled()
    })
  }

  #disconnect(frame: StompFrame): void {
    this.#enter('disconnecting')
    // 1.2 "DISCONNECT": the receipt says that all before it was received. Open transactions are aborted by the end.
    this.#farewell = frame
    if (this.#underway?.none ?? true) this.#leave()
  }

  #leave(): void {
    const frame = this.#farewell
    if (frame) this.#receipt(frame)
    try {
      this.#host.disconnected()
    } catch (error) {
      if (frame) this.#failed(error, frame)
    }
    if (this.#state !== 'closed') this.#end({ code: 'gone', reason: 'disconnected', retry: 'never' })
  }

  #subscribed(): Subscriptions {
    return (this.#subscriptions ??= new Subscriptions(this.#settings.limits, this.version))
  }

  #opened(): Transactions {
    return (this.#transactions ??= new Transactions(this.#settings.limits))
  }

  /** The receipt, once it is true. */
  #answer(frame: StompFrame, outcome: void | Promise<void>): void {
    if (!outcome) return this.#receipt(frame)
    const settled = this.#begin(frame)
    outcome.then(
      () => {
        this.#receipt(frame)
        settled()
      },
      (error: unknown) => {
        this.#farewell = null
        this.#refuse(error, frame)
        settled()
      },
    )
    if ((this.#underway?.bytes ?? 0) > this.#settings.limits.maxUnsettledBytes)
      throw new StompError('too many frames under way')
  }

  /** Returns what to call at the end; a DISCONNECT waits for it. */
  #begin(frame: StompFrame): () => void {
    this.#underway ??= new Underway()
    const settled = this.#underway.add(frame)
    return () => {
      settled()
      if (this.#state === 'disconnecting' && this.#underway?.none) this.#leave()
    }
  }

  #receipt(frame: StompFrame): void {
    const id = frame.headers.get('receipt')
    if (id === undefined || this.#state === 'closed') return
    this.#write(serialize('RECEIPT', [['receipt-id', id]], '', this.version))
  }
}
