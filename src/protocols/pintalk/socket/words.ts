import type { Delivery } from '../../../core/event.ts'
import type { Message } from '../../../core/model.ts'
import type { Encoding, Framing } from '../../../core/ports.ts'
import { datetimeOf, isOfHost, wallClock, wordsOf } from '../message-words.ts'

/** A message as its four fields. */
function messageFrame(message: Message): object {
  return {
    type: 'chat_message',
    message: wordsOf(message),
    is_host: isOfHost(message),
    datetime: datetimeOf(message),
  }
}

/** A page of messages, one frame. */
export function pageFrame(messages: readonly Message[]): string {
  return JSON.stringify({ type: 'chat_message', data: messages.map(messageFrame) })
}

/** Both names of the field: the seed's clients read `status`, the later ones `message`. */
export function statusFrame(online: boolean, at: number): string {
  const status = online ? 'online' : 'offline'
  return JSON.stringify({ type: 'notice', is_host: true, message: status, status, datetime: toSeconds(at) })
}

function closedFrame(at: number): string {
  return JSON.stringify({ type: 'notice', is_host: true, message: 'closed', datetime: toSeconds(at) })
}

/** As the clients of the seed write it: 19 characters. */
function toSeconds(at: number): string {
  return wallClock(at).slice(0, 19)
}

/** What everyone in a room hears. */
export class RoomEncoding implements Encoding {
  readonly key: string
  readonly #framing: Framing

  constructor(framing: Framing) {
    this.key = `pintalk room ${framing.name}`
    this.#framing = framing
  }

  encode({ event }: Delivery): Uint8Array | null {
    if (event.type === 'room_closed') return this.#framing.frame(closedFrame(event.at))
    if (event.type !== 'message_posted' || event.message.audience !== 'all') return null
    return this.#framing.frame(JSON.stringify(messageFrame(event.message)))
  }
}

/** What guests hear of their host. */
export class StatusEncoding implements Encoding {
  readonly key: string
  readonly #framing: Framing

  constructor(framing: Framing) {
    this.key = `pintalk status ${framing.name}`
    this.#framing = framing
  }

  encode({ event }: Delivery): Uint8Array | null {
    if (event.type !== 'presence_changed' || event.roomId !== null) return null
    return this.#framing.frame(statusFrame(event.online, event.at))
  }
}
