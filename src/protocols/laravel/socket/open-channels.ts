import type { Delivery } from '../../../core/event.ts'
import type { AppId } from '../../../core/model.ts'
import type { Nodes, Roster } from '../../../core/nodes.ts'
import type { Bus, Clock, Line } from '../../../core/ports.ts'
import { channelOfName, channelOfRoom, socketName } from '../channel-names.ts'
import { placeKey, placeOf } from '../place-keys.ts'
import { audienceOf, broadcastMeta, frameOf, system, type Speaker } from '../words.ts'

/** A socket in a channel, as the others see it. */
export interface Occupant extends Line {
  readonly speaker: Speaker
  /** The channel's room is gone. */
  removed(): void
}

type Coming = 'connectOther' | 'disconnectOther'
type Where = { readonly appId: AppId; readonly channel: string }

interface Present {
  readonly speaker: Speaker
  /** On this node. Two tabs are one user until both are gone. */
  sockets: number
  /** On how many other nodes; of channels that tell who comes and goes. */
  elsewhere: number
}

interface Seats {
  readonly occupants: Set<Occupant>
  readonly users: Map<number, Present>
}

export interface OpenChannelsOptions {
  readonly bus: Bus
  readonly nodes: Nodes
  readonly now: Clock
}

const maxListed = 1000

/**
 * Who sits in which channel: on this node, for words to one user, and on all of them, where the channel tells who comes and
 * goes. Each node tells its own as it learns of it, so that what they hear fits the list that they began with.
 */
export class OpenChannels {
  readonly #channels = new Map<string, Seats>()
  readonly #bus: Bus
  readonly #now: Clock
  /** The names of those who are here, by channel and user. */
  readonly #roster: Roster

  constructor({ bus, nodes, now }: OpenChannelsOptions) {
    this.#bus = bus
    this.#now = now
    this.#roster = nodes.roster('socket-channels')
    bus.listen((delivery) => this.#happened(delivery))
    this.#roster.onChange((key) => this.#follow(key))
  }

  /** `isTold`: the channel tells who comes and goes. Whoever is new is told by `welcome`. */
  enter(appId: AppId, channel: string, occupant: Occupant, isTold: boolean): boolean {
    const { speaker } = occupant
    const seats = this.#open(keyOf(appId, channel))
    seats.occupants.add(occupant)
    const known = seats.users.get(speaker.id)
    const user = known ?? { speaker, sockets: 0, elsewhere: 0 }
    if (!known) seats.users.set(speaker.id, user)
    if (++user.sockets === 1 && isTold)
      this.#roster.put(placeKey(appId, channel, String(speaker.id)), user.speaker.name)
    return !known
  }

  /** A user who is new in the channel: to everyone there, the user too. */
  welcome(appId: AppId, channel: string, speaker: Speaker): void {
    this.#tell({ appId, channel }, 'connectOther', speaker)
  }

  /** Once for each `enter`, with the same. */
  leave(appId: AppId, channel: string, occupant: Occupant, isTold: boolean): void {
    const key = keyOf(appId, channel)
    const seats = this.#channels.get(key)
    if (!seats?.occupants.delete(occupant)) return
    const { speaker } = occupant
    const user = seats.users.get(speaker.id)
    if (user && --user.sockets === 0) {
      if (isTold) this.#roster.remove(placeKey(appId, channel, String(speaker.id)))
      if (user.elsewhere === 0) {
        seats.users.delete(speaker.id)
        if (isTold) this.#tell({ appId, channel }, 'disconnectOther', speaker)
      }
    }
    if (seats.users.size === 0) this.#channels.delete(key)
  }

  /** Each user once, the longest there first; of a crowd the first 1,000. */
  users(appId: AppId, channel: string): Speaker[] {
    const users = this.#channels.get(keyOf(appId, channel))?.users.values() ?? []
    const listed: Speaker[] = []
    for (const { speaker } of users) {
      if (listed.length === maxListed) break
      listed.push(speaker)
    }
    return listed
  }

  #open(key: string): Seats {
    let seats = this.#channels.get(key)
    if (!seats) this.#channels.set(key, (seats = { occupants: new Set(), users: new Map() }))
    return seats
  }

  /** Another node has somebody else under a key. */
  #follow(key: string): void {
    const place = placeOf(key)
    const id = Number(place?.person)
    if (!place || !Number.isSafeInteger(id) || String(id) !== place.person) return
    const others = this.#roster.others(key)
    const [name] = others.values()
    const channelKey = keyOf(place.appId, place.channel)
    const known = this.#channels.get(channelKey)?.users.get(id)
    if (known) {
      known.elsewhere = others.size
      if (known.sockets > 0 || known.elsewhere > 0) return
      const seats = this.#open(channelKey)
      seats.users.delete(id)
      if (seats.users.size === 0) this.#channels.delete(channelKey)
      this.#tell(place, 'disconnectOther', known.speaker)
    } else if (name !== undefined) {
      const speaker = { name, id }
      this.#open(channelKey).users.set(id, { speaker, sockets: 0, elsewhere: others.size })
      this.#tell(place, 'connectOther', speaker)
    }
  }

  #tell({ appId, channel }: Where, name: Coming, speaker: Speaker): void {
    const data = JSON.stringify({ user: { name: speaker.name, id: speaker.id } })
    const meta = broadcastMeta({ speaker: system, to: null })
    const words = { channel: socketName(channel), name, data, meta, origin: null }
    this.#bus.publish({ event: { type: 'broadcast', appId, at: this.#now(), ...words }, room: null, here: true })
  }

  #happened(delivery: Delivery): void {
    const { event } = delivery
    const channel = channelOf(delivery)
    const seats = channel === null ? null : this.#channels.get(keyOf(event.appId, channel))
    if (!seats) return
    if (event.type === 'room_removed') {
      for (const occupant of seats.occupants) occupant.removed()
      return
    }
    const to = audienceOf(delivery)
    if (typeof to !== 'number' || !seats.users.has(to)) return
    const text = frameOf(delivery)
    if (text === null) return
    for (const occupant of seats.occupants) {
      if (occupant.speaker.id === to) occupant.push(occupant.framing.frame(text))
    }
  }
}

/** The channel that a delivery is about; null for whatever concerns no channel of this wire. */
function channelOf({ event, room }: Delivery): string | null {
  if (event.type === 'broadcast') return channelOfName(event.channel)
  if (event.type !== 'message_posted' && event.type !== 'room_removed') return null
  return room && channelOfRoom(room)
}

function keyOf(appId: AppId, channel: string): string {
  return `${appId}:${channel}`
}
