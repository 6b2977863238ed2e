import { createHash, randomBytes } from 'node:crypto'
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

export const refreshLifeMs = 7 * 24 * 3600 * 1000
const maxPerUser = 20
const shape = /^([a-z0-9-]{1,40})\.(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/

/**
 * Refresh tokens: `app.user.family.secret`, each good for one use and seven days. A login founds a family; every use
 * gives the next of it. One that is used again was stolen, from the client or by it, so its whole family goes.
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

  /** Founds a family. The oldest of too many goes. */
  async issue(owner: RefreshOwner): Promise<string> {
    const { documents } = await this.#live(owner)
    for (const { id } of documents.slice(maxPerUser - 1)) await this.#remove(owner, id)
    return this.#add({ ...owner, family: randomBytes(16).toString('base64url') })
  }

  /** The next token for this one; null when it is not valid, which revokes its family. */
  async rotate(token: string): Promise<{ owner: RefreshOwner; token: string } | null> {
    const owner = parse(token)
    if (!owner) return null
    const used = await this.#store.documents.byKey(owner.appId, collectionOf(owner), digest(token))
    if (used) {
      // The next one is there before this one goes: whoever finds this one gone finds the family to revoke.
      const next = await this.#add(owner)
      if (await this.#remove(owner, used.id)) return { owner, token: next }
    }
    await this.#revoke(owner, (family) => family === owner.family)
    return null
  }

  /** Ends the family of a token, if it is the user's. */
  async revoke(token: string, user: RefreshOwner): Promise<void> {
    const owner = parse(token)
    if (owner?.appId === user.appId && owner.userId === user.userId) {
      await this.#revoke(owner, (family) => family === owner.family)
    }
  }

  /** Ends all the user's families but that of the token `except`. */
  async revokeAll(owner: RefreshOwner, except: string | null): Promise<void> {
    const kept = except === null ? null : parse(except)
    const isKept = (family: unknown) => kept?.userId === owner.userId && family === kept.family
    await this.#revoke(owner, (family) => !isKept(family))
  }

  async #revoke(owner: RefreshOwner, isMeant: (family: unknown) => boolean): Promise<void> {
    const { documents } = await this.#live(owner)
    const meant = documents.filter(({ body }) => isMeant(body['family']))
    await Promise.all(meant.map(({ id }) => this.#remove(owner, id)))
  }

  /** Newest first. There can't be more than a few above the limit, of logins at once. */
  #live(owner: RefreshOwner): Promise<{ documents: Document[] }> {
    return this.#store.documents.list(owner.appId, collectionOf(owner), { limit: 1000 })
  }

  async #add(owner: Parsed): Promise<string> {
    const token = `${owner.appId}.${owner.userId}.${owner.family}.${randomBytes(32).toString('base64url')}`
    const expiresAt = this.#now() + refreshLifeMs
    const body = { family: owner.family }
    await this.#store.documents.add(owner.appId, collectionOf(owner), body, { key: digest(token), expiresAt })
    return token
  }

  #remove(owner: RefreshOwner, id: number): Promise<boolean> {
    return this.#store.documents.remove(owner.appId, collectionOf(owner), id)
  }
}

function collectionOf({ userId }: RefreshOwner): string {
  return `pintalk_refresh:${userId}`
}

function parse(token: string): Parsed | null {
  const [, appId, userId, family] = shape.exec(token) ?? []
  if (appId === undefined || userId === undefined || family === undefined) return null
  return { appId: appId as AppId, userId: Number(userId) as UserId, family }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
