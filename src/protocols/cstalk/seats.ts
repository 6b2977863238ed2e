import type { RoomId, UserId } from '../../core/model.ts'
import type { Session } from '../../core/session.ts'

/** The room that somebody's live connections joined last: what REST takes for the room when a client names none. */
export class Seats {
  readonly #seats = new Map<UserId, { session: Session; roomId: RoomId }>()

  take(session: Session, roomId: RoomId): void {
    if (session.user) this.#seats.set(session.user.id, { session, roomId })
  }

  /** Only who sits there leaves: another connection of the same person may have joined a room since. */
  leave(session: Session): void {
    if (session.user && this.#seats.get(session.user.id)?.session === session) this.#seats.delete(session.user.id)
  }

  of(userId: UserId): RoomId | null {
    return this.#seats.get(userId)?.roomId ?? null
  }
}
