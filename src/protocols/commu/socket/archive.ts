import type { AppId, RoomId, User, UserId } from '../../../core/model.ts'
import type { Roomful } from '../../../core/room.ts'
import type { CommuApp } from '../settings.ts'
import type { SocketHouse } from './house.ts'
import type { RecentEvents, Trace } from './recent-events.ts'
import { Seat } from './seat.ts'
import type { Seats } from './seats.ts'

const collection = 'commu_seats'
const seatsInOne = 200
/** A client that was cut off by the stop knows one of the last events. */
const maxTraces = 10_000
const tracesInOne = 2000

/** Places in the list of kept traces take the place of indexes; -1 for what came before the first of them. */
interface KeptPlace {
  readonly roomId: RoomId
  readonly from: number
  readonly fromSeq: number
  /** -1 too for one that came by itself. */
  readonly invited: number
}

interface KeptSeat {
  readonly pid: string
  readonly id: string
  readonly userId: UserId
  readonly communityId: RoomId
  readonly start: number
  readonly places: readonly KeptPlace[]
}

interface KeptTraces {
  readonly rooms: readonly RoomId[]
  readonly seqs: readonly number[]
  /** Only those of sockets that may come back: nobody else asks. */
  readonly origins: readonly (string | null)[]
}

/** What one document holds: seats, or traces, or the newest events of channels. They are read in the order of `part`. */
interface Body {
  readonly part: number
  readonly seats?: readonly KeptSeat[]
  readonly traces?: KeptTraces
  readonly lastSeqs?: readonly (readonly [RoomId, number])[]
}

/** What a seat comes back to: where the traces that were kept begin, and what is still there. */
interface Meanwhile {
  readonly before: number
  readonly rooms: ReadonlyMap<RoomId, Roomful>
}

/**
 * Brings the seats of clients that are cut off by a stop of the server over to its next start, with the order of the last
 * events, so that they are told what they miss. What a crash takes along, clients have to look for themselves.
 */
export class Archive {
  readonly #house: SocketHouse
  readonly #seats: Seats
  readonly #keepMs: number

  constructor(house: SocketHouse, seats: Seats, keepMs: number) {
    this.#house = house
    this.#seats = seats
    this.#keepMs = keepMs
  }

  /** When the last client has gone. */
  async save(): Promise<void> {
    for (const app of this.#house.apps) await this.#saveOf(app)
  }

  /** Before the first client comes. */
  async load(): Promise<void> {
    for (const app of this.#house.apps) await this.#loadOf(app)
  }

  async #saveOf(app: CommuApp): Promise<void> {
    const { store, recent, now } = this.#house
    const seats = [...this.#seats.away].filter((seat) => seat.app === app)
    if (seats.length === 0) return
    const rooms = new Set(seats.flatMap(({ places }) => [...places.keys()]))
    // Before the traces: then no event is in neither.
    const lastSeqs = await this.#lastSeqs(app.app.id, rooms)
    const all = [...recent.since(0, rooms)]
    const traces = all.slice(-maxTraces)
    const from = traces.length < all.length ? traces[0]!.index : recent.start
    const parts = [
      { lastSeqs },
      ...keptTraces(traces, new Set(seats.map(({ id }) => id))),
      ...slices(seats, seatsInOne).map((some) => ({ seats: some.map((seat) => keptSeat(seat, traces, from)) })),
    ]
    const expiresAt = now() + this.#keepMs
    const { documents } = store
    await Promise.all(
      parts.map((body, part) => documents.add(app.app.id, collection, { ...body, part }, { expiresAt })),
    )
  }

  async #loadOf(app: CommuApp): Promise<void> {
    const { recent, store } = this.#house
    const bodies = await this.#take(app.app.id)
    const before = recent.end
    const known = new Map(bodies.flatMap(({ lastSeqs }) => lastSeqs ?? []))
    for (const { traces } of bodies) if (traces) remember(recent, traces, known)
    // What was written over REST while the server was stopping, after its sockets were gone.
    for (const [roomId, lastSeq] of await this.#lastSeqs(app.app.id, known.keys())) {
      for (let seq = (known.get(roomId) ?? lastSeq) + 1; seq <= lastSeq; seq++)
        recent.add({ roomId, seq, origin: null })
    }
    const kept = bodies.flatMap(({ seats }) => seats ?? [])
    const users = await store.users.byIds(
      app.app.id,
      kept.map(({ userId }) => userId),
    )
    const rooms = await this.#living(app.app.id, kept)
    for (const seat of kept) {
      const user = users.get(seat.userId)
      if (user && rooms.get(seat.communityId)?.members.has(user.id)) this.#restore(app, user, seat, { before, rooms })
    }
  }

  /** The communities and channels of seats, those that weren't closed meanwhile. */
  async #living(appId: AppId, seats: readonly KeptSeat[]): Promise<Map<RoomId, Roomful>> {
    const ids = new Set(seats.flatMap(({ communityId, places }) => [communityId, ...places.map((one) => one.roomId)]))
    const found = new Map<RoomId, Roomful>()
    for (const id of ids) {
      const roomful = await this.#house.store.rooms.withMembers(appId, id)
      if (roomful?.room.state === 'active') found.set(id, roomful)
    }
    return found
  }

