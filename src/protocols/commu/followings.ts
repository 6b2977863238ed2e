import { ChatError } from '../../core/errors.ts'
import type { AppId, User, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'

/** How many a list shows, the newest first. */
const listMax = 1000

/**
 * Who follows whom: a document in the list of each of the two, so that neither list is searched for. The follower's counts;
 * should a crash have left one without the other, the next change mends it.
 */
export class Followings {
  readonly #store: Store
  readonly #max: number

  constructor(store: Store, max: number) {
    this.#store = store
    this.#max = max
  }

  /** Follows, or follows no more; says which. `conflict` when the same is done in another place at this moment. */
  async toggle({ appId, id }: User, followedId: UserId): Promise<'followed' | 'unfollowed'> {
    const [mine, theirs] = [followings(id), followers(followedId)]
    const known = await this.#store.documents.byKey(appId, mine, String(followedId))
    if (known) {
      if (!(await this.#store.documents.remove(appId, mine, known.id))) throw changedMeanwhile()
      await this.#removeKey(appId, theirs, String(id))
      return 'unfollowed'
    }
    const { total } = await this.#store.documents.list(appId, mine, { limit: 0 })
    if (total >= this.#max) throw new ChatError('too_large', `at most ${this.#max} can be followed`)
    await this.#store.documents.add(appId, mine, {}, { key: String(followedId) })
    await this.#store.documents.add(appId, theirs, {}, { key: String(id) }).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error
    })
    return 'followed'
  }

  followings(user: User): Promise<User[]> {
    return this.#list(user.appId, followings(user.id))
  }

  followers(user: User): Promise<User[]> {
    return this.#list(user.appId, followers(user.id))
  }

  async #list(appId: AppId, collection: string): Promise<User[]> {
    const { documents } = await this.#store.documents.list(appId, collection, { limit: listMax })
    const users = await this.#store.users.byIds(
      appId,
      documents.map(({ key }) => Number(key) as UserId),
    )
    return [...users.values()]
  }

  async #removeKey(appId: AppId, collection: string, key: string): Promise<void> {
    const document = await this.#store.documents.byKey(appId, collection, key)
    if (document) await this.#store.documents.remove(appId, collection, document.id)
  }
}

function followings(id: UserId): string {
  return `commu_followings:${id}`
}

function followers(id: UserId): string {
  return `commu_followers:${id}`
}

function changedMeanwhile(): ChatError {
  return new ChatError('conflict', 'this was changed at the same time')
}
