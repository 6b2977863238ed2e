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
   * Changes an account by what it is now, so that of two that count something up neither is lost. Null when there is no such
   * user in the app; rejects with what `decide` throws. `decide` may be asked again.
   */
  async change(appId: AppId, id: UserId, decide: (user: User) => UserPatch): Promise<User | null> {
    const changed = await this.#store.users.update(appId, id, decide)
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
