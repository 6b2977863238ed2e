import type { Room, User } from '../../../core/model.ts'
import type { Position } from './frames.ts'
import type { LiveHouse } from './house.ts'
import { gapFrame } from './replies.ts'

const maxLooks = 20
const betweenLooksMs = 25

/** The connection that comes back. */
export interface Returning {
  isOpen(): boolean
  push(bytes: Uint8Array): void
  say(text: string): void
  /** It hears the channel from now on. */
  attach(room: Room): void
}

interface Behind {
  readonly room: Room
  readonly channelId: string
  readonly position: Position
}

/**
 * Tells a connection what it missed, and lets it hear each channel from exactly there on: between the last event that is told
 * again and the first that is heard there is no pause in which one could get lost. Past `maxReplayBytes` it stops and names
 * the channels that are left: who asks for them has read what came before, so that nobody is buried.
 */
export class Resumption {
  readonly #house: LiveHouse
  readonly #user: User
  readonly #returning: Returning
  readonly #behind: Behind[] = []
  readonly #lost: string[] = []

  constructor(house: LiveHouse, user: User, returning: Returning) {
    this.#house = house
    this.#user = user
    this.#returning = returning
  }

  add(room: Room, channelId: string, position: Position): void {
    this.#behind.push({ room, channelId, position })
  }

  /** The client was in a channel that the user isn't in, or that isn't there. */
  lost(channelId: string): void {
    this.#lost.push(channelId)
  }

  /** The channels that are left. */
  async run(): Promise<string[]> {
    const pending: string[] = []
    for (const channelId of this.#lost) this.#returning.say(gapFrame(channelId, null, 'left'))
    let room = this.#house.live.maxReplayBytes
    for (const behind of this.#behind) {
      if (!this.#returning.isOpen()) return []
      const used = room > 0 ? await this.#resume(behind, room) : null
      if (used === null) pending.push(behind.channelId)
      else room -= used
    }
    return pending
  }

  /** Whether nothing has come that far. What another node told may reach this one a moment later. */
  async #isBeyond(room: Room, seq: number): Promise<boolean> {
    const { prepared, store, nodes } = this.#house
    let now: Room | null = room
    for (let looks = 0; now && seq > prepared.toldTo(now); looks++) {
      if (looks > (nodes.all.length > 1 ? maxLooks : 0)) return true
      if (looks > 0) await new Promise((resolve) => setTimeout(resolve, betweenLooksMs))
      now = await store.rooms.byId(room.appId, room.id)
    }
    return now === null
  }

  /** How many bytes were told; null when there is more. */
  async #resume({ room, channelId, position: [seq, epoch] }: Behind, most: number): Promise<number | null> {
    const { backlogs, store, prepared } = this.#house
    const isUnknown = epoch !== room.createdAt || (await this.#isBeyond(room, seq))
    for (;;) {
      const reach = isUnknown ? 'unknown' : await backlogs.reach(room, seq)
      const roomful = await store.rooms.withMembers(room.appId, room.id)
      if (!this.#returning.isOpen()) return 0
      // From here on nothing waits: what is told and what is heard join on.
      if (!roomful?.members.has(this.#user.id)) {
        this.#returning.say(gapFrame(channelId, null, 'left'))
        return 0
      }
      if (reach !== 'reached') {
        const now = roomful.room
        this.#returning.say(gapFrame(channelId, [prepared.toldTo(now), now.createdAt], reach))
        this.#returning.attach(now)
        return 0
      }
      const missed = backlogs.after(room.id, seq, most)
      if (missed === null) continue
      if (missed.bytes.byteLength > 0) this.#returning.push(missed.bytes)
      if (!missed.isAll) return null
      this.#returning.attach(room)
      return missed.bytes.byteLength
    }
  }
}
