import { createHash, randomInt } from 'node:crypto'
import type { AppId, UserId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'

/** `reset`: the password was forgotten. `restore`: the account was left and is wanted back. */
export type TemporaryPurpose = 'reset' | 'restore'

const lifeMs = 3600 * 1000
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const chars = 16

/**
 * Passwords that are mailed. One lies beside the account's own for an hour and takes its place when it is used: who only
 * knows somebody's e-mail address can neither lock that person out nor bring an account back to life.
 *
 * 79 random bits need no slow hash.
 */
export class TemporaryPasswords {
  readonly #store: Store
  readonly #now: Clock

  constructor(store: Store, now: Clock) {
    this.#store = store
    this.#now = now
  }

  /**
   * `deliver` is to bring the password on its way while it is written down. Null for nobody: it is written down all the
   * same, for no one, so that time doesn't tell who has an account.
   */
  async issue(
    appId: AppId,
    userId: UserId | null,
    purpose: TemporaryPurpose,
    deliver: (password: string) => Promise<void>,
  ): Promise<void> {
    const password = Array.from({ length: chars }, () => letters[randomInt(letters.length)]).join('')
    const more = { key: digest(password), expiresAt: this.#now() + lifeMs }
    const writing = this.#store.documents.add(appId, collectionOf(userId), { purpose }, more)
    await Promise.all([writing, userId === null ? null : deliver(password)])
  }

  /** Uses it up. Null when it is none. */
  async use(appId: AppId, userId: UserId | null, password: string): Promise<TemporaryPurpose | null> {
    const found = await this.#store.documents.byKey(appId, collectionOf(userId), digest(password))
    if (!found || userId === null) return null
    const isFirst = await this.#store.documents.remove(appId, collectionOf(userId), found.id)
    return isFirst ? (found.body['purpose'] as TemporaryPurpose) : null
  }

  async revokeAll(appId: AppId, userId: UserId): Promise<void> {
    const collection = collectionOf(userId)
    const { documents } = await this.#store.documents.list(appId, collection, { limit: 1000 })
    await Promise.all(documents.map(({ id }) => this.#store.documents.remove(appId, collection, id)))
  }
}

function collectionOf(userId: UserId | null): string {
  return `pintalk_temporary:${userId ?? 0}`
}

function digest(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}
