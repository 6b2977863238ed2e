import type { AppId, User, UserId } from '../../core/model.ts'
import type { Bus, UserStore } from '../../core/ports.ts'

const batchSize = 500

/**
 * Accounts lately seen, so that a message can be said with its author without asking the store: what goes to many is
 * encoded in one go, which can't wait. In two generations: at most twice `maxUsers`.
 */
export class People {
  readonly #users: UserStore
  readonly #maxUsers: number
  #young = new Map<UserId, User>()
  #old = new Map<UserId, User>()

  constructor(users: UserStore, bus: Bus, maxUsers = 20_000) {
    this.#users = users
    this.#maxUsers = maxUsers
    bus.listen(({ event }) => {
      if (event.type === 'user_changed' && this.#has(event.user.id)) this.keep(event.user)
      if (event.type === 'user_removed') this.#forget(event.userId)
    })
  }

  /** Null for one that was not lately seen. */
  peek(id: UserId): User | null {
    const young = this.#young.get(id)
    if (young) return young
    const old = this.#old.get(id)
    if (old) this.keep(old)
    return old ?? null
  }

  keep(user: User): void {
    if (this.#young.size >= this.#maxUsers && !this.#young.has(user.id)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(user.id, user)
  }

  /** As they are now, those who were removed left out. From then on they can be peeked at. */
  async load(appId: AppId, ids: Iterable<UserId>): Promise<ReadonlyMap<UserId, User>> {
    const found = new Map<UserId, User>()
    const missing: UserId[] = []
    for (const id of new Set(ids)) {
      const user = this.peek(id)
      if (user?.appId === appId) found.set(id, user)
      else missing.push(id)
    }
    for (let start = 0; start < missing.length; start += batchSize) {
      // The members of a large channel are many: others have their turn between them.
      if (start > 0) await new Promise(setImmediate)
      for (const user of (await this.#users.byIds(appId, missing.slice(start, start + batchSize))).values()) {
        this.keep(user)
        found.set(user.id, user)
      }
    }
    return found
  }

  #has(id: UserId): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  #forget(id: UserId): void {
    this.#young.delete(id)
    this.#old.delete(id)
  }
}
