import { Type } from 'typebox'
import type { User } from '../../../core/model.ts'
import { isBanned } from '../../../core/policy.ts'
import type { Roomful } from '../../../core/room.ts'
import * as answer from '../answers.ts'
import { channelOf, mustRun, tooManyMembers } from '../channel-access.ts'
import { byJoining } from '../channel-view.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { actorSession, operation, type Call } from '../operation.ts'
import { userShape, type UserShape } from '../shapes.ts'

const aChannel = { channel_id: field.channelId }
const maxManagers = 100

export const joinChannel = operation(
  {
    summary: 'Make a user a member',
    description:
      'A user may bring others into a channel that it is in. Into one that it isn’t in, the app’s servers let it.',
    input: Type.Object({ ...aChannel, member: field.userId }),
    output: null,
  },
  async (call, { channel_id: channelId, member }) => {
    const { shared, app, session } = call
    const user = await shared.directory.user(app, member)
    const roomful = await channelOf(call, channelId)
    const { room, members } = roomful
    if (members.has(user.id)) throw new Refusal('already_joined')
    if (isBanned(user.id, roomful, shared.now())) throw new Refusal('banned')
    const { members: maxMembers } = shared.maxima
    if (members.size >= maxMembers) throw tooManyMembers(maxMembers)
    await shared.everJoined.add(room, user.id)
    shared.people.keep(user)
    const command = { type: 'invite', roomId: room.id, userIds: [user.id], maxMembers } as const
    const words = { not_found: 'channel', too_large: 'too_many_members' } as const
    const { events } = await inWords(words, shared.chat.execute(session, command))
    if (events.length === 0) throw new Refusal('already_joined')
  },
)

export const leaveChannel = operation(
  {
    summary: 'End a membership',
    description: 'A user ends its own; a manager of the channel ends those of members who are none.',
    input: Type.Object({ ...aChannel, member: field.userId }),
    output: null,
  },
  async (call, { channel_id: channelId, member }) => {
    const { shared, app, session } = call
    const user = await shared.directory.user(app, member)
    const { room, members } = await channelOf(call, channelId)
    if (!members.has(user.id)) throw new Refusal('not_joined')
    shared.people.keep(user)
    // The app's servers say that the user goes by itself. Expelled it is by a manager.
    const isOwn = session.user === null || session.user.id === user.id
    const command = isOwn
      ? ({ type: 'leave', roomId: room.id } as const)
      : ({ type: 'expel', roomId: room.id, userId: user.id } as const)
    const asker = isOwn ? actorSession({ ...call, actor: user }) : session
    const words = { conflict: 'not_joined', not_found: 'not_joined' } as const
    const { events } = await inWords(words, shared.chat.execute(asker, command))
    if (events.length === 0) throw new Refusal('not_joined')
  },
)

export const listMembers = operation(
  { summary: 'Members, by when they joined', input: Type.Object(aChannel), output: answer.users },
  async (call, { channel_id: channelId }) => membersOf(call, await channelOf(call, channelId)),
)

export const listOnlineMembers = operation(
  { summary: 'Members who are connected', input: Type.Object(aChannel), output: answer.users },
  async (call, { channel_id: channelId }) => {
    const { presence } = call.shared
    const isOnline = ({ appId, id }: User) => presence.isOnline(appId, id)
    return membersOf(call, await channelOf(call, channelId), isOnline)
  },
)

export const listManagers = operation(
  { summary: 'Managers', input: Type.Object(aChannel), output: answer.users },
  async (call, { channel_id: channelId }) => managersOf(call, await channelOf(call, channelId)),
)

export const addManager = operation(
  {
    summary: 'Make a member a manager',
    description: 'Managers write in a frozen channel, freeze and change it, ban, remove messages, and read reports.',
    input: Type.Object({ ...aChannel, manager: field.userId }),
    output: answer.users,
  },
  async (call, { channel_id: channelId, manager }) => {
    const { shared, app } = call
    const user = await shared.directory.user(app, manager)
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    const { room, members } = roomful
    if (!members.has(user.id)) throw new Refusal('not_joined')
    const managers = [...members.values()].filter(({ role }) => role === 'manager')
    if (managers.length >= maxManagers) throw new Refusal('too_many_managers', `at most ${maxManagers} managers`)
    await shared.everJoined.addManager(room)
    return appoint(call, channelId, user, 'manager')
  },
)

export const removeManager = operation(
  {
    summary: 'Make a manager a member like others',
    input: Type.Object({ ...aChannel, manager: field.userId }),
    output: answer.users,
  },
  async (call, { channel_id: channelId, manager }) => {
    const user = await call.shared.directory.user(call.app, manager)
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    if (roomful.members.get(user.id)?.role !== 'manager') throw new Refusal('not_a_manager')
    return appoint(call, channelId, user, 'member')
  },
)

async function appoint(call: Call, channelId: string, user: User, role: 'manager' | 'member'): Promise<UserShape[]> {
  const { shared, session } = call
  const { room } = await channelOf(call, channelId)
  shared.people.keep(user)
  const command = { type: 'appoint', roomId: room.id, userId: user.id, role } as const
  await inWords({ conflict: 'not_joined', not_found: 'channel' }, shared.chat.execute(session, command))
  return managersOf(call, await channelOf(call, channelId))
}

function managersOf(call: Call, roomful: Roomful): Promise<UserShape[]> {
  const { members } = roomful
  return membersOf(call, roomful, ({ id }) => members.get(id)?.role === 'manager')
}

async function membersOf(
  { shared }: Call,
  { room, members }: Roomful,
  isWanted: (user: User) => boolean = () => true,
): Promise<UserShape[]> {
  const sorted = [...members.values()].toSorted(byJoining)
  const people = await shared.people.load(
    room.appId,
    sorted.map(({ userId }) => userId),
  )
  return sorted.flatMap(({ userId, joinedAt }) => {
    const user = people.get(userId)
    return user && isWanted(user) ? [userShape(user, joinedAt)] : []
  })
}
