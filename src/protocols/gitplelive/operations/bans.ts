import { Type } from 'typebox'
import { isBanned } from '../../../core/policy.ts'
import * as answer from '../answers.ts'
import { channelOf, mustRun } from '../channel-access.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { operation } from '../operation.ts'
import { userShape } from '../shapes.ts'
import type { Ban, User } from '../../../core/model.ts'

const maxSeconds = 10 * 366 * 24 * 3600
const maxShown = 1000

export const banUser = operation(
  {
    summary: 'Keep a user out for some time',
    description: 'It stops being a member, and can neither join nor write until then.',
    input: Type.Object({
      channel_id: field.channelId,
      user_id: field.userId,
      seconds: Type.Integer({ minimum: 1, maximum: maxSeconds, examples: [3600] }),
      reason: Type.Optional(Type.String({ maxLength: 500, examples: ['spam'] })),
    }),
    output: answer.ban,
  },
  async (call, { channel_id: channelId, user_id: userId, seconds, reason = '' }) => {
    const { shared, app, session } = call
    const user = await shared.directory.user(app, userId)
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    const { room, members } = roomful
    if (session.user?.id === user.id) throw new Refusal('own_ban')
    const isPeer = members.get(user.id)?.role === 'manager' && session.user !== null
    if (isPeer && session.user?.role !== 'manager') throw new Refusal('manager_ban')
    shared.people.keep(user)
    const forMs = seconds * 1000
    const command = { type: 'ban', roomId: room.id, userId: user.id, forMs, reason } as const
    await inWords({ not_found: 'channel' }, shared.chat.execute(session, command))
    const { bans } = await channelOf(call, channelId)
    const ban = bans.get(user.id)
    if (!ban) throw new Refusal('resource', 'user_id: the ban was lifted at once')
    return banShape(ban, user)
  },
)

export const unbanUser = operation(
  {
    summary: 'Lift a ban',
    description: 'The user may join again. It doesn’t become a member by it.',
    input: Type.Object({ channel_id: field.channelId, user_id: field.userId }),
    output: null,
  },
  async (call, { channel_id: channelId, user_id: userId }) => {
    const { shared, app, session } = call
    const user = await shared.directory.user(app, userId)
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    if (!isBanned(user.id, roomful, shared.now())) throw new Refusal('resource', 'user_id: is not banned', 'user_id')
    shared.people.keep(user)
    const command = { type: 'unban', roomId: roomful.room.id, userId: user.id } as const
    await inWords({ not_found: 'channel' }, shared.chat.execute(session, command))
  },
)

export const listBans = operation(
  {
    summary: 'Who is banned, the newest ban first',
    input: Type.Object({ channel_id: field.channelId }),
    output: answer.bans,
  },
  async (call, { channel_id: channelId }) => {
    const { shared } = call
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    const bans = [...roomful.bans.values()]
      .filter(({ userId }) => isBanned(userId, roomful, shared.now()))
      .toSorted((a, b) => b.at - a.at)
      .slice(0, maxShown)
    const people = await shared.people.load(
      roomful.room.appId,
      bans.map(({ userId }) => userId),
    )
    return bans.flatMap((ban) => {
      const user = people.get(ban.userId)
      return user ? [banShape(ban, user)] : []
    })
  },
)

function banShape({ reason, until, at }: Ban, user: User): object {
  return {
    user: userShape(user),
    ...(reason !== '' && { reason }),
    created_at: at,
    ...(until !== null && { expires_at: until }),
  }
}
