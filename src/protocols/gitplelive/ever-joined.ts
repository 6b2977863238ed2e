import { ChatError } from '../../core/errors.ts'
import type { Room, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import { channelMeta } from './channel.ts'
import { removeAll } from './collections.ts'

/** More can't be asked for when a channel is made, so nobody gets one with more again. */
const maxMembers = 101
const managed = 'managed'

/**
 * Who was ever in a channel. One is given again for the same members only if nobody else ever joined it and nobody was
 * ever its manager.
 *
 * The founders stand in the channel itself. Each who comes later has a document, written before the join: two who join
 * at once don't meet, and a crash in between leaves a channel that is not given again rather than one that shouldn't be.
 */
export class EverJoined {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async add(room: Room, userId: UserId): Promise<void> {
    if (channelMeta(room).founders?.includes(userId)) return
    const { total } = await this.#store.documents.list(room.appId, collectionOf(room), { limit: 0 })
    if (total <= maxMembers) await this.#mark(room, String(userId))
  }

  async addManager(room: Room): Promise<void> {
    await this.#mark(room, managed)
  }

  /** Whether the channel's members are these, and always were. */
  async isOnly({ room, members }: Roomful, userIds: ReadonlySet<UserId>): Promise<boolean> {
    if (members.size !== userIds.size || ![...userIds].every((id) => members.has(id))) return false
    if (!this.mayBeOnly(room, userIds)) return false
    const limit = maxMembers + 2
    const { documents } = await this.#store.documents.list(room.appId, collectionOf(room), { limit })
    return documents.every(({ key }) => key !== managed && userIds.has(Number(key) as UserId))
  }

  /** Whether all who were there from the beginning are among these: a first look, which costs nothing. */
  mayBeOnly(room: Room, userIds: ReadonlySet<UserId>): boolean {
    return channelMeta(room).founders?.every((id) => userIds.has(id)) ?? false
  }

  /** For channels that are removed. */
  async remove(room: Room): Promise<void> {
    await removeAll(this.#store, room.appId, collectionOf(room))
  }

  async #mark(room: Room, key: string): Promise<void> {
    const known = await this.#store.documents.byKey(room.appId, collectionOf(room), key)
    if (known) return
    await this.#store.documents.add(room.appId, collectionOf(room), {}, { key }).catch((error: unknown) => {
      if (!(error instanceof ChatError) || error.code !== 'conflict') throw error
    })
  }
}

function collectionOf({ id }: Room): string {
  return `gitplelive.joined:${id}`
}
