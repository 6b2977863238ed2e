import type { Environment } from './environment.ts'
import { errorCodes, GitpleLiveError, tooManyRequests } from './errors.ts'
import type { EventFrame, ReplyFrame } from './frames.ts'
import type { Message, PendingMessage } from './types.ts'

/** A send that was refused for coming too fast is tried again after so long, and so often. */
const pauseMs = 1000
const maxPauses = 10
const maxUntold = 100
const posted = 'group:message_send'

interface Send {
  readonly pending: PendingMessage
  readonly resolve: (message: Message) => void
  readonly reject: (error: GitpleLiveError) => void
  /** The request that is under way; null while it waits. */
  ref: number | null
  /** It has left at least once, so that its message may be there already. */
  wasTried: boolean
  pauses: number
}

export interface SendsOptions {
  readonly environment: Environment
  /** What may wait and be under way together. */
  readonly max: number
  /** Sends a request and returns its ref; null when there is no connection. */
  readonly ask: (type: string, fields: object) => number | null
  readonly tell: (frame: EventFrame, clientId: string | undefined) => void
  readonly settled: (pending: PendingMessage, outcome: Message | GitpleLiveError) => void
}

/**
 * The messages that were not acknowledged yet, in the order in which they were sent. In each channel one is under way at a
 * time, so that none overtakes another whatever the server or the network refuses. What was cut off is sent again under the
 * same client id, which the server knows.
 *
 * While a message of this client may be among what a channel tells, the channel's events are held back until it is known
 * which one it is: an application that shows a message before it is sent needs its client id.
 */
export class Sends {
  readonly #options: SendsOptions
  #sends: Send[] = []
  readonly #held = new Map<string, (EventFrame | (() => void))[]>()
  /** Of messages that were acknowledged before they were told: `channel/message` to client id. */
  readonly #untold = new Map<string, string>()
  #timer: unknown = null

  constructor(options: SendsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sends.length
  }

  add(pending: PendingMessage): Promise<Message> {
    if (this.#sends.length >= this.#options.max) {
      const full = `${this.#options.max} messages wait to be sent already`
      return Promise.reject(new GitpleLiveError(errorCodes.notConnected, full))
    }
    return new Promise((resolve, reject) => {
      this.#sends.push({ pending, resolve, reject, ref: null, wasTried: false, pauses: 0 })
      this.flush()
    })
  }

  /** Sends what waits, the first of each channel. */
  flush(): void {
    if (this.#timer !== null) return
    const busy = new Set<string>()
    for (const send of this.#sends) {
      const { channel_id: channelId, client_id: clientId, content, meta } = send.pending
      if (!busy.has(channelId) && send.ref === null) {
        const fields = { channel_id: channelId, client_key: clientId, content, ...(meta && { meta }) }
        send.ref = this.#options.ask('send_message', fields)
        if (send.ref === null) return
        send.wasTried = true
      }
      busy.add(channelId)
    }
  }

  /** The connection was lost: what was under way waits again. */
  interrupted(): void {
    for (const send of this.#sends) send.ref = null
  }

  /** True when the reply was to one of these. */
  answered({ ref, ok, data, error }: ReplyFrame): boolean {
    const send = this.#sends.find((one) => one.ref === ref)
    if (!send) return false
    if (ok) this.#settle(send, { ...(data as Message), client_id: send.pending.client_id })
    else if (error?.code === tooManyRequests && send.pauses < maxPauses) this.#pause(send)
    else {
      const { code = errorCodes.server, message = 'refused', name } = error ?? {}
      this.#settle(send, new GitpleLiveError(code, message, name))
    }
    this.flush()
    return true
  }

  /** Tells the event, now or when it is known whether it is about a message of this client. */
  happened(frame: EventFrame): void {
    if (this.#isHeld(frame)) return
    const key = keyOf(frame.channel_id, messageOf(frame)?.message_id)
    const clientId = frame.event === posted ? this.#untold.get(key) : undefined
    this.#untold.delete(key)
    this.#options.tell(frame, clientId)
  }

  /** Does it once all that the channel told before is told. */
  afterHeld(channelId: string, act: () => void): void {
    const held = this.#held.get(channelId)
    if (held) held.push(act)
    else act()
  }

  /** No more attempts. */
  abandon(error: GitpleLiveError): void {
    this.#options.environment.clearTimeout(this.#timer)
    this.#timer = null
    for (const send of this.#sends.slice()) this.#settle(send, error)
  }

  #isHeld(frame: EventFrame): boolean {
    const channelId = frame.channel_id
    if (channelId === undefined) return false
    const held = this.#held.get(channelId)
    if (held) held.push(frame)
    if (held || frame.event !== posted) return held !== undefined
    const sender = messageOf(frame)?.user?.user_id
    const isTried = ({ pending, wasTried }: Send): boolean =>
      wasTried && pending.channel_id === channelId && pending.user_id === sender
    if (!this.#sends.some(isTried)) return false
    this.#held.set(channelId, [frame])
    return true
  }

  #settle(send: Send, outcome: Message | GitpleLiveError): void {
    const { channel_id: channelId, client_id: clientId } = send.pending
    this.#sends = this.#sends.filter((one) => one !== send)
    if (!(outcome instanceof GitpleLiveError)) this.#remember(keyOf(channelId, outcome.message_id), clientId)
    this.#options.settled(send.pending, outcome)
    if (outcome instanceof GitpleLiveError) send.reject(outcome)
    else send.resolve(outcome)
    const held = this.#held.get(channelId) ?? []
    this.#held.delete(channelId)
    // Another one of this client's may be among them, and hold back the rest.
    for (const one of held) {
      if (typeof one === 'function') this.afterHeld(channelId, one)
      else this.happened(one)
    }
  }

  #remember(key: string, clientId: string): void {
    this.#untold.set(key, clientId)
    const oldest = this.#untold.keys().next()
    // A message that was told before it was acknowledged, on a connection that was lost, is never asked for.
    if (this.#untold.size > maxUntold && !oldest.done) this.#untold.delete(oldest.value)
  }

  #pause(send: Send): void {
    send.ref = null
    send.pauses++
    const { environment } = this.#options
    this.#timer ??= environment.setTimeout(
      () => {
        this.#timer = null
        this.flush()
      },
      pauseMs * (1 + environment.random()),
    )
  }
}

function messageOf({ data }: EventFrame): Message | undefined {
  return (data as { readonly message?: Message }).message
}

function keyOf(channelId: string | undefined, messageId: number | undefined): string {
  return `${channelId}/${messageId}`
}
