import type { User } from '../../core/model.ts'
import { isBanned, maySee } from '../../core/policy.ts'
import type { Roomful } from '../../core/room.ts'
import { Refusal } from './failures.ts'
import { lookOf, type Call } from './operation.ts'
import type { Look } from './shapes.ts'

/**
 * The channel, if who asks may see it. To a user, one that isn't there and one that it isn't in are the same. The map of
 * members is the store's own: read it at once.
 */
export async function channelOf(call: Call, channelId: string): Promise<Roomful> {
  const { shared, app, session } = call
  const room = await shared.directory.room(app.app.id, channelId)
  const roomful = room && (await shared.store.rooms.withMembers(app.app.id, room.id))
  if (!roomful || roomful.room.state === 'closed') throw noSuchChannel(channelId)
  const { user } = session
  if (user && isBanned(user.id, roomful, shared.now())) throw new Refusal('banned')
  if (!maySee(user, roomful)) throw noSuchChannel(channelId)
  return roomful
}

/** Refuses with `banned` or `not_joined` one who isn't in it. */
export function mustBeIn({ shared }: Call, user: User, roomful: Roomful): void {
  if (isBanned(user.id, roomful, shared.now())) throw new Refusal('banned')
  if (!roomful.members.has(user.id)) throw new Refusal('not_joined')
}

/** What the core asks of those who run a channel; here for what the core doesn't know of. */
export function mustRun({ session: { user } }: Call, { members }: Roomful): void {
  if (user && user.role !== 'manager' && members.get(user.id)?.role !== 'manager')
    throw new Refusal('no_permission', 'only managers of the channel may do this')
}

/** Managers see what the filter masked. */
export function lookAt(call: Call, { members }: Roomful): Look {
  const { user } = call.session
  return lookOf(call, user !== null && members.get(user.id)?.role === 'manager')
}

export function tooManyMembers(max: number): Refusal {
  return new Refusal('too_many_members', `a channel has at most ${max} members`)
}

function noSuchChannel(channelId: string): Refusal {
  return new Refusal('channel', `there is no channel ${channelId}`)
}
