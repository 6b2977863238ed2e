import type { FastifyInstance } from 'fastify'
import type { Roomful } from '../../../core/room.ts'
import type { CommuShared } from '../commu-shared.ts'
import { demandFor } from '../limits.ts'
import { channelObject, channelWithUsers } from '../shapes.ts'
import { communityOf, mustBeUser, readManager } from './communities.ts'
import type { Caller } from './door.ts'
import type { Fields } from './fields.ts'
import { memberList } from './member-list.ts'
import { orRefuse, Refusal } from './refusal.ts'
import { addRoute, type Rest } from './rest.ts'

const one = '/api/channels/:channel_id'
const maxInvited = 1000

export const noChannel = new Refusal(400, '채널이 존재하지 않습니다.')
const notManager = new Refusal(400, '관리자가 아닙니다!')
const notManagerHere = new Refusal(401, '채널 관리자가 아닙니다.')
const notMember = new Refusal(400, '채널에 없는 사용자입니다.')

export function channelRoutes(scope: FastifyInstance, rest: Rest): void {
  const { shared } = rest
  const { channels, chat, limits, reading } = shared

  addRoute(scope, rest, { method: 'POST', path: '/api/channel' }, async (caller, { fields }) => {
    const name = fields.text('name', { min: 2, max: 20 })
    const type = fields.text('type', { min: 1, max: 20 })
    const isPrivate = fields.flag('isPrivate')
    const description = fields.maybeText('description', { lines: true }) ?? ''
    fields.done()
    const community = await communityOf(shared, caller, fields, 'communityId')
    const room = await channels.open(caller.session, community, { name, type, description }, isPrivate)
    return channelObject(caller.app.ids, room)
  })

  addRoute(scope, rest, { method: 'GET', path: one }, async (caller, { fields }) => {
    const { room, members } = await channelOf(shared, caller, fields)
    demandFor(limits.reads, caller.user.id, members.size)
    return { ...channelObject(caller.app.ids, room), users: await memberList(shared, caller, members) }
  })

  addRoute(scope, rest, { method: 'POST', path: one }, async (caller, { fields }) => {
    const { room } = await channelOf(shared, caller, fields)
    const joined = await orRefuse(channels.join(caller.session, room.id), {
      not_found: noChannel,
      forbidden: noChannel,
      conflict: noChannel,
    })
    return { ...channelWithUsers(caller.app.ids, joined), lastRead: false }
  })

  addRoute(scope, rest, { method: 'POST', path: `${one}/users` }, async (caller, { fields }) => {
    const asked = fields.ids('users', maxInvited)
    fields.done()
    const { room } = await channelOf(shared, caller, fields)
    const invited = asked.map((id) => mustBeUser(caller.app, id))
    const roomful = await orRefuse(channels.invite(caller.session, room.id, invited), {
      forbidden: new Refusal(400, '커뮤니티에 없는 사용자이거나, 채널에 참여하고 있지 않습니다.'),
      not_found: new Refusal(400, '초대를 요청한 사용자 _id가 올바르지 않습니다.'),
      conflict: noChannel,
    })
    return { ...channelWithUsers(caller.app.ids, roomful), existUnreadChat: false }
  })

  addRoute(scope, rest, { method: 'PATCH', path: `${one}/settings` }, async (caller, { fields }) => {
    const name = fields.maybeText('name', { min: 2, max: 20 })
    const description = fields.maybeText('description', { lines: true })
    fields.done()
    const channel = await channelOf(shared, caller, fields, notManagerHere)
    const patch = {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      // As the original reads it: only the text "true" is true.
      ...(fields.has('isPrivate') ? { isPrivate: fields.raw('isPrivate') === 'true' } : {}),
      ...readManager(caller.app, fields),
    }
    await orRefuse(channels.change(caller.session, channel, patch), {
      forbidden: notManagerHere,
      not_found: notManagerHere,
      conflict: notMember,
    })
    return { message: '채널 수정 성공!' }
  })

  addRoute(scope, rest, { method: 'PATCH', path: `${one}/lastRead` }, async (caller, { fields }) => {
    const channel = await channelOf(shared, caller, fields)
    await orRefuse(reading.markAll(caller.session, channel), { forbidden: notMember, not_found: notMember })
    return { message: 'Last Read 업데이트 성공' }
  })

  addRoute(scope, rest, { method: 'DELETE', path: `${one}/me` }, async (caller, { fields }) => {
    const { room, members } = await channelOf(shared, caller, fields)
    if (!members.has(caller.user.id)) throw notMember
    await orRefuse(chat.execute(caller.session, { type: 'leave', roomId: room.id }), {
      conflict: new Refusal(400, '관리자를 변경하고 채널을 퇴장하십시오!'),
    })
    return { message: '채널 퇴장 성공!' }
  })

  addRoute(scope, rest, { method: 'DELETE', path: one }, async (caller, { fields }) => {
    const { room } = await channelOf(shared, caller, fields)
    await orRefuse(chat.execute(caller.session, { type: 'close', roomId: room.id, farewell: null }), {
      forbidden: notManager,
      // The core doesn't tell those outside what it tells members.
      not_found: notManager,
      conflict: noChannel,
    })
    return { message: '채널 삭제 성공' }
  })
}

/**
 * The channel of the address, in the community that is named besides, where one is. One that isn't there and one that the
 * caller may not see answer alike.
 */
export async function channelOf(
  shared: CommuShared,
  caller: Caller,
  fields: Fields,
  refusal = noChannel,
): Promise<Roomful> {
  const { room } = await namedChannel(shared, caller, fields, refusal)
  return orRefuse(shared.chat.look(caller.session, room.id), { not_found: refusal })
}

/** The same, for who looks after its community any channel of it. */
export async function moderatedOf(shared: CommuShared, caller: Caller, fields: Fields): Promise<Roomful> {
  const found = await namedChannel(shared, caller, fields, noChannel)
  const community = await shared.directory.community(caller.app.app.id, found.room.parentId)
  return community?.room.ownerId === caller.user.id ? found : channelOf(shared, caller, fields)
}

async function namedChannel(
  { directory }: CommuShared,
  { app }: Caller,
  fields: Fields,
  refusal: Refusal,
): Promise<Roomful> {
  const found = await directory.channel(app.app.id, app.ids.channelOf(fields.raw('channel_id')))
  if (!found) throw refusal
  const named = fields.has('community_id') ? app.ids.communityOf(fields.raw('community_id')) : found.room.parentId
  if (named !== found.room.parentId) throw refusal
  return found
}
