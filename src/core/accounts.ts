import type { AppId, User, UserId } from './model.ts'
import type { Bus, Clock, Store, UserDraft, UserPatch } from './ports.ts'

export interface AccountsOptions {
  readonly store: Store
  readonly bus: Bus
  readonly now: Clock
}

/** Changes people's accounts: stores the change, then tells everyone by `user_changed`. */
export class Accounts {
  readonly #store: Store
  readonly #bus: Bus
  readonly #now: Clock
  readonly #turns = new Map<UserId, Promise<void>>()

  constructor({ store, bus, now }: AccountsOptions) {
    this.#store = store
    this.#bus = bus
    this.#now = now
  }

  /** Refuses an identity that is taken with `conflict`. */
  async open(draft: UserDraft): Promise<User> {
    return this.#tell(await this.#store.users.create(draft))
  }

  /**
   * Changes an account by what it is now. Changes of one account go one after the other, so that of two that count
   * something up neither is lost. Null when there is no such user in the app; rejects with what `decide` throws.
   */
  change(appId: AppId, id: UserId, decide: (user: User) => UserPatch): Promise<User | null> {
    const before = this.#turns.get(id) ?? Promise.resolve()
    const turn = before.then(() => this.#change(appId, id, decide))
    const settled = turn.then(nothing, nothing).then(() => {
      if (this.#turns.get(id) === settled) this.#turns.delete(id)
    })
    this.#turns.set(id, settled)
    return turn
  }

  async #change(appId: AppId, id: UserId, decide: (user: User) => UserPatch): Promise<User | null> {
    const user = await this.#store.users.byId(appId, id)
    const changed = user && (await this.#store.users.update(appId, id, decide(user)))
    return changed && this.#tell(changed)
  }

  #tell(user: User): User {
    this.#bus.publish({
      event: { type: 'user_changed', appId: user.appId, user, at: this.#now(), origin: null },
      room: null,
    })
    return user
  }
}

function nothing(): void {
  // How the change before went is told to its own caller.
}
