import type { Delivery, RoomEvent } from '../../../core/event.ts'
import type { Room, RoomId } from '../../../core/model.ts'
import type { Encoding, Framing } from '../../../core/ports.ts'
import type { Ids } from '../ids.ts'
import { chatInfo, type ChatInfo } from '../shapes.ts'

/** What is said in a channel: the event's name and what it tells; null for what nobody hears of. */
export function channelWords(ids: Ids, room: Room, event: RoomEvent): string | null {
  switch (event.type) {
    case 'message_posted':
      if (event.message.audience !== 'all') return null
      return words('new-chat', chatInfo(ids, room, event.message), ids, event)
    case 'message_edited':
      if (event.message.audience !== 'all') return null
      return words('modify-chat', chatInfo(ids, room, event.message), ids, event)
    case 'message_deleted':
      if (event.message.audience !== 'all') return null
      return words('delete-chat', chatInfo(ids, room, event.message, event.at), ids, event)
    default:
      return null
  }
}

function words(name: string, info: ChatInfo, ids: Ids, event: RoomEvent): string {
  return JSON.stringify([name, info, offsetOf(ids, event.roomId, event.seq)])
}

export function invitationWords(ids: Ids, channel: object, channelId: RoomId, seq: number): string {
  return JSON.stringify(['invited-to-channel', channel, offsetOf(ids, channelId, seq)])
}

const offsetShape = /^([0-9a-f]{24}):(\d{1,10})$/

/**
 * The last argument of what a client may have missed. Clients with connection state recovery take a text in this place for
 * the position they are at, and say it when they come back; to others it is one argument more than they look at.
 */
function offsetOf(ids: Ids, channelId: RoomId, seq: number): string {
  return `${ids.channel(channelId)}:${seq}`
}

/** Null for what we never said. */
export function readOffset(ids: Ids, offset: unknown): { roomId: RoomId; seq: number } | null {
  const [, channel, seq] = (typeof offset === 'string' && offsetShape.exec(offset)) || []
  const roomId = ids.channelOf(channel)
  return roomId === null ? null : { roomId, seq: Number(seq) }
}

/** What a community's sockets hear of one of its channels. The socket that said it doesn't: it has its answer. */
export class ChannelEncoding implements Encoding {
  readonly key: string
  readonly #ids: Ids
  readonly #framing: Framing

  constructor(ids: Ids, framing: Framing) {
    // The framing is of the community's namespace.
    this.key = `commu ${framing.name}`
    this.#ids = ids
    this.#framing = framing
  }

  encode({ event, room }: Delivery): Uint8Array | null {
    if (room === null || !('seq' in event)) return null
    const text = channelWords(this.#ids, room, event)
    return text === null ? null : this.#framing.frame(text)
  }

  skips({ event }: Delivery): string | null {
    return event.origin
  }
}

/**
 * The same for one socket that comes from another node: that may have told what this one hears later, for a node may be behind the
 * others and behind the database.
 */
export class LateEncoding implements Encoding {
  readonly key: string
  readonly #encoding: Encoding
  readonly #place: { readonly heardTo: number }

  /** `id` is the socket's. */
  constructor(encoding: Encoding, id: string, place: { readonly heardTo: number }) {
    this.key = `${encoding.key} late ${id}`
    this.#encoding = encoding
    this.#place = place
  }

  encode(delivery: Delivery): Uint8Array | null {
    const { event } = delivery
    return 'seq' in event && event.seq > this.#place.heardTo ? this.#encoding.encode(delivery) : null
  }

  skips(delivery: Delivery): string | null {
    return this.#encoding.skips?.(delivery) ?? null
  }
}
