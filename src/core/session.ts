import type { Signal } from './event.ts'
import type { App, AppId, Role, User, UserId } from './model.ts'
import type { Bus, UserStore } from './ports.ts'

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

const rereadAtOnce = 500

/** The live sessions of this node, so that a block or a new name reaches those already connected. */
export class Sessions {
  readonly #sessions = new Set<Session>()
  readonly #bus: Bus

  constructor(bus: Bus) {
    this.#bus = bus
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

  /**
   * What was said of some accounts may have been missed: they are looked up, and who changed or is gone is told of on this node, as
   * if another had just said so.
   */
  async reread(users: Pick<UserStore, 'byIds'>, now: number): Promise<void> {
    for (const [appId, known] of this.#users()) {
      for (const some of slices([...known.values()], rereadAtOnce)) {
        const found = await users.byIds(
          appId,
          some.map(({ id }) => id),
        )
        for (const { id, updatedAt } of some) {
          const user = found.get(id)
          if (!user) this.#tell({ type: 'user_removed', appId, userId: id, at: now, origin: null })
          else if (user.updatedAt > updatedAt) this.#tell({ type: 'user_changed', appId, user, at: now, origin: null })
        }
      }
    }
  }

  /** Each once, by their apps. */
  #users(): Map<AppId, Map<UserId, User>> {
    const users = new Map<AppId, Map<UserId, User>>()
    for (const { user } of this.#sessions) {
      if (!user) continue
      const ofApp = users.get(user.appId) ?? new Map<UserId, User>()
      users.set(user.appId, ofApp.set(user.id, user))
    }
    return users
  }

  #tell(event: Signal): void {
    this.#bus.publish({ event, room: null, foreign: true, here: true })
  }

  /** Linear: called only when an account changes, and saves every connection a place in an index. */
  #update(user: User): void {
    for (const session of this.#sessions) {
      if (session.user?.id === user.id && session.user.appId === user.appId) renew(session, user)
    }
  }
}

/** The news of two changes may come in the wrong order, from two nodes. */
function renew(session: Session, user: User): void {
  if (session.user && session.user.updatedAt <= user.updatedAt) session.user = user
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
