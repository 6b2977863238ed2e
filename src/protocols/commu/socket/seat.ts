import { randomBytes } from 'node:crypto'
import type { Close } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { Room, RoomId, User } from '../../../core/model.ts'
import type { Line } from '../../../core/ports.ts'
import type { Session } from '../../../core/session.ts'
import type { EventHandler, NamespaceLine } from '../../../wire/socketio/service.ts'
import type { CommuApp } from '../settings.ts'
import { Gate } from './gate.ts'
import type { SocketHouse } from './house.ts'
import { wordsOfReturn } from './recovery.ts'
import type { Trace } from './recent-events.ts'
import type { Seats } from './seats.ts'
import { Talk } from './talk.ts'

/** A channel that a socket has joined. */
export interface Place {
  /** Null while the client is away. */
  subscription: Subscription | null
  /** Among the recent events: the first one that the socket hears. */
  readonly fromIndex: number
  /** The channel's newest event when the socket joined. */
  readonly fromSeq: number
  /** The recent event by which it was invited; -1 when it came by itself. */
  readonly invitedIndex: number
}

export interface SeatOptions {
  readonly house: SocketHouse
  readonly seats: Seats
  readonly app: CommuApp
  readonly user: User
  readonly communityId: RoomId
  /** Null for a seat of before a restart, whose client isn't there yet. */
  readonly line: NamespaceLine | null
  /** Whether the client can say where it was when it comes back. */
  readonly canReturn: boolean
  readonly pid: string
  readonly id: string
  readonly startIndex: number
}

const dismissed: Close = { code: 'gone', reason: 'no longer in this community', retry: 'never' }
const lostTrack: Close = { code: 'slow', reason: 'come back and start again', retry: 'now' }

export function newPid(): string {
  return randomBytes(15).toString('base64url')
}

/**
 * A socket of a user in a community, with the channels it joined. It outlives its connection for a while: a client that
 * comes back takes it again, and hears first what happened meanwhile.
 */
export class Seat implements EventHandler {
  readonly pid: string
  /** The socket's id, the same on each of its connections. */
  readonly id: string
  readonly app: CommuApp
  readonly communityId: RoomId
  readonly session: Session
  readonly canReturn: boolean
  readonly places = new Map<RoomId, Place>()
  /** The first of the recent events that it may have heard. */
  readonly startIndex: number
  /** When the client was lost; 0 while it is there. */
  parkedAt = 0
  readonly #house: SocketHouse
  readonly #seats: Seats
  #line: NamespaceLine | null
  /** Where its channels are heard while something older is still to be said. */
  #gate: Gate | null = null
  #sayings = 0
  #turn: Promise<void> | null = null
  #vacant: PromiseWithResolvers<void> | null = null

  constructor({ house, seats, app, user, communityId, line, canReturn, pid, id, startIndex }: SeatOptions) {
    this.pid = pid
    this.id = id
    this.app = app
    this.communityId = communityId
    this.session = { app: app.app, user, origin: id }
    this.canReturn = canReturn
    this.startIndex = startIndex
    this.#house = house
    this.#seats = seats
    this.#line = line
    if (line) house.sessions.add(this.session)
    seats.enter(this)
  }

  /** The client is back on a new connection, and has missed these. */
  resume(line: NamespaceLine, user: User, missed: readonly Trace[]): this {
    this.#line = line
    this.session.user = user
    this.#house.sessions.add(this.session)
    this.first(async () => {
      for (const text of await wordsOfReturn(this.#house, this, missed)) line.push(line.framing.frame(text))
    })
    return this
  }

  event(name: string, args: readonly unknown[], ackId: number | null): void {
    if (this.#line) new Talk(this.#house, this, this.#line, ackId).take(name, args[0])
  }

  closed(lost: boolean): void {
    for (const place of this.places.values()) this.#stopHearing(place)
    this.#line = null
    this.#gate = null
    this.#sayings = 0
    this.#turn = null
    this.#house.sessions.remove(this.session)
    this.#vacant?.resolve()
    this.#vacant = null
    if (lost && this.canReturn) this.#seats.park(this)
    else this.#seats.leave(this)
  }

  /** Hears a channel from now on. */
  join(room: Room, invitedIndex = -1): void {
    if (this.places.has(room.id)) return
    const line = this.#gate ?? this.#line
    const fromIndex = this.#house.recent.end
    const place = { subscription: line && this.#hear(room.id, line), fromIndex, fromSeq: room.lastSeq, invitedIndex }
    this.places.set(room.id, place)
  }

  /** Hears it no more. */
  exit(roomId: RoomId): void {
    const place = this.places.get(roomId)
    if (!place) return
    this.#stopHearing(place)
    this.places.delete(roomId)
  }

  /** Out of the community. */
  dismiss(): void {
    // First, so that it isn't kept for a client that is being lost in this moment.
    this.#seats.leave(this)
    this.#line?.close(dismissed)
  }

  /** Whether this is still its connection. */
  isTaken(line: NamespaceLine): boolean {
    return this.#line === line
  }

  /** Hangs up, for the client's next connection to take the seat. Resolves when that may be. */
  async vacated(): Promise<void> {
    if (this.#line === null) return
    this.#vacant ??= Promise.withResolvers()
    const { promise } = this.#vacant
    this.#line.close({ code: 'stale', reason: 'connected again', retry: 'now' })
    await promise
  }

  /** Says what has to be looked up, before anything that happens in the channels from now on. */
  first(say: (line: NamespaceLine) => Promise<void>): void {
    const line = this.#line
    if (!line) return
    if (this.#sayings++ === 0) this.#hearAllOn((this.#gate = new Gate(line)))
    this.#gate?.shut()
    const saying = (this.#turn ?? Promise.resolve()).then(() => say(line))
    this.#turn = saying.then(
      () => this.#said(line),
      (error: unknown) => this.#lost(line, error),
    )
  }

  #said(line: NamespaceLine): void {
    if (this.#line !== line) return
    this.#gate?.open()
    if (--this.#sayings > 0) return
    this.#gate = null
    this.#turn = null
    this.#hearAllOn(line)
  }

  /** What was missed is not to be had. Then the client has to know, and does when its next socket is a new one. */
  #lost(line: NamespaceLine, error: unknown): void {
    this.#house.log.info({ error, user: this.session.user?.id }, 'a client could not be told what it missed')
    this.#seats.leave(this)
    line.close(lostTrack)
  }

  #hearAllOn(line: Line): void {
    for (const [roomId, place] of this.places) {
      this.#stopHearing(place)
      place.subscription = this.#hear(roomId, line)
    }
  }

  #hear(roomId: RoomId, line: Line): Subscription {
    return this.#house.hub.subscribe(roomId, this.#seats.encodingOf(this.app, line.framing), line)
  }

  #stopHearing(place: Place): void {
    if (place.subscription) this.#house.hub.unsubscribe(place.subscription)
    place.subscription = null
  }
}
