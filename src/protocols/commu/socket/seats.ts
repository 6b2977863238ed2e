import type { Swept } from '../../../core/broom.ts'
import type { Delivery, RoomEvent } from '../../../core/event.ts'
import type { Room, RoomId, UserId } from '../../../core/model.ts'
import type { Framing } from '../../../core/ports.ts'
import type { CommuApp } from '../settings.ts'
import type { SocketHouse } from './house.ts'
import { invitation } from './recovery.ts'
import type { Seat } from './seat.ts'
import { ChannelEncoding } from './words.ts'

export interface SeatsOptions {
  /** How long the seat of a client that was lost is kept for it. */
  readonly returnMs: number
  /** How many such seats there may be. The one that was lost first goes. */
  readonly maxAway: number
}

/** A seat that is being fetched. */
export interface Expected {
  readonly userId: UserId
  readonly communityId: RoomId
  /** The events by which its user came into channels since. */
  readonly invitations: Map<RoomId, number>
}

/** Nobody has more tabs, and one who opens thousands must not push the others out. */
const maxAwayOfUser = 32

/** All sockets of this node, and those whose clients may come back; and what becomes of them when others change who is where. */
export class Seats implements Swept {
  readonly #house: SocketHouse
  readonly #options: SeatsOptions
  readonly #byPid = new Map<string, Seat>()
  readonly #byUser = new Map<UserId, Seat[]>()
  readonly #parked = new Set<Seat>()
  readonly #expected = new Set<Expected>()
  /** Seats from other nodes, by the channels of which this node may still hear what those have told. */
  readonly #late = new Map<RoomId, Set<Seat>>()
  /** One for each community's namespace. */
  readonly #encodings = new WeakMap<Framing, ChannelEncoding>()

