import type { Swept } from '../../../core/broom.ts'
import type { Delivery } from '../../../core/event.ts'
import type { Room, RoomId } from '../../../core/model.ts'
import type { Bus, Log } from '../../../core/ports.ts'
import { channelIdOf } from '../channel.ts'
import type { Counts } from '../counts.ts'
import type { People } from '../people.ts'
import { usersIn } from './event-words.ts'

/** What may wait in a channel for the store. Past it, events are told without names rather than kept. */
const maxWaiting = 1000

export interface PreparedOptions {
  readonly bus: Bus
  readonly people: People
  readonly counts: Counts
  readonly log: Log
}

/**
 * The house's bus as far as it is about group channels, each delivery told once everybody in it can be named. A broadcast is encoded in
 * one go, which can't wait for the store; so whoever isn't known is looked up first, and what comes in the channel meanwhile waits
 * its turn. Nearly always everybody is known, and it is told at once.
 */
export class Prepared implements Bus, Swept {
  readonly #bus: Bus
  readonly #people: People
  readonly #counts: Counts
  readonly #log: Log
  readonly #listeners: ((delivery: Delivery) => void)[] = []
  readonly #waiting = new Map<RoomId, Delivery[]>()
  /** How many follow it. */
  readonly #followed = new Map<RoomId, number>()
  /** The newest event told in each channel, of the last and the last but one round of the broom. */
  #young = new Map<RoomId, number>()
  #old = new Map<RoomId, number>()

  constructor({ bus, people, counts, log }: PreparedOptions) {
    this.#bus = bus
    this.#people = people
    this.#counts = counts
    this.#log = log
    bus.listen((delivery) => this.#hear(delivery))
  }

  publish(delivery: Delivery): void {
    this.#bus.publish(delivery)
  }

  /** In the order they came. For good. */
  listen(listener: (delivery: Delivery) => void): () => void {
    this.#listeners.push(listener)
    return () => this.#listeners.splice(this.#listeners.indexOf(listener), 1)
  }

  /** The seq up to which everyone has been told, as far as a look at the room may be behind. */
  toldTo({ id, lastSeq }: Room): number {
    return Math.max(lastSeq, this.#young.get(id) ?? 0, this.#old.get(id) ?? 0)
  }

  /** From now on nothing is missed of these rooms, whoever listens: so that `toldTo` says it all. Returns how to end that. */
  follow(rooms: readonly Room[]): () => void {
    for (const { id } of rooms) this.#followed.set(id, (this.#followed.get(id) ?? 0) + 1)
    return () => {
      for (const { id } of rooms) {
        const others = (this.#followed.get(id) ?? 1) - 1
        if (others > 0) this.#followed.set(id, others)
        else this.#followed.delete(id)
      }
    }
  }

  /** Whether a room has to be heard of here for more than its listeners. */
  follows(roomId: RoomId): boolean {
    return this.#followed.has(roomId) || this.#waiting.has(roomId)
  }

  sweep(): void {
    if (this.#young.size === 0 && this.#old.size === 0) return
    this.#old = this.#young
    this.#young = new Map()
  }

  #hear(delivery: Delivery): void {
    const { room } = delivery
    if (room?.kind !== 'group' || channelIdOf(room) === null) return
    const waiting = this.#waiting.get(room.id)
    if (waiting && waiting.length < maxWaiting) waiting.push(delivery)
    else if (waiting) {
      waiting.push(delivery)
      this.#release(room.id)
    } else if (this.#isKnown(delivery, room)) this.#tell(delivery)
    else void this.#prepare(delivery, room)
  }

  #isKnown({ event }: Delivery, { id }: Room): boolean {
    // Asked first: it counts the event.
    const count = 'seq' in event ? this.#counts.after(event) : this.#counts.peek(id)
    if (count === null) return false
    for (const userId of usersIn(event)) if (this.#people.peek(userId) === null) return false
    return true
  }

  async #prepare(delivery: Delivery, room: Room): Promise<void> {
    const waiting = [delivery]
    this.#waiting.set(room.id, waiting)
    try {
      await this.#load(waiting, room)
    } catch (error) {
      this.#log.warn({ error, roomId: room.id }, 'a channel’s events are told without names')
    }
    // It may have been released, and others be waiting in the channel now.
    if (this.#waiting.get(room.id) === waiting) this.#release(room.id)
  }

  /** Until nobody new is among those who wait. */
  async #load(waiting: readonly Delivery[], room: Room): Promise<void> {
    for (let known = 0; known < waiting.length;) {
      const ids = waiting.slice(known).flatMap(({ event }) => usersIn(event))
      known = waiting.length
      await Promise.all([this.#people.load(room.appId, ids), this.#counts.of(room)])
    }
  }

  #release(roomId: RoomId): void {
    const waiting = this.#waiting.get(roomId) ?? []
    this.#waiting.delete(roomId)
    for (const delivery of waiting) this.#tell(delivery)
  }

  #tell(delivery: Delivery): void {
    const { event } = delivery
    if ('seq' in event) this.#young.set(event.roomId, event.seq)
    for (const listener of this.#listeners) {
      try {
        listener(delivery)
      } catch (error) {
        this.#log.error({ error, event: event.type }, 'a listener failed on a channel’s event')
      }
    }
  }
}
