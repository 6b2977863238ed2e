import type { Delivery } from '../../../core/event.ts'
import type { AppId } from '../../../core/model.ts'
import type { Bus, Line } from '../../../core/ports.ts'
import { channelOfName, channelOfRoom } from '../channel-names.ts'
import { audienceOf, frameOf, type Speaker } from '../words.ts'

/** A socket in a channel, as the others see it. */
export interface Occupant extends Line {
  readonly speaker: Speaker
  /** The channel's room is gone. */
  removed(): void
}

interface Seats {
  readonly occupants: Set<Occupant>
  /** How many sockets each user has here. Two tabs are one user until both are gone. */
  readonly users: Map<number, { readonly speaker: Speaker; sockets: number }>
}

const maxListed = 1000

/** Who sits in which channel on this node: for words to one user, and for who comes and goes. */
export class OpenChannels {
  readonly #channels = new Map<string, Seats>()

  constructor(bus: Bus) {
    bus.listen((delivery) => this.#happened(delivery))
  }

  /** True when it is the user's first socket in the channel. */
  enter(appId: AppId, channel: string, occupant: Occupant): boolean {
    const key = keyOf(appId, channel)
    let seats = this.#channels.get(key)
    if (!seats) this.#channels.set(key, (seats = { occupants: new Set(), users: new Map() }))
    seats.occupants.add(occupant)
    const { speaker } = occupant
    const user = seats.users.get(speaker.id)
    if (user) user.sockets++
    else seats.users.set(speaker.id, { speaker, sockets: 1 })
    return !user
  }

  /** True when it was the user's last. */
  leave(appId: AppId, channel: string, occupant: Occupant): boolean {
    const key = keyOf(appId, channel)
    const seats = this.#channels.get(key)
    if (!seats?.occupants.delete(occupant)) return false
    if (seats.occupants.size === 0) this.#channels.delete(key)
    const user = seats.users.get(occupant.speaker.id)
    if (!user || --user.sockets > 0) return false
    seats.users.delete(occupant.speaker.id)
    return true
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