  constructor(house: SocketHouse, options: SeatsOptions) {
    this.#house = house
    this.#options = options
    house.bus.listen((delivery) => this.#happened(delivery))
  }

  get size(): number {
    return this.#byPid.size
  }

  /** Those whose clients are away, the one lost first in front. */
  get away(): Iterable<Seat> {
    return this.#parked
  }

  encodingOf({ ids }: CommuApp, framing: Framing): ChannelEncoding {
    let encoding = this.#encodings.get(framing)
    if (!encoding) this.#encodings.set(framing, (encoding = new ChannelEncoding(ids, framing)))
    return encoding
  }

  byPid(pid: string): Seat | null {
    return this.#byPid.get(pid) ?? null
  }

  /** The seat that a client had, if it is its user's, in this community, and can be taken again. */
  find(pid: unknown, app: CommuApp, userId: UserId, communityId: RoomId): Seat | null {
    const seat = typeof pid === 'string' ? this.#byPid.get(pid) : undefined
    if (!seat?.canReturn || seat.app !== app || seat.communityId !== communityId) return null
    return seat.session.user?.id === userId ? seat : null
  }

  enter(seat: Seat): void {
    this.#byPid.set(seat.pid, seat)
    const userId = userIdOf(seat)
    const seats = this.#byUser.get(userId)
    if (seats) seats.push(seat)
    else this.#byUser.set(userId, [seat])
  }

  /** Its client was lost. */
  park(seat: Seat): void {
    // It may have been given up while the client was going.
    if (this.#byPid.get(seat.pid) !== seat) return
    seat.parkedAt = this.#house.now()
    this.#parked.add(seat)
    const [oldest] = this.#parked
    if (oldest && this.#parked.size > this.#options.maxAway) this.leave(oldest)
    const own = this.#of(userIdOf(seat)).filter(({ parkedAt }) => parkedAt > 0)
    if (own.length > maxAwayOfUser) this.leave(own[0]!)
  }

  /** Its client is back. False when it is not there to be taken. */
  unpark(seat: Seat): boolean {
    if (!this.#parked.delete(seat)) return false
    seat.parkedAt = 0
    return true
  }

  /** For good. */
  leave(seat: Seat): void {
    if (this.#byPid.get(seat.pid) !== seat) return
    this.#byPid.delete(seat.pid)
    this.#parked.delete(seat)
    const userId = userIdOf(seat)
    const others = this.#byUser.get(userId)?.filter((one) => one !== seat) ?? []
    if (others.length > 0) this.#byUser.set(userId, others)
    else this.#byUser.delete(userId)
    seat.stopHearing()
    for (const roomId of seat.places.keys()) this.#isInTime(roomId, seat)
  }

  /** In this channel it is to be asked of each event whether it is in time. */
  isLate(seat: Seat, roomId: RoomId): void {
    const late = this.#late.get(roomId)
    if (late) late.add(seat)
    else this.#late.set(roomId, new Set([seat]))
  }

  /** To be asked before a seat is fetched from another node: where its user is invited meanwhile. */
  expect(userId: UserId, communityId: RoomId): Expected {
    const expected = { userId, communityId, invitations: new Map<RoomId, number>() }
    this.#expected.add(expected)
    return expected
  }

  /** It is here, or doesn't come. */
  stopExpecting(expected: Expected): void {
    this.#expected.delete(expected)
  }

  sweep(now: number): void {
    for (const seat of this.#parked) {
      if (now - seat.parkedAt < this.#options.returnMs) return
      this.leave(seat)
    }
  }

  /** The hub has heard of it before. */
  #happened({ event, room }: Delivery): void {
    if (this.#byPid.size === 0 && this.#expected.size === 0) return
    if (event.type === 'user_removed') for (const seat of this.#of(event.userId)) seat.dismiss()
    if (event.type === 'room_removed') this.#closed(event.roomId)
    if (room === null || !('seq' in event)) return
    if (room.kind === 'community') this.#inCommunity(event)
    else if (room.kind === 'channel' && room.parentId !== null) {
      this.#house.recent.add(event)
      this.#inChannel(event, room)
      const late = this.#late.get(event.roomId)
      if (late) for (const seat of late) if (seat.isInTime(event.roomId, event.seq)) this.#isInTime(event.roomId, seat)
    }
  }

  #inCommunity(event: RoomEvent): void {
    if (event.type === 'room_closed') this.#closed(event.roomId)
    else if (event.type === 'member_left') {
      for (const seat of this.#of(event.userId)) if (seat.communityId === event.roomId) seat.dismiss()
    }
  }

  #inChannel(event: RoomEvent, room: Room): void {
    if (event.type === 'room_closed') this.#closed(event.roomId)
    else if (event.type === 'member_left') for (const seat of this.#of(event.userId)) seat.exit(event.roomId)
    // Who came by itself, or with everybody, knows already.
    else if (event.type === 'member_joined' && event.actorId !== null && event.actorId !== event.userId) {
      for (const seat of this.#of(event.userId)) if (seat.communityId === room.parentId) this.#invite(seat, room, event)
      for (const { userId, communityId, invitations } of this.#expected)
        if (userId === event.userId && communityId === room.parentId) invitations.set(room.id, event.seq)
    }
  }

  #invite(seat: Seat, room: Room, { seq }: RoomEvent): void {
    seat.join(room, this.#house.recent.end - 1)
    seat.first(async (line) => {
      const text = await invitation(this.#house, seat, room, seq)
      if (text !== null) line.push(line.framing.frame(text))
    })
  }

  /** A channel or a community. Rare enough to look at everybody. */
  #closed(roomId: RoomId): void {
    for (const seat of this.#byPid.values()) {
      if (seat.communityId === roomId) seat.dismiss()
      else seat.exit(roomId)
    }
  }

  #isInTime(roomId: RoomId, seat: Seat): void {
    const late = this.#late.get(roomId)
    if (late?.delete(seat) && late.size === 0) this.#late.delete(roomId)
  }

  #of(userId: UserId): readonly Seat[] {
    return this.#byUser.get(userId)?.slice() ?? []
  }
}

function userIdOf({ session }: Seat): UserId {
  if (!session.user) throw new Error('a seat is somebody’s')
  return session.user.id
}
