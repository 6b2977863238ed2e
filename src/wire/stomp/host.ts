import type { Close } from '../../core/errors.ts'
import type { StompFrame, StompHeaders } from './frame.ts'

export const ackModes = ['auto', 'client', 'client-individual'] as const
export type AckMode = (typeof ackModes)[number]

/** A SUBSCRIBE. `id` is unique on the connection; in 1.0 it may be the destination. `id` and `destination` may be kept. */
export interface StompSubscription {
  readonly id: string
  readonly destination: string
  readonly ack: AckMode
  readonly headers: StompHeaders
}

/** A SEND. Strings of it may be slices of the text they came in: copy what is kept for long. */
export interface StompSend {
  readonly destination: string
  readonly headers: StompHeaders
  readonly body: string
  /** The session answers it; for those who pass it on. */
  readonly receipt: string | null
}

/**
 * What stands behind a `StompSession` and gives its frames a meaning. The session calls in the order of the
 * frames and doesn't wait for one promise before the next call. After `end` it calls nothing more but `failed`.
 */
export interface StompHost {
  /** Puts one text message on the line. Must not throw. */
  write(text: string): void
  /** Closes the line after what was written. Called at most once, and not after `session.closed()`. */
  end(close: Close): void
  /**
   * CONNECT or STOMP. Answered, now or later, by `session.accept` or `session.refuse`; what else arrives waits.
   * `session.version` is known.
   */
  connect(headers: StompHeaders): void | Promise<void>
  /** The receipt is sent when the promise resolves. */
  subscribe(subscription: StompSubscription): void | Promise<void>
  /** Only for ids that were subscribed, also when that failed and `failed` left the connection open. */
  unsubscribe(id: string): void
  /** Resolves when the message is durable, which is when the receipt is sent. */
  send(message: StompSend): void | Promise<void>
  /** DISCONNECT, after its receipt and before `end`. */
  disconnected(): void
  /**
   * What one of the above threw or rejected with; no receipt goes out. Here the host says it in its own words
   * (`session.error`), or writes it down and lets the client go on. A thrown `StompError` doesn't come here: it
   * is refused as a fault of the client.
   */
  failed(error: unknown, frame: StompFrame): void
}
