import { detachText } from './detach.ts'
import type { StompVersion } from './escape.ts'
import type { StompFrame, StompHeaders } from './frame.ts'
import { type AckMode, ackModes, type StompSubscription } from './host.ts'
import type { StompLimits } from './limits.ts'
import { required } from './required.ts'
import { quote, StompError } from './stomp-error.ts'

/** The ids of one connection's subscriptions. */
export class Subscriptions {
  readonly #limits: StompLimits
  readonly #version: StompVersion
  readonly #ids = new Set<string>()

  constructor(limits: StompLimits, version: StompVersion) {
    this.#limits = limits
    this.#version = version
  }

  /** What a SUBSCRIBE says. */
  add(frame: StompFrame): StompSubscription {
    const destination = detachText(required(frame, 'destination'))
    const id = detachText(this.#id(frame))
    const ack = ackMode(frame.headers, this.#version)
    // 1.2 "SUBSCRIBE id Header": different subscriptions, different ids.
    if (this.#ids.has(id)) throw new StompError(`subscription ${quote(id)} exists`)
    if (this.#ids.size >= this.#limits.maxSubscriptions) throw new StompError('too many subscriptions')
    this.#ids.add(id)
    return { id, destination, ack, headers: frame.headers }
  }

  /** The id of an UNSUBSCRIBE. */
  remove(frame: StompFrame): string {
    const id = this.#id(frame)
    // 1.2 "UNSUBSCRIBE": the id must match an existing subscription.
    if (!this.#ids.delete(id)) throw new StompError(`no subscription ${quote(id)}`)
    return id
  }

  /** 1.1 and 1.2 require an id; in 1.0 the destination does where there is none. */
  #id(frame: StompFrame): string {
    if (this.#version !== '1.0') return required(frame, 'id')
    return frame.headers.get('id') || required(frame, 'destination')
  }
}

/** "SUBSCRIBE ack Header"; 1.0 has no `client-individual`. */
function ackMode(headers: StompHeaders, version: StompVersion): AckMode {
  const asked = headers.get('ack') ?? 'auto'
  const mode = ackModes.find((each) => each === asked)
  if (mode && (version !== '1.0' || mode !== 'client-individual')) return mode
  throw new StompError(`unknown ack mode ${quote(asked)}`)
}
