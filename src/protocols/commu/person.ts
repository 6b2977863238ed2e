import type { Identity, Meta, User } from '../../core/model.ts'

export const statuses = ['ONLINE', 'OFFLINE', 'AFK'] as const
export type Status = (typeof statuses)[number]

/** What is kept of somebody in `user.meta`. `user.name` is the nickname. */
export interface PersonMeta {
  /** As given at the sign-up; it is the `id` on the wire. */
  readonly email: string
  readonly profileUrl: string
  readonly description: string
  readonly status: Status
  /** Null for never. */
  readonly lastLogin: number | null
}

/** The contract's defaults. */
export const newPerson: Omit<PersonMeta, 'email'> = {
  profileUrl: 'url',
  description: '안녕하세요.',
  status: 'OFFLINE',
  lastLogin: null,
}

/** Somebody may have come over another wire and have none of it, or something else under the same name. */
export function personOf({ meta }: User): PersonMeta {
  const text = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback)
  const { email, profileUrl, description, status, lastLogin } = meta as Partial<Record<keyof PersonMeta, unknown>>
  return {
    email: text(email, ''),
    profileUrl: text(profileUrl, newPerson.profileUrl),
    description: text(description, newPerson.description),
    status: statuses.find((one) => one === status) ?? newPerson.status,
    lastLogin: typeof lastLogin === 'number' ? lastLogin : null,
  }
}

export function emailIdentity(email: string): Identity {
  return { protocol: 'commu', externalId: email.trim().toLowerCase() }
}

/** What is kept of a community or channel in `room.meta`. */
export interface PlaceMeta {
  readonly description: string
  readonly profileUrl: string
  /** Of a channel: what its maker called the kind, `Channel` mostly. */
  readonly type: string
}

export function placeOf(meta: Meta): PlaceMeta {
  const text = (name: keyof PlaceMeta, fallback: string): string => {
    const value = meta[name]
    return typeof value === 'string' ? value : fallback
  }
  return { description: text('description', ''), profileUrl: text('profileUrl', ''), type: text('type', 'Channel') }
}
