import { createHash, timingSafeEqual } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { AppId, Room, User } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import { hostMeta, keyIdentity, roomKey, uuidIdentity } from './host.ts'
import type { PintalkApp } from './settings.ts'

/** A host and the app that it belongs to. */
export interface Host {
  readonly app: PintalkApp
  readonly user: User
}

const longestName = 100

/** Finds who and what is meant by names that don't say their app: uuids, access keys and room names can't be guessed, so they don't collide. */
export class Directory {
  readonly apps: readonly PintalkApp[]
  readonly #store: Store

  constructor(apps: readonly PintalkApp[], store: Store) {
    this.apps = apps
    this.#store = store
  }

  byId(appId: AppId): PintalkApp | null {
    return this.apps.find(({ app }) => app.id === appId) ?? null
  }

  /** The app whose pages have this Origin, else the first. An e-mail address may have an account in several. */
  forOrigin(origin: string | undefined): PintalkApp {
    const named = this.apps.find(({ app }) => origin !== undefined && app.origins.includes(origin))
    const found = named ?? this.apps.find(({ app }) => app.origins.includes('*')) ?? this.apps[0]
    if (!found) throw new ChatError('not_found', 'Nobody is served here.')
    return found
  }

  /** Null too for one who has left. */
  async hostByUuid(uuid: string): Promise<Host | null> {
    return this.#host(uuidIdentity, uuid)
  }

  /** Null too for one who has left, and for a wrong secret. */
  async hostByKeys(accessKey: string, secretKey: string): Promise<Host | null> {
    const host = await this.#host(keyIdentity, accessKey)
    return host && areEqual(hostMeta(host.user).secretKey, secretKey) ? host : null
  }

  async roomByName(name: string): Promise<{ app: PintalkApp; room: Room } | null> {
    if (name.length > longestName) return null
    for (const app of this.apps) {
      const room = await this.#store.rooms.byKey(app.app.id, roomKey(name))
      if (room?.kind === 'guest_chat') return { app, room }
    }
    return null
  }

  async #host(identity: typeof uuidIdentity, name: string): Promise<Host | null> {
    if (name.length > longestName) return null
    for (const app of this.apps) {
      const user = await this.#store.users.byIdentity(app.app.id, identity(name))
      if (user) return hostMeta(user).deletedAt === null ? { app, user } : null
    }
    return null
  }
}

function areEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
