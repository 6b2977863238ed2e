import type { App, User, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import { isStaff } from './identity.ts'
import { LocalTime } from './local-time.ts'
import type { CstalkApp, CstalkSettings } from './settings.ts'

// A desk of more is answered all the same; only the names of the oldest are looked up when needed instead of known.
const maxKnownStaff = 10_000

/**
 * A company and its desk. Knows its members' names without asking the store, because events are put into words
 * in the middle of a broadcast.
 */
export class Company {
  readonly app: App
  readonly settings: CstalkSettings
  readonly time: LocalTime
  readonly #staff = new Map<UserId, User>()

  constructor({ app, settings }: CstalkApp) {
    this.app = app
    this.settings = settings
    this.time = new LocalTime(settings.timezone)
  }

  get id(): string {
    return this.settings.companyId
  }

  async loadStaff(store: Store): Promise<void> {
    const { users } = await store.users.find({
      appId: this.app.id,
      roles: ['agent', 'manager'],
      protocol: 'cstalk',
      limit: maxKnownStaff,
    })
    for (const user of users) this.know(user)
  }

  /** A member who logged in, or whose account changed. */
  know(user: User): void {
    const known = this.#staff.get(user.id)
    // The news of two changes may come in the wrong order, from two nodes.
    if (known && known.updatedAt > user.updatedAt) return
    if (isStaff(user) && (known || this.#staff.size < maxKnownStaff)) this.#staff.set(user.id, user)
  }

  staffName(id: UserId | null): string | null {
    return id === null ? null : (this.#staff.get(id)?.name ?? null)
  }
}

/** The companies of this server, by the id that their clients send. */
export type Companies = ReadonlyMap<string, Company>
