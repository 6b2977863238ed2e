import type { AppId, User, UserId } from '../../core/model.ts'
import type { Nodes } from '../../core/nodes.ts'
import type { Bus, UserStore } from '../../core/ports.ts'

const batchSize = 500

export interface PeopleOptions {
  readonly users: UserStore
  readonly bus: Bus
  readonly nodes: Nodes
  readonly maxUsers?: number
}

/**
 * Accounts lately seen, so that a message can be said with its author without asking the store: what goes to many is
 * encoded in one go, which can't wait. In two generations: at most twice `maxUsers`.
 */
export class People {
  readonly #users: UserStore
  readonly #maxUsers: number
  #young = new Map<UserId, User>()
  #old = new Map<UserId, User>()
  /** What is being looked up may be of before a change that is heard meanwhile. */
  #lookUps = 0
  readonly #removed = new Set<UserId>()
  /** How often what others said may have been missed. */
  #gaps = 0

  constructor({ users, bus, nodes, maxUsers = 20_000 }: PeopleOptions) {
    this.#users = users
    this.#maxUsers = maxUsers
    bus.listen(({ event }) => {
      if (event.type === 'user_changed' && (this.#lookUps > 0 || this.#has(event.user.id))) this.keep(event.user)
      if (event.type === 'user_removed') this.#forget(event.userId)
    })
    nodes.onGap(() => {
      this.#gaps++
      this.#young.clear()
      this.#old.clear()
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

  /** Unless it is known as it was later. */
  keep(user: User): void {
    const known = this.#young.get(user.id) ?? this.#old.get(user.id)
    if (known && known.updatedAt > user.updatedAt) return
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
      for (const user of await this.#lookUp(appId, missing.slice(start, start + batchSize))) found.set(user.id, user)
    }
    return found
  }

  async #lookUp(appId: AppId, ids: readonly UserId[]): Promise<Iterable<User>> {
    const gaps = this.#gaps
    this.#lookUps++
    try {
      const users = (await this.#users.byIds(appId, ids)).values().toArray()
      // What was seen before a gap may not be what is there after it.
      if (gaps !== this.#gaps) return await this.#lookUp(appId, ids)
      for (const user of users) if (!this.#removed.has(user.id)) this.keep(user)
      return users
    } finally {
      if (--this.#lookUps === 0) this.#removed.clear()
    }
  }

  #has(id: UserId): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  #forget(id: UserId): void {
    if (this.#lookUps > 0) this.#removed.add(id)
    this.#young.delete(id)
    this.#old.delete(id)
  }
}
