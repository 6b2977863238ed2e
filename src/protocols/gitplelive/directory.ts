import { createHash, timingSafeEqual } from 'node:crypto'
import type { AppId, Room, RoomId, User } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import { channelIdOf, channelKey } from './channel.ts'
import { Refusal } from './failures.ts'
import { identityOf } from './person.ts'
import type { GitpleliveApp } from './settings.ts'

const maxRooms = 20_000

/** Finds who and what is meant by the names of this wire. */
export class Directory {
  readonly #byId: ReadonlyMap<unknown, GitpleliveApp>
  readonly #byName: ReadonlyMap<string, GitpleliveApp>
  readonly #store: Store
  /** Rooms lately asked for, by app and channel: a message needs its room by number, and the store is quicker with that. In two generations. */
  #young = new Map<string, RoomId>()
  #old = new Map<string, RoomId>()

  constructor(apps: readonly GitpleliveApp[], store: Store) {
    this.#byId = new Map(apps.map((one) => [one.app.id, one]))
    this.#byName = new Map(apps.map((one) => [one.settings.appId, one]))
    this.#store = store
  }

  /** By its name in the configuration, of any type: it comes from a token. */
  byId(appId: unknown): GitpleliveApp | null {
    return this.#byId.get(appId) ?? null
  }

  /** By the `app_id` of this wire. */
  byAppId(name: string): GitpleliveApp | null {
    return this.#byName.get(name) ?? null
  }

  /** The app of both headers. Refuses with `application` or `unauthorized`. */
  byKey(name: unknown, apiKey: unknown): GitpleliveApp {
    const app = typeof name === 'string' ? this.byAppId(name) : null
    if (!app) throw new Refusal('application')
    if (typeof apiKey !== 'string' || !areEqual(apiKey, app.settings.apiKey)) throw new Refusal('unauthorized')
    return app
  }

  /** Refuses with `user`. */
  async user({ app }: GitpleliveApp, userId: string): Promise<User> {
    const user = await this.#store.users.byIdentity(app.id, identityOf(userId))
    if (!user) throw new Refusal('user', `there is no user ${userId}`)
    return user
  }

  /** In the order of their names, each once. */
  async users(app: GitpleliveApp, userIds: readonly string[]): Promise<User[]> {
    return Promise.all([...new Set(userIds)].map((userId) => this.user(app, userId)))
  }

  /** Null where there is none; whether the caller may see it is another question. */
  async room(appId: AppId, channelId: string): Promise<Room | null> {
    const key = `${appId}/${channelId}`
    const known = this.#young.get(key) ?? this.#old.get(key)
    const lately = known === undefined ? null : await this.#store.rooms.byId(appId, known)
    // A channel may be removed, and another one be made under its name.
    if (lately && channelIdOf(lately) === channelId) return lately
    const room = await this.#store.rooms.byKey(appId, channelKey(channelId))
    if (room?.kind !== 'group' || channelIdOf(room) === null) return null
    this.#keep(key, room.id)
    return room
  }

  #keep(key: string, id: RoomId): void {
    if (this.#young.size >= maxRooms) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, id)
  }
}

function areEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
