import type { Room, RoomId } from '../../../core/model.ts'

/**
 * Notes that hosts have seen what is in their rooms. While one note of a room is being written, all that come are one
 * more: a host with a thousand sockets in a room would otherwise write a thousand for each message.
 */
export class HostLooks {
  /** Rooms whose note is being written; true when another must follow. */
  readonly #writing = new Map<RoomId, boolean>()
  readonly #write: (room: Room) => Promise<unknown>

  /** `write` notes that the room's host has seen it as it is by then. What it rejects with is not heard. */
  constructor(write: (room: Room) => Promise<unknown>) {
    this.#write = write
  }

  look(room: Room): void {
    const again = this.#writing.get(room.id)
    if (again === undefined) this.#start(room)
    else if (!again) this.#writing.set(room.id, true)
  }

  #start(room: Room): void {
    this.#writing.set(room.id, false)
    const settled = (): void => this.#settled(room)
    this.#write(room).then(settled, settled)
  }

  #settled(room: Room): void {
    const again = this.#writing.get(room.id)
    this.#writing.delete(room.id)
    if (again) this.#start(room)
  }
}
