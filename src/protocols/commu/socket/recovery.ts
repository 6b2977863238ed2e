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
export const maxMissed = 1000
const maxReplayBytes = 524_288

type Recent = Pick<SocketHouse, 'recent'>
/** Newest events of channels. */
export type LastSeqs = ReadonlyMap<RoomId, number>

/** Null when it can't be told what the client missed. */
export function missedBy({ recent }: SocketHouse, seat: Seat, offset: unknown, lastSeqs: LastSeqs): Trace[] | null {
  const from = positionOf({ recent }, seat, offset, lastSeqs)
  if (from === null) return null
  const missed: Trace[] = []
  for (const trace of toldTo({ recent }, seat, from)) {
    const isOwn = trace.origin === seat.id
    if (isOwn && trace.index !== seat.places.get(trace.roomId)?.invitedIndex) continue
    if (missed.push(trace) > maxMissed) return null
  }
  return missed
}

/** What a seat has been told, or would have been, from an index on: that of another node first, then that of this one. */
export function* toldTo(
  { recent }: Recent,
  { places, backlog, startIndex }: Seat,
  from = -Infinity,
): Generator<Trace, void> {
  for (const trace of backlog) if (trace.index >= from && places.has(trace.roomId)) yield trace
  for (const trace of recent.since(Math.max(from, startIndex), places)) {
    const { fromIndex, invitedIndex, heardTo } = places.get(trace.roomId)!
    if ((trace.index >= fromIndex && trace.seq > heardTo) || trace.index === invitedIndex) yield trace
  }
}

/** The index of the first event that the client has not seen. */
function positionOf({ recent }: Recent, seat: Seat, offset: unknown, lastSeqs: LastSeqs): number | null {
  const { app, backlog, startIndex } = seat
  const named = readOffset(app.ids, offset)
  const index = named && recent.indexOf(named.roomId, named.seq, startIndex)
  if (index !== null) return index + 1
  if (!isQuietSince({ recent }, seat, lastSeqs)) return null
  // Clients keep the offset of a socket they had before. So this one has heard nothing, or what another node knew.
  const told = named && backlog.findLast(({ roomId, seq }) => roomId === named.roomId && seq === named.seq)
  return told ? told.index + 1 : -Infinity
}

/** Whether nothing has been forgotten of what the socket heard on this node. */
export function isQuietSince({ recent }: Recent, { places, startIndex }: Seat, lastSeqs: LastSeqs): boolean {
  if (startIndex >= recent.start) return true
  const oldest = new Map<RoomId, number>()
  for (const { roomId, seq } of recent.since(recent.start, places)) if (!oldest.has(roomId)) oldest.set(roomId, seq)
  for (const [roomId, { fromIndex, fromSeq }] of places) {
    const next = oldest.get(roomId) ?? (lastSeqs.get(roomId) ?? Infinity) + 1
    if (fromIndex < recent.start && next > fromSeq + 1) return false
  }
  return true
}

/** The newest events of a seat's channels, where it is older than what is remembered of their order. */
export async function lastSeqsFor({ recent, store }: SocketHouse, seat: Seat, always = false): Promise<LastSeqs> {
  const found = new Map<RoomId, number>()
  if (!always && seat.startIndex >= recent.start) return found
  for (const roomId of seat.places.keys()) {
    const room = await store.rooms.byId(seat.session.app.id, roomId)
    if (room) found.set(roomId, room.lastSeq)
  }
  return found
}

/** What is said again in a channel. */
export interface Retold {
  readonly room: Room
  readonly events: ReadonlyMap<number, RoomEvent>
}

/** What the client missed, as the texts of events. Rejects when the log no longer has it. */
export async function wordsOfReturn(house: SocketHouse, seat: Seat, missed: readonly Trace[]): Promise<string[]> {
  const rooms = new Map<RoomId, Retold>()
  for (const [roomId, traces] of Map.groupBy(missed, ({ roomId: id }) => id)) {
    const first = traces[0]!.seq
    const last = traces.at(-1)!.seq
    const room = await house.store.rooms.byId(seat.session.app.id, roomId)
    const events = await house.store.messages.since(roomId, first - 1, last - first + 1)
    if (!room || !events) throw gone()
    rooms.set(roomId, { room, events: new Map(events.map((event) => [event.seq, event])) })
  }
  return textsOf(house, seat, missed, rooms)
}

/** Rejects when it is too much. */
export async function textsOf(
  house: SocketHouse,
  seat: Seat,
  missed: readonly Trace[],
  rooms: ReadonlyMap<RoomId, Retold>,
): Promise<string[]> {
  const texts: string[] = []
  let bytes = 0
  for (const { index, roomId, seq } of missed) {
    const { room, events } = rooms.get(roomId)!
    const event = events.get(seq)
    if (!event) throw gone()
    const isInvitation = seat.places.get(roomId)?.invitedIndex === index
    const text = isInvitation ? await invitation(house, seat, room, seq) : channelWords(seat.app.ids, room, event)
    if (text === null) continue
    bytes += Buffer.byteLength(text)
    if (bytes > maxReplayBytes) throw new ChatError('too_large', 'too much was missed')
    texts.push(text)
  }
  return texts
}

export function gone(): ChatError {
  return new ChatError('not_found', 'events of a channel are gone')
}

/** Tells a socket that somebody has put its user into a channel. Null when that is no longer there. */
export async function invitation(house: SocketHouse, { app }: Seat, room: Room, seq: number): Promise<string | null> {
  const roomful = await house.directory.channel(app.app.id, room.id)
  return roomful && invitationWords(app.ids, invitedChannel(app.ids, roomful), room.id, seq)
}
