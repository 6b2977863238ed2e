import type { AppId, UserId } from '../../core/model.ts'
import type { Roomful } from '../../core/room.ts'
import { channelIdOf } from './channel.ts'
import type { GitpleliveShared } from './gitplelive-shared.ts'

/** So many of a member's channels are looked at, those that changed last first. */
const maxLooked = 1000
/** Of so many members the one with the fewest channels is taken. */
const maxAsked = 10

/** The channel that these members have had to themselves all along; the one that changed last, of several. */
export async function reusableChannel(
  shared: GitpleliveShared,
  appId: AppId,
  userIds: ReadonlySet<UserId>,
): Promise<Roomful | null> {
  const { store, everJoined } = shared
  const memberId = await leastBusy(shared, appId, [...userIds].slice(0, maxAsked))
  if (memberId === undefined) return null
  const query = { appId, kind: 'group', states: ['active'], memberId, limit: maxLooked } as const
  const { rooms } = await store.rooms.find(query)
  for (const room of rooms) {
    // Told without looking its members up, which most of them needn't be.
    if (channelIdOf(room) === null || !everJoined.mayBeOnly(room, userIds)) continue
    const roomful = await store.rooms.withMembers(appId, room.id)
    if (!roomful) continue
    if (await everJoined.isOnly(roomful, userIds)) return roomful
  }
  return null
}

/** Everybody's helper is in all channels, and its partner in one. */
async function leastBusy(
  { store }: GitpleliveShared,
  appId: AppId,
  userIds: readonly UserId[],
): Promise<UserId | undefined> {
  let fewest = Infinity
  let found: UserId | undefined
  for (const memberId of userIds) {
    const { total } = await store.rooms.find({ appId, kind: 'group', memberId, limit: 0 })
    if (total < fewest) [fewest, found] = [total, memberId]
    if (total <= 10) break
  }
  return found
}
