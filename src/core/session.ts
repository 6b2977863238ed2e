import type { App, Role, User } from './model.ts'
import type { Bus } from './ports.ts'

/**
 * Who is asking. A protocol makes one per authenticated connection or request.
 * `user` is null for the house itself: greetings, jobs, a trusted backend with the app's key.
 */
export interface Session {
  readonly app: App
  user: User | null
  /** The connection's id; null for REST and jobs. Events carry it, for those who must not hear themselves. */
  readonly origin: string | null
  /** A trusted backend speaks in the user's name. It has a limit of its own, so the user's isn't used up. */
  readonly isLent?: true
}

/** The house's own session in an app. */
export function houseSession(app: App): Session {
  return { app, user: null, origin: null }
}

export function hasRole(session: Session, ...wanted: readonly Role[]): boolean {
  return session.user !== null && wanted.includes(session.user.role)
}

/** The live sessions of this node, so that a block or a new name reaches those already connected. */
export class Sessions {
  readonly #sessions = new Set<Session>()

  constructor(bus: Bus) {
    bus.listen(({ event }) => {
      if (event.type === 'user_changed') this.#update(event.user)
    })
  }

  add(session: Session): void {
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    this.#sessions.delete(session)
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Linear: called only when an account changes, and saves every connection a place in an index. */
  #update(user: User): void {
    for (const session of this.#sessions) if (session.user?.id === user.id) session.user = user
  }
}
