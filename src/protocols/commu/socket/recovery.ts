import { ChatError } from '../../../core/errors.ts'
import type { RoomEvent } from '../../../core/event.ts'
import type { Room, RoomId } from '../../../core/model.ts'
import { invitedChannel } from '../shapes.ts'
import type { SocketHouse } from './house.ts'
import type { Trace } from './recent-events.ts'
import type { Seat } from './seat.ts'
import { channelWords, invitationWords, readOffset } from './words.ts'

/**
 * Connection state recovery, as clients 4.6 and later have it: a client that comes back says which socket it had (`pid`) and
 * the last event that it got (`offset`). What came since is told again, once, in the order in which it came, from the
 * store's log; or nothing is, the socket is a new one, and the client knows that it has to look (`recovered` is false).
 */

/** More than that is a page of history's work. */
const maxMissed = 1000
const maxReplayBytes = 524_288

/** Newest events of channels, for a socket that is older than what is remembered of their order. */
export type LastSeqs = ReadonlyMap<RoomId, number>

/** Null when it can't be told what the client missed. */
export function missedBy({ recent }: SocketHouse, seat: Seat, offset: unknown, lastSeqs: LastSeqs): Trace[] | null {
  const from = positionOf({ recent }, seat, offset, lastSeqs)
  if (from === null) return null
  const missed: Trace[] = []
  for (const trace of recent.since(from, seat.places)) {
    const place = seat.places.get(trace.roomId)!
    const isOwn = trace.origin === seat.id
    if (trace.index !== place.invitedIndex && (isOwn || trace.index < place.fromIndex)) continue
    if (missed.push(trace) > maxMissed) return null
  }
  return missed
}

/** The index of the first recent event that the client has not seen. */
function positionOf(
  { recent }: Pick<SocketHouse, 'recent'>,
  { app, places, startIndex }: Seat,
  offset: unknown,
  lastSeqs: LastSeqs,
): number | null {
  const named = readOffset(app.ids, offset)
  const index = named && recent.indexOf(named.roomId, named.seq, startIndex)
  if (index !== null) return index + 1
  // Clients keep the offset of a socket they had before. So this one has heard nothing, unless it has been forgotten.
  if (startIndex >= recent.start) return startIndex
  const oldest = new Map<RoomId, number>()
  for (const { roomId, seq } of recent.since(recent.start, places)) if (!oldest.has(roomId)) oldest.set(roomId, seq)
  for (const [roomId, { fromIndex, fromSeq }] of places) {
    const next = oldest.get(roomId) ?? (lastSeqs.get(roomId) ?? Infinity) + 1
    if (fromIndex < recent.start && next > fromSeq + 1) return null
  }
  return recent.start
}

/** What the client missed, as the texts of events. Rejects when the log no longer has it. */
export async function wordsOfReturn(house: SocketHouse, seat: Seat, missed: readonly Trace[]): Promise<string[]> {
  const rooms = new Map<RoomId, { room: Room; events: Map<number, RoomEvent> }>()
  for (const [roomId, traces] of Map.groupBy(missed, ({ roomId: id }) => id)) {
    const first = traces[0]!.seq
    const last = traces.at(-1)!.seq
    const room = await house.store.rooms.byId(seat.session.app.id, roomId)
    const events = await house.store.messages.since(roomId, first - 1, last - first + 1)
    if (!room || !events) throw new ChatError('not_found', 'events of a channel are gone')
    rooms.set(roomId, { room, events: new Map(events.map((event) => [event.seq, event])) })
  }
  const texts: string[] = []
  let bytes = 0
  for (const { index, roomId, seq } of missed) {
    const { room, events } = rooms.get(roomId)!
    const event = events.get(seq)
    if (!event) throw new ChatError('not_found', 'an event of a channel is gone')
    const isInvitation = seat.places.get(roomId)?.invitedIndex === index
    const text = isInvitation ? await invitation(house, seat, room, seq) : channelWords(seat.app.ids, room, event)
    if (text === null) continue
    bytes += Buffer.byteLength(text)
    if (bytes > maxReplayBytes) throw new ChatError('too_large', 'too much was missed')
    texts.push(text)
  }
  return texts
}

/** Tells a socket that somebody has put its user into a channel. Null when that is no longer there. */
export async function invitation(house: SocketHouse, { app }: Seat, room: Room, seq: number): Promise<string | null> {
  const roomful = await house.directory.channel(app.app.id, room.id)
  return roomful && invitationWords(app.ids, invitedChannel(app.ids, roomful), room.id, seq)
}
