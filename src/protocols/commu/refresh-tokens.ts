import { createHash, randomBytes } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { AppId, UserId } from '../../core/model.ts'
import type { Clock, Document, Store } from '../../core/ports.ts'

/** Whose refresh token it is. */
export interface RefreshOwner {
  readonly appId: AppId
  readonly userId: UserId
}

interface Parsed extends RefreshOwner {
  readonly family: string
}

export const refreshLifeMs = 100 * 3600 * 1000
/** For clients that refresh twice at once: their REST and their socket hear of an expired token in the same moment. */
export const graceMs = 30_000
const shape = /^([a-z0-9-]{1,40})\.(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/

/**
 * Refresh tokens: `app.user.family.secret`, one for each user, each good for one use and a hundred hours. A login founds a
 * family and ends the one before; every use gives the next of it. One that is used again, and not just at once, was stolen,
 * from the client or by it, so its family goes.
 *
 * The store has a document per live token under the token's hash, and removing it is the use: of two at once, one wins.
 */
export class RefreshTokens {
  readonly #store: Store
  readonly #now: Clock

  constructor(store: Store, now: Clock) {
    this.#store = store
    this.#now = now
  }

  async issue(owner: RefreshOwner): Promise<string> {
    await this.revokeAll(owner)
    return this.#add({ ...owner, family: randomBytes(16).toString('base64url') })
  }

  /** The app that a token says it is of; null for what is no token. Says nothing of whether it is good. */
  appOf(token: string): AppId | null {
    return parse(token)?.appId ?? null
  }

  /**
   * Whose it is and the next token, which is null for one that was used a moment ago: then the client has the next
   * already. Null when it is not valid, which revokes its family.
   */
  async rotate(token: string): Promise<{ owner: RefreshOwner; token: string | null } | null> {
    const owner = parse(token)
    if (!owner) return null
    const key = digest(token)
    const used = await this.#byKey(owner, key)
    if (used) {
      // The next one is there before this one goes: whoever finds this one gone finds the family to revoke.
      const next = await this.#add(owner)
      // Noted before it goes, so that whoever comes second is always known as such.
      await this.#noteUse(owner, key)
      if (await this.#remove(owner, used.id)) return { owner, token: next }
      await this.#removeKey(owner, digest(next))
    }
    if (await this.#byKey(owner, spent(key))) return { owner, token: null }
    await this.#revoke(owner, owner.family)
    return null
  }

  /** Ends the user's sessions. */
  revokeAll(owner: RefreshOwner): Promise<void> {
    return this.#revoke(owner, null)
  }

  async #revoke(owner: RefreshOwner, family: string | null): Promise<void> {
    const { documents } = await this.#store.documents.list(owner.appId, collectionOf(owner), { limit: 1000 })
    const meant = documents.filter(({ body }) => family === null || body['family'] === family)
    await Promise.all(meant.map(({ id }) => this.#remove(owner, id)))
  }

  async #noteUse(owner: Parsed, key: string): Promise<void> {
    const note = { key: spent(key), expiresAt: this.#now() + graceMs }
    // Taken already by one who uses it in the same moment.
    await this.#store.documents.add(owner.appId, collectionOf(owner), { family: owner.family }, note).catch(ignoreTaken)
  }

  async #add(owner: Parsed): Promise<string> {
    const token = `${owner.appId}.${owner.userId}.${owner.family}.${randomBytes(32).toString('base64url')}`
    const more = { key: digest(token), expiresAt: this.#now() + refreshLifeMs }
    await this.#store.documents.add(owner.appId, collectionOf(owner), { family: owner.family }, more)
    return token
  }

  #byKey(owner: RefreshOwner, key: string): Promise<Document | null> {
    return this.#store.documents.byKey(owner.appId, collectionOf(owner), key)
  }

  async #removeKey(owner: RefreshOwner, key: string): Promise<void> {
    const document = await this.#byKey(owner, key)
    if (document) await this.#remove(owner, document.id)
  }

  #remove(owner: RefreshOwner, id: number): Promise<boolean> {
    return this.#store.documents.remove(owner.appId, collectionOf(owner), id)
  }
}

function collectionOf({ userId }: RefreshOwner): string {
  return `commu_refresh:${userId}`
}

function spent(key: string): string {
  return `spent:${key}`
}

function parse(token: string): Parsed | null {
  const [, appId, userId, family] = shape.exec(token) ?? []
  if (appId === undefined || userId === undefined || family === undefined) return null
  return { appId: appId as AppId, userId: Number(userId) as UserId, family }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function ignoreTaken(error: unknown): void {
  if (!(error instanceof ChatError && error.code === 'conflict')) throw error
}
