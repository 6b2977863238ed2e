import type { Delivery } from '../../../core/event.ts'
import type { Room, RoomId } from '../../../core/model.ts'
import type { Bus } from '../../../core/ports.ts'
import { leftHost } from './left-host.ts'

/** A socket in a room. */
export interface Occupant {
  readonly room: Room
  happened(delivery: Delivery): void
  hostLeft(): void
}

/** The sockets in each room, for what the hub's bytes don't do: closing them, and what only one of them must know. */
export class OpenRooms {
  readonly #rooms = new Map<RoomId, Set<Occupant>>()

  /** Made after the hub, so that its words go out before a close. */
  constructor(bus: Bus) {
    bus.listen((delivery) => {
      const { event } = delivery
      if ('roomId' in event) {
        if (event.roomId !== null) for (const one of this.#rooms.get(event.roomId) ?? []) one.happened(delivery)
      } else this.#closeOf(leftHost(event))
    })
  }

  enter(occupant: Occupant): void {
    const occupants = this.#rooms.get(occupant.room.id)
    if (occupants) occupants.add(occupant)
    else this.#rooms.set(occupant.room.id, new Set([occupant]))
  }

  leave(occupant: Occupant): void {
    const occupants = this.#rooms.get(occupant.room.id)
    if (occupants?.delete(occupant) && occupants.size === 0) this.#rooms.delete(occupant.room.id)
  }

  isOpen(roomId: RoomId): boolean {
    return this.#rooms.has(roomId)
  }

  /** The rooms with a socket in them, each once. */
  *all(): Generator<Room> {
    for (const [occupant] of this.#rooms.values()) if (occupant) yield occupant.room
  }

  /** Rooms with a socket in them. */
  get size(): number {
    return this.#rooms.size
  }

  /** Goes through all rooms: accounts are seldom left. */
  #closeOf(hostId: Room['ownerId']): void {
    if (hostId === null) return
    for (const occupants of this.#rooms.values()) {
      for (const one of occupants) if (one.room.ownerId === hostId) one.hostLeft()
    }
  }
}
