import type { AppId, RoomId, UserId } from '../../../core/model.ts'
import type { Ids } from '../ids.ts'
import type { SocketHouse } from './house.ts'
import { isQuietSince, toldTo, type LastSeqs } from './recovery.ts'
import type { Seat } from './seat.ts'
import { readOffset } from './words.ts'

/** What one node hands another of a seat whose client came there. */
export interface Suitcase {
  readonly id: string
  readonly appId: AppId
  readonly userId: UserId
  readonly communityId: RoomId
  /** Of each channel: the newest event before those in `tail`, and the one by which the socket was invited, or 0. */
  readonly places: readonly (readonly [roomId: RoomId, seq: number, invitedBy: number])[]
  /** The last that was told, or would have been, in its order; 1 for what came from the socket itself. */
  readonly tail: readonly (readonly [roomId: RoomId, seq: number, isOwn: 0 | 1])[]
  /** Nothing was told before `tail`: whoever knows none of it has heard nothing. */
  readonly isWhole: boolean
}

/** Null for what is none: nodes of another version may say it in another way. */
export function readSuitcase(text: string): Suitcase | null {
  try {
    const value = JSON.parse(text) as Suitcase
    const isRight =
      typeof value.id === 'string' &&
      isTable(value.places) &&
      isTable(value.tail) &&
      [value.userId, value.communityId].every(Number.isSafeInteger)
    return isRight ? value : null
  } catch {
    return null
  }
}

/** Rows of three numbers. */
function isTable(rows: unknown): boolean {
  return (
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row) && row.length === 3 && row.every(Number.isSafeInteger))
  )
}

/** Gives the seat away: from now on nothing that happens is noted for it here. `lastSeqs` were read before. */
export function pack({ recent }: SocketHouse, seat: Seat, lastSeqs: LastSeqs, maxTail: number): Suitcase {
  const told = [...toldTo({ recent }, seat)]
  const tail = told.slice(-maxTail)
  const before = new Map<RoomId, number>()
  for (const { roomId, seq } of told.slice(0, -maxTail)) before.set(roomId, seq)
  for (const { roomId, seq } of tail.toReversed()) before.set(roomId, seq - 1)
  const invitations = new Map(told.map(({ index, seq }) => [index, seq]))
  const { id, app, session, communityId, places } = seat
  if (!session.user) throw new Error('a seat is somebody’s')
  return {
    id,
    appId: app.app.id,
    userId: session.user.id,
    communityId,
    places: Array.from(places, ([roomId, { fromSeq, invitedIndex }]) => [
      roomId,
      before.get(roomId) ?? Math.max(lastSeqs.get(roomId) ?? 0, fromSeq),
      invitations.get(invitedIndex) ?? 0,
    ]),
    tail: tail.map(({ roomId, seq, origin }) => [roomId, seq, origin === id ? 1 : 0]),
    isWhole: tail.length === told.length && isQuietSince({ recent }, seat, lastSeqs),
  }
}

/** Up to where the client has heard each channel; null when it can't be told. */
export function heardUpTo({ places, tail, isWhole }: Suitcase, ids: Ids, offset: unknown): Map<RoomId, number> | null {
  const named = readOffset(ids, offset)
  const last = named ? tail.findLastIndex(([roomId, seq]) => roomId === named.roomId && seq === named.seq) : -1
  if (last === -1 && !isWhole) return null
  const heard = new Map(places.map(([roomId, seq]) => [roomId, seq]))
  for (const [roomId, seq] of tail.slice(0, last + 1)) if (heard.has(roomId)) heard.set(roomId, seq)
  return heard
}
