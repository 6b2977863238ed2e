import type { Delivery } from '../../../core/event.ts'
import type { Encoding, Framing } from '../../../core/ports.ts'
import type { EventWords } from './event-words.ts'

/** What a client may ask for and not ask for. Everything else is told to everyone. */
export const capabilities = ['resume', 'typing', 'receipts', 'users'] as const
export type Capability = (typeof capabilities)[number]

/** The bytes of the event last told: the hub asks for each kind of listener, and the backlogs ask again. */
export class ChannelFrames {
  readonly framing: Framing
  readonly #words: EventWords
  #told: Delivery | null = null
  #bytes: Uint8Array | null = null

  constructor(words: EventWords, framing: Framing) {
    this.#words = words
    this.framing = framing
  }

  /** Null for what isn't told. */
  bytes(delivery: Delivery): Uint8Array | null {
    if (delivery !== this.#told) {
      const text = this.#words.frame(delivery)
      this.#bytes = text === null ? null : this.framing.frame(text)
      this.#told = delivery
    }
    return this.#bytes
  }
}

/** What a client that can do so much hears of its channels. */
export class ChannelEncoding implements Encoding {
  readonly key: string
  readonly #frames: ChannelFrames
  readonly #typing: boolean
  readonly #receipts: boolean

  constructor(frames: ChannelFrames, wanted: ReadonlySet<Capability>) {
    this.#frames = frames
    this.#typing = wanted.has('typing')
    this.#receipts = wanted.has('receipts')
    this.key = `gitplelive ${this.#typing ? 'typing' : ''} ${this.#receipts ? 'receipts' : ''} ${frames.framing.name}`
  }

  encode(delivery: Delivery): Uint8Array | null {
    const { type } = delivery.event
    if (type === 'typing' && !this.#typing) return null
    if ((type === 'read_marked' || type === 'delivered_marked') && !this.#receipts) return null
    return this.#frames.bytes(delivery)
  }

  /** One's own typing is no news. One's own messages are: they are told like everyone's, and other devices need the marks. */
  skips({ event }: Delivery): string | null {
    return event.type === 'typing' ? event.origin : null
  }
}
