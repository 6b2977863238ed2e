import type { RoomId, UserId } from '../../core/model.ts'
import type { Roster } from '../../core/nodes.ts'
import type { Clock } from '../../core/ports.ts'
import { hasRole, type Session } from '../../core/session.ts'

/** The room that somebody's live connections joined last: what REST takes for the room when a client names none. */
export class Seats {
  readonly #seats = new Map<UserId, { session: Session; roomId: RoomId; at: number }>()
  readonly #elsewhere: Roster
  readonly #now: Clock

  /** `elsewhere` knows the members' seats on other nodes. Customers always name their room. */
  constructor(elsewhere: Roster, now: Clock) {
    this.#elsewhere = elsewhere
    this.#now = now
  }

  take(session: Session, roomId: RoomId): void {
    if (!session.user) return
    const at = this.#now()
    this.#seats.set(session.user.id, { session, roomId, at })
    if (hasRole(session, 'agent', 'manager')) this.#elsewhere.put(String(session.user.id), `${at} ${roomId}`)
  }

  /** Only who sits there leaves: another connection of the same person may have joined a room since. */
  leave(session: Session): void {
    if (!session.user || this.#seats.get(session.user.id)?.session !== session) return
    this.#seats.delete(session.user.id)
    this.#elsewhere.remove(String(session.user.id))
  }

  of(userId: UserId): RoomId | null {
    const seat = this.#seats.get(userId)
    let [found, latest] = [seat?.roomId ?? null, seat?.at ?? -Infinity]
    for (const value of this.#elsewhere.others(String(userId)).values()) {
      const [at, roomId] = value.split(' ').map(Number)
      if (at !== undefined && roomId !== undefined && at > latest) [found, latest] = [roomId as RoomId, at]
    }
    return found
  }
}