  /** What was left takes effect once. */
  async #take(appId: AppId): Promise<Body[]> {
    const { documents } = this.#house.store
    const bodies: Body[] = []
    for (;;) {
      const { documents: some } = await documents.list(appId, collection, { limit: 100 })
      if (some.length === 0) return bodies.sort((a, b) => a.part - b.part)
      bodies.push(...some.map(({ body }) => body as unknown as Body))
      await Promise.all(some.map(({ id }) => documents.remove(appId, collection, id)))
    }
  }

  #restore(app: CommuApp, user: User, kept: KeptSeat, { before, rooms }: Meanwhile): void {
    const indexOf = (place: number): number => (place === -1 ? -1 : before + place)
    const { pid, id, communityId } = kept
    const options = { house: this.#house, seats: this.#seats, app, user, communityId, pid, id }
    const seat = new Seat({ ...options, line: null, canReturn: true, startIndex: indexOf(kept.start) })
    for (const { roomId, from, fromSeq, invited } of kept.places) {
      // Who was taken out meanwhile is told nothing.
      if (!rooms.get(roomId)?.members.has(user.id)) continue
      const places = { fromIndex: indexOf(from), invitedIndex: indexOf(invited), heardTo: 0 }
      seat.keep(roomId, { fromSeq, ...places })
    }
    this.#seats.park(seat)
  }

  async #lastSeqs(appId: AppId, roomIds: Iterable<RoomId>): Promise<(readonly [RoomId, number])[]> {
    const found: (readonly [RoomId, number])[] = []
    for (const id of roomIds) {
      const room = await this.#house.store.rooms.byId(appId, id)
      if (room) found.push([id, room.lastSeq])
    }
    return found
  }
}

function keptSeat(seat: Seat, traces: readonly Trace[], from: number): KeptSeat {
  const { pid, id, session, communityId, startIndex, places } = seat
  if (!session.user) throw new Error('a seat is somebody’s')
  const placeOf = (index: number): number => (index < from ? -1 : olderThan(index, traces))
  return {
    pid,
    id,
    userId: session.user.id,
    communityId,
    start: placeOf(startIndex),
    places: Array.from(places, ([roomId, { fromIndex, fromSeq, invitedIndex }]) => ({
      roomId,
      from: placeOf(fromIndex),
      fromSeq,
      invited: placeOf(invitedIndex),
    })),
  }
}

/** How many of the traces, which are in order, come before an index. */
function olderThan(index: number, traces: readonly Trace[]): number {
  let [low, high] = [0, traces.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (traces[middle]!.index < index) low = middle + 1
    else high = middle
  }
  return low
}

function keptTraces(traces: readonly Trace[], ids: ReadonlySet<string>): { readonly traces: KeptTraces }[] {
  return slices(traces, tracesInOne).map((some) => ({
    traces: {
      rooms: some.map(({ roomId }) => roomId),
      seqs: some.map(({ seq }) => seq),
      origins: some.map(({ origin }) => (origin !== null && ids.has(origin) ? origin : null)),
    },
  }))
}

function remember(recent: RecentEvents, { rooms, seqs, origins }: KeptTraces, known: Map<RoomId, number>): void {
  for (const [index, roomId] of rooms.entries()) {
    const seq = seqs[index] ?? 0
    recent.add({ roomId, seq, origin: origins[index] ?? null })
    known.set(roomId, Math.max(seq, known.get(roomId) ?? 0))
  }
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
