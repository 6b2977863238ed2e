import type { Close } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { Room, RoomId, User } from '../../../core/model.ts'
import type { Encoding, Line } from '../../../core/ports.ts'
import type { Session } from '../../../core/session.ts'
import type { EventHandler, NamespaceLine } from '../../../wire/socketio/service.ts'
import type { CommuApp } from '../settings.ts'
import { catchUp, type Arrival } from './catch-up.ts'
import { Gate } from './gate.ts'
import type { SocketHouse } from './house.ts'
import { textsOf, wordsOfReturn } from './recovery.ts'
import type { Trace } from './recent-events.ts'
import type { Seats } from './seats.ts'
import { Talk } from './talk.ts'
import { LateEncoding } from './words.ts'

/** A channel that a socket has joined. */
export interface Place {
  /** While the client is away, one that says nothing: then what it misses is noted. */
  subscription: Subscription
  /** Among the recent events: the first one that the socket hears. */
  readonly fromIndex: number
  /** The channel's newest event when the socket joined. */
  fromSeq: number
  /** The recent event by which it was invited; -1 when it came by itself. */
  invitedIndex: number
  /** Up to here another node has told it, whatever this one hears later; 0 for no other node. */
  heardTo: number
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

/** Listens for those who are away. */
const nobody: Line = {
  id: 'nobody',
  framing: { name: 'none', frame: (text) => Buffer.from(text) },
  address: '',
  origin: null,
  push() {},
  close() {},
}
const silence: Encoding = { key: 'commu away', encode: () => null }

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
  /** What was told of the time between another node, which it comes from, and this one. Older than all recent events. */
  backlog: readonly Trace[] = []
  /** When the client was lost; 0 while it is there. */
  parkedAt = 0
  readonly #house: SocketHouse
  readonly #seats: Seats
  #line: NamespaceLine | null
  /** Where its channels are heard while something older is still to be said. */
  #gate: Gate | null = null
  #sayings = 0
  #isArriving = false
  /** Channels of which this node may still hear what another has told. */
  #late: Set<RoomId> | null = null
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

  /** The client comes from another node. */
  arrive(arrival: Arrival): this {
    const { heard, invitedBy } = arrival
    const fromIndex = this.#house.recent.end
    this.#late = new Set(heard.keys())
    for (const [roomId, fromSeq] of heard) {
      this.keep(roomId, { fromIndex, fromSeq, invitedIndex: -1, heardTo: fromSeq })
      this.#seats.isLate(this, roomId)
    }
    // One that is lost again in this moment has to look for itself.
    this.#isArriving = true
    this.first(async (line) => {
      const { backlog, rooms } = await catchUp(this.#house, this, arrival)
      this.backlog = backlog
      for (const { index, roomId, seq } of backlog) {
        const place = this.places.get(roomId)
        if (place && invitedBy.get(roomId) === seq) place.invitedIndex = index
      }
      const texts = await textsOf(this.#house, this, backlog, rooms)
      this.#isArriving = false
      for (const text of texts) line.push(line.framing.frame(text))
    })
    return this
  }

  event(name: string, args: readonly unknown[], ackId: number | null): void {
    if (this.#line) new Talk(this.#house, this, this.#line, ackId).take(name, args[0])
  }

  closed(lost: boolean): void {
    this.#line = null
    this.#gate = null
    this.#sayings = 0
    this.#turn = null
    this.#house.sessions.remove(this.session)
    // It may have been given up while the client was going.
    if (lost && this.canReturn && !this.#isArriving && this.#seats.byPid(this.pid) === this) {
      this.#hearAllOn(nobody)
      this.#seats.park(this)
    } else {
      this.stopHearing()
      this.#seats.leave(this)
    }
    this.#vacant?.resolve()
    this.#vacant = null
  }

  /** Nobody comes back to it. */
  stopHearing(): void {
    for (const { subscription } of this.places.values()) this.#house.hub.unsubscribe(subscription)
  }

  /** Hears a channel from now on. */
  join(room: Room, invitedIndex = -1): void {
    this.keep(room.id, { fromIndex: this.#house.recent.end, fromSeq: room.lastSeq, invitedIndex, heardTo: 0 })
  }

  /** The same, for a channel that it was in before. */
  keep(roomId: RoomId, place: Omit<Place, 'subscription'>): void {
    if (this.places.has(roomId)) return
    const line = this.#gate ?? this.#line ?? nobody
    this.places.set(roomId, { subscription: this.#hear(roomId, line, place), ...place })
  }

  /** An event of a channel was heard. True when this node is no longer late there. */
  isInTime(roomId: RoomId, seq: number): boolean {
    const place = this.places.get(roomId)
    if (place && seq <= place.heardTo) return false
    this.#late?.delete(roomId)
    if (this.#late?.size === 0) this.#late = null
    if (place) this.#hearAgain(roomId, place, this.#gate ?? this.#line ?? nobody)
    return true
  }

  /** Hears it no more. */
  exit(roomId: RoomId): void {
    const place = this.places.get(roomId)
    if (!place) return
    this.#house.hub.unsubscribe(place.subscription)
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
    for (const [roomId, place] of this.places) this.#hearAgain(roomId, place, line)
  }

  #hearAgain(roomId: RoomId, place: Place, line: Line): void {
    this.#house.hub.unsubscribe(place.subscription)
    place.subscription = this.#hear(roomId, line, place)
  }

  #hear(roomId: RoomId, line: Line, place: { readonly heardTo: number }): Subscription {
    const { hub } = this.#house
    if (line === nobody) return hub.subscribe(roomId, silence, line)
    const encoding = this.#seats.encodingOf(this.app, line.framing)
    const isLate = this.#late?.has(roomId) ?? false
    return hub.subscribe(roomId, isLate ? new LateEncoding(encoding, this.id, place) : encoding, line)
  }
}
