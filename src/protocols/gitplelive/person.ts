import type { AppId, Identity, Meta, User, UserId } from '../../core/model.ts'
import type { UserDraft } from '../../core/ports.ts'

/** A value of a `meta`. */
export type Scalar = string | number | boolean
export type Pairs = Readonly<Record<string, Scalar>>

/** What is kept of a user, under `gitplelive` in `user.meta`: other wires keep theirs beside it. */
export interface Person {
  readonly userId: string
  readonly profileUrl?: string
  readonly pairs?: Pairs
  /** Counts how often the user's tokens were revoked: a token says the epoch that it was issued in. */
  readonly epoch?: number
}

const place = 'gitplelive'

/** One who came on another wire and has no `user_id` is called by its number, in a form that nobody can choose. */
export function personOf(user: User): Person {
  const kept = user.meta[place]
  return typeof kept === 'object' && kept !== null ? (kept as Person) : { userId: nameOf(user.id) }
}

/** The user's meta with this in it. */
export function metaWith(meta: Meta, person: Person): Meta {
  return { ...meta, [place]: person }
}

/** Of a user who was removed. */
export function nameOf(id: UserId): string {
  return `#${id}`
}

export function identityOf(userId: string): Identity {
  return { protocol: 'gitplelive', externalId: userId }
}

export function personDraft(appId: AppId, person: Person, name: string): UserDraft {
  return { appId, role: 'member', name, identity: identityOf(person.userId), meta: metaWith({}, person) }
}
