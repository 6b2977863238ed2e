import { ChatError } from '../../../core/errors.ts'
import type { RoomEvent } from '../../../core/event.ts'
import type { RoomId } from '../../../core/model.ts'
import type { SocketHouse } from './house.ts'
import type { Trace } from './recent-events.ts'
import { gone, maxMissed, type Retold } from './recovery.ts'
import type { Seat } from './seat.ts'
import type { Suitcase } from './suitcase.ts'

/** A seat that comes from another node, and what its client knows. */
export interface Arrival {
  readonly suitcase: Suitcase
  /** Up to where it has heard each of its channels. */
  readonly heard: ReadonlyMap<RoomId, number>
  /** The events by which it was invited to some of them, if they are still to be told. */
  readonly invitedBy: ReadonlyMap<RoomId, number>
}

/** What is to be told, in its order, and what it says. */
export interface CatchUp {
  readonly backlog: readonly Trace[]
  readonly rooms: ReadonlyMap<RoomId, Retold>
}

/** How often the store may be found behind what was heard. */
const maxLooks = 5

interface Found {
  readonly roomId: RoomId
  readonly event: RoomEvent
  readonly order: number
  readonly at: number
}

/**
 * What happened in a seat's channels from where its client heard them on another node to where it hears them on this one: the two
 * join without a hole, and nothing is in both. The seat must hear its channels already, and hold back what it hears. What the other node
 * knew comes in that node's order, what came after it in the order of time.
 */
export async function catchUp(house: SocketHouse, seat: Seat, arrival: Arrival): Promise<CatchUp> {
  const { suitcase, heard, invitedBy } = arrival
  const order = new Map(suitcase.tail.map(([roomId, seq], index) => [`${roomId}:${seq}`, index]))
  const own = new Set(suitcase.tail.flatMap(([roomId, seq, isOwn]) => (isOwn ? [`${roomId}:${seq}`] : [])))
  const rooms = new Map<RoomId, Retold>()
  const found: Found[] = []
  for (const [roomId, from] of heard) {
    const part = await between(house, seat, roomId, from)
    if (!part) continue
    rooms.set(roomId, part)
    let at = 0
    for (const event of part.events.values()) {
      const name = `${roomId}:${event.seq}`
      if (own.has(name) && event.seq !== invitedBy.get(roomId)) continue
      // Within a channel the clocks of the nodes change nothing.
      at = Math.max(at, event.at)
      found.push({ roomId, event, order: order.get(name) ?? Infinity, at })
    }
  }
  if (found.length > maxMissed) throw new ChatError('too_large', 'too much was missed')
  found.sort((a, b) => (a.order === b.order ? a.at - b.at : a.order - b.order))
  // Before all indexes of this node; -1 is none.
  const backlog = found.map(({ roomId, event: { seq } }, place) => ({
    index: place - found.length - 1,
    roomId,
    seq,
    origin: null,
  }))
  return { backlog, rooms }
}

/** Null for a channel that the seat is no longer in. */
async function between(house: SocketHouse, seat: Seat, roomId: RoomId, from: number): Promise<Retold | null> {
  const { store, recent } = house
  for (let looks = 0; looks < maxLooks; looks++) {
    const room = await store.rooms.byId(seat.session.app.id, roomId)
    if (!room) return null
    const isBehind = room.lastSeq > from
    const events = isBehind ? await store.messages.since(roomId, from, maxMissed + 1) : []
    if (events === null) throw gone()
    // From here on nothing waits.
    const place = seat.places.get(roomId)
    if (!place) return null
    const live = recent.since(place.fromIndex, new Set([roomId])).find(({ seq }) => seq > from)
    // This node may be behind the one that the client was at: what that has told is not heard here later.
    const end = live ? live.seq - 1 : Math.max(room.lastSeq, from)
    const missed = events.filter(({ seq }) => seq <= end)
    if (missed.length > maxMissed) throw new ChatError('too_large', 'too much was missed')
    if (missed.length === end - from) {
      place.fromSeq = end
      place.heardTo = end
      return { room, events: new Map(missed.map((event) => [event.seq, event])) }
    }
  }
  throw gone()
}
