import { ChatError } from '../../core/errors.ts'
import type { AppId, Room, RoomId, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import type { CommuApp } from './settings.ts'

/** How many communities of a user and channels of a community are shown. More can't be made. */
const listMax = 1000

/** Finds communities and channels that live, and who is in them. What was deleted is as if it had never been. */
export class Directory {
  readonly apps: readonly CommuApp[]
  readonly #store: Store

  constructor(apps: readonly CommuApp[], store: Store) {
    this.apps = apps
    this.#store = store
  }

  byId(appId: AppId): CommuApp | null {
    return this.apps.find(({ app }) => app.id === appId) ?? null
  }

  /**
   * The app of a request without a token: the one it names, else the one whose pages have its Origin, else the only one.
   * Rejects with `invalid` when that leaves a choice.
   */
  forVisitor({ named, origin }: { named: string | undefined; origin: string | undefined }): CommuApp {
    if (named !== undefined) {
      const app = this.byId(named as AppId)
      if (!app) throw new ChatError('invalid', 'There is no such app here.', 'app')
      return app
    }
    const found = this.apps.find(({ app }) => origin !== undefined && app.origins.includes(origin))
    if (found) return found
    const [only] = this.apps
    if (only && this.apps.length === 1) return only
    throw new ChatError('invalid', 'Say which app is meant: ?app=ID, or the header X-App-Id.', 'app')
  }

  /** Null too for what is no community, or was deleted. */
  community(appId: AppId, id: RoomId | null): Promise<Roomful | null> {
    return this.#living(appId, id, 'community')
  }

  /** Null too for one whose community was deleted. */
  async channel(appId: AppId, id: RoomId | null): Promise<Roomful | null> {
    const channel = await this.#living(appId, id, 'channel')
    return channel && (await this.community(appId, channel.room.parentId)) && channel
  }

  /** Those that the user is in, the oldest first. */
  async communitiesOf(appId: AppId, userId: UserId): Promise<Room[]> {
    return oldestFirst(await this.#find({ appId, kind: 'community', memberId: userId }))
  }

  /** Those of the community that the user is in, the oldest first. */
  async channelsOf(appId: AppId, communityId: RoomId, userId: UserId): Promise<Room[]> {
    return oldestFirst(await this.#find({ appId, kind: 'channel', parentId: communityId, memberId: userId }))
  }

  /** All of the community, whoever is in them. */
  async channelsIn(appId: AppId, communityId: RoomId): Promise<Room[]> {
    return oldestFirst(await this.#find({ appId, kind: 'channel', parentId: communityId }))
  }

  async #find(query: {
    appId: AppId
    kind: 'community' | 'channel'
    memberId?: UserId
    parentId?: RoomId
  }): Promise<Room[]> {
    const { rooms } = await this.#store.rooms.find({ ...query, states: ['active'], limit: listMax })
    return rooms
  }

  async #living(appId: AppId, id: RoomId | null, kind: 'community' | 'channel'): Promise<Roomful | null> {
    const roomful = id === null ? null : await this.#store.rooms.withMembers(appId, id)
    return roomful?.room.kind === kind && roomful.room.state === 'active' ? roomful : null
  }
}

function oldestFirst(rooms: Room[]): Room[] {
  return rooms.sort((a, b) => a.createdAt - b.createdAt || a.id - b.id)
}
