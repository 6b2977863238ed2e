import type { Delivery } from '../../core/event.ts'
import type { Encoding, Framing } from '../../core/ports.ts'
import type { Presence } from '../../core/presence.ts'
import type { StompVersion } from '../../wire/stomp/escape.ts'
import { messageFrame } from '../../wire/stomp/frame.ts'
import type { Company } from './company.ts'
import { lobbyWords } from './lobby-words.ts'
import { roomWords } from './room-words.ts'

/** Where a subscriber wants its frames, in its own words. */
export interface Address {
  readonly framing: Framing
  readonly version: StompVersion
  readonly subscription: string
  readonly destination: string
  /** The subscription acknowledges, so 1.2 clients need to be told what to name. */
  readonly acknowledges: boolean
}

/**
 * One frame for one subscription, as bytes of its line. The message id is the same for all receivers, so that
 * subscribers with the same words share the bytes; it is unique within a subscription, as STOMP wants it.
 */
export function encodeMessage(
  { framing, version, subscription, destination, acknowledges }: Address,
  messageId: string,
  body: string,
): Uint8Array {
  const ack = acknowledges && version === '1.2' ? { ack: messageId } : {}
  return framing.frame(
    messageFrame({ subscription, destination, messageId, contentType: 'application/json', body, version, ...ack }),
  )
}

/** The words of the event last told, per audience: the JSON is made once, however subscribers named their subscriptions. */
export class Words {
  readonly #company: Company
  readonly #presence: Presence
  #toldRoom: Delivery | null = null
  #forStaff: string | null = null
  #forAll: string | null = null
  #toldLobby: Delivery | null = null
  #lobby: readonly string[] = []
  #count = 0

  constructor(company: Company, presence: Presence) {
    this.#company = company
    this.#presence = presence
  }

  room(delivery: Delivery, staff: boolean): string | null {
    if (delivery !== this.#toldRoom) {
      this.#forAll = roomWords(this.#company, this.#presence, delivery, false)
      this.#forStaff = this.#forAll ?? roomWords(this.#company, this.#presence, delivery, true)
      this.#toldRoom = delivery
      this.#count++
    }
    return staff ? this.#forStaff : this.#forAll
  }

  lobby(delivery: Delivery): readonly string[] {
    if (delivery !== this.#toldLobby) {
      this.#lobby = lobbyWords(this.#company, this.#presence, delivery)
      this.#toldLobby = delivery
      this.#count++
    }
    return this.#lobby
  }

  /** For message ids of what was just told. */
  id(delivery: Delivery): string {
    const { event } = delivery
    return 'seq' in event ? `${event.roomId}-${event.seq}` : `n-${this.#count}`
  }
}

export class RoomEncoding implements Encoding {
  readonly key: string
  readonly #words: Words
  readonly #address: Address
  readonly #staff: boolean

  constructor(words: Words, address: Address, staff: boolean) {
    this.key = `cstalk room ${staff ? 'staff' : 'all'} ${addressKey(address)}`
    this.#words = words
    this.#address = address
    this.#staff = staff
  }

  encode(delivery: Delivery): Uint8Array | null {
    const body = this.#words.room(delivery, this.#staff)
    return body === null ? null : encodeMessage(this.#address, this.#words.id(delivery), body)
  }
}

export class LobbyEncoding implements Encoding {
  readonly key: string
  readonly #words: Words
  readonly #address: Address

  constructor(words: Words, address: Address) {
    this.key = `cstalk lobby ${addressKey(address)}`
    this.#words = words
    this.#address = address
  }

  encode(delivery: Delivery): Uint8Array | null {
    const bodies = this.#words.lobby(delivery)
    if (bodies.length === 0) return null
    const id = this.#words.id(delivery)
    return Buffer.concat(bodies.map((body, index) => encodeMessage(this.#address, `${id}-${index}`, body)))
  }
}

/** Equal keys, equal bytes. The subscription stands last and is JSON-quoted, so that no client can write another's key. */
function addressKey({ framing, version, subscription, destination, acknowledges }: Address): string {
  return `${framing.name} ${version} ${acknowledges ? 'ack' : 'auto'} ${JSON.stringify([subscription, destination])}`
}
