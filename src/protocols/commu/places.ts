import { randomBytes } from 'node:crypto'
import type { App, RoomId, User, UserId } from '../../core/model.ts'
import type { RoomDraft } from '../../core/ports.ts'
import type { PlaceMeta } from './person.ts'

/** What the maker of a community or channel says of it. */
export interface PlaceWords extends Partial<PlaceMeta> {
  readonly name: string
}

/** What its manager may change. */
export interface PlacePatch extends Partial<PlaceMeta> {
  readonly name?: string
  /** The new manager, a member. */
  readonly managerId?: UserId
}

export function communityDraft(app: App, maker: User, { name, ...meta }: PlaceWords): RoomDraft {
  const members = [{ userId: maker.id, role: 'member' }] as const
  return { appId: app.id, key: newKey('community'), kind: 'community', name, ...active(maker), members, meta }
}

export function channelDraft(
  app: App,
  maker: User,
  { name, ...meta }: PlaceWords,
  place: { communityId: RoomId; isPrivate: boolean; members: Iterable<UserId> },
): RoomDraft {
  const members = Array.from(place.members, (userId) => ({ userId, role: 'member' }) as const)
  const where = { parentId: place.communityId, open: !place.isPrivate }
  return { appId: app.id, key: newKey('channel'), kind: 'channel', name, ...active(maker), ...where, members, meta }
}

function active(maker: User) {
  return { state: 'active', ownerId: maker.id } as const
}

function newKey(kind: string): string {
  return `commu:${kind}:${randomBytes(16).toString('base64url')}`
}
