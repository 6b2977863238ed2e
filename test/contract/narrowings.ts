import type { RoomId, UserId } from '../../src/core/model.ts'
import type { RoomQuery, UserQuery } from '../../src/core/ports.ts'

const user = 5 as UserId
const community = 7 as RoomId

/** What rooms and users can be asked for: a look at how a database finds them asks all of it. */
export const roomNarrowings: readonly Partial<RoomQuery>[] = [
  {},
  { states: ['waiting'] },
  { states: ['waiting', 'active'] },
  { assigneeId: user },
  { heldById: user },
  { ownerId: user },
  { memberId: user },
  { parentId: community },
  { parentId: community, memberId: user },
  { nameLike: 'room' },
  { textLike: 'hello' },
  { closedFrom: 1, closedTo: 2 },
  { order: 'waiting', states: ['waiting'] },
  { order: 'pinned', ownerId: user },
]

export const userNarrowings: readonly Partial<UserQuery>[] = [
  {},
  { roles: ['agent'] },
  { roles: ['agent', 'manager'] },
  { blocked: true },
  { nameLike: 'user' },
  { anyNameLike: 'user' },
  { protocol: 'commu' },
]
