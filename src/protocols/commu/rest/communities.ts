import type { FastifyInstance } from 'fastify'
import type { Room, UserId } from '../../../core/model.ts'
import type { Roomful } from '../../../core/room.ts'
import type { CommuShared } from '../commu-shared.ts'
import { demandFor } from '../limits.ts'
import type { PlacePatch } from '../places.ts'
import type { CommuApp } from '../settings.ts'
import { channelObject, communityObject, userIds } from '../shapes.ts'
import type { Caller } from './door.ts'
import type { Fields } from './fields.ts'
import { memberList } from './member-list.ts'
import { orRefuse, Refusal } from './refusal.ts'
import { addRoute, type Rest } from './rest.ts'

const one = '/api/communities/:community_id'
const maxInvited = 1000
/** Of a list of communities, in all: whoever is put into thousands of channels by others still gets it. */
const maxListedChannels = 1000
const maxListedIds = 20_000
/** A channel in the list is as much work as so many people are. */
const thingsPerChannel = 4

const noCommunity = new Refusal(400, '해당하는 커뮤니티의 _id가 올바르지 않습니다.')
const notManager = new Refusal(400, '커뮤니티 관리자가 아닙니다.')
const notMember = new Refusal(400, '커뮤니티에 없는 사용자입니다.')

export function communityRoutes(scope: FastifyInstance, rest: Rest): void {
  const { shared } = rest
  const { communities, directory, limits, reading, store } = shared

  addRoute(scope, rest, { method: 'POST', path: '/api/community' }, async ({ app, session }, { fields }) => {
    const name = fields.text('name', { min: 2, max: 20 })
    const words = { name, ...readWords(fields) }
    fields.done()
    return communityObject(app.ids, await communities.open(session, words), [])
  })

  addRoute(scope, rest, { method: 'GET', path: '/api/communities' }, async ({ app, user }) => {
    const towns: { community: Room; rooms: Room[] }[] = []
    let left = maxListedChannels
    for (const community of await directory.communitiesOf(user.appId, user.id)) {
      const rooms = (await directory.channelsOf(user.appId, community.id, user.id)).slice(0, left)
      left -= rooms.length
      towns.push({ community, rooms })
    }
    demandFor(limits.reads, user.id, (maxListedChannels - left) * thingsPerChannel)
    const budget = { ids: maxListedIds }
    const shown: object[] = []
    for (const { community, rooms } of towns) {
      const channels: object[] = []
      for (const { id } of rooms) {
        const roomful = await store.rooms.withMembers(user.appId, id)
        if (!roomful) continue
        const existUnreadChat = await reading.hasUnread(roomful, user.id)
        channels.push({ ...listed(app, roomful, budget), existUnreadChat })
        // Each may have to be read with its thousands of members: others have their turn between them.
        await new Promise(setImmediate)
      }
      shown.push(communityObject(app.ids, community, channels))
    }
    return { communities: shown }
  })

  addRoute(scope, rest, { method: 'GET', path: `${one}/users` }, async (caller, { fields }) => {
    const { members } = await communityOf(shared, caller, fields)
    demandFor(limits.reads, caller.user.id, members.size)
    return { users: await memberList(shared, caller, members) }
  })

  addRoute(scope, rest, { method: 'POST', path: `${one}/users` }, async (caller, { fields }) => {
    const asked = fields.ids('users', maxInvited)
    fields.done()
    const community = await communityOf(shared, caller, fields)
    const invited = asked.map((id) => mustBeUser(caller.app, id))
    await orRefuse(communities.invite(caller.session, community, invited), {
      conflict: new Refusal(400, '이미 커뮤니티에 있는 사용자입니다.'),
      not_found: new Refusal(400, '커뮤니티에 추가를 요청한 사용자 _id가 올바르지 않습니다.'),
      forbidden: notMember,
    })
    return { message: '커뮤니티 사용자 추가 완료' }
  })

  addRoute(scope, rest, { method: 'PATCH', path: `${one}/settings` }, async (caller, { fields }) => {
    const name = fields.maybeText('name', { min: 2, max: 20 })
    const words = readWords(fields)
    fields.done()
    const community = await communityOf(shared, caller, fields)
    const patch = { ...(name === undefined ? {} : { name }), ...words, ...readManager(caller.app, fields) }
    await orRefuse(communities.change(caller.session, community, patch), { forbidden: notManager, conflict: notMember })
    return { message: '커뮤니티 정보 수정 완료' }
  })

  addRoute(scope, rest, { method: 'DELETE', path: one }, async (caller, { fields }) => {
    const { room } = await communityOf(shared, caller, fields)
    await orRefuse(communities.close(caller.session, room), { forbidden: notManager, conflict: noCommunity })
    return { message: '커뮤니티 삭제 성공' }
  })

  addRoute(scope, rest, { method: 'DELETE', path: `${one}/me` }, async (caller, { fields }) => {
    const community = await communityOf(shared, caller, fields)
    await orRefuse(communities.leave(caller.session, community), {
      conflict: new Refusal(400, '관리자를 변경하고 커뮤니티를 퇴장하십시오!'),
    })
    return { message: '사용자 커뮤니티 탈퇴 성공' }
  })
}

/** The community of the address. One that isn't there and one that isn't the caller's answer alike. */
export async function communityOf(
  { chat, directory }: CommuShared,
  { app, session }: Caller,
  fields: Fields,
  name = 'community_id',
): Promise<Roomful> {
  const found = await directory.community(app.app.id, app.ids.communityOf(fields.raw(name)))
  if (!found) throw noCommunity
  return orRefuse(chat.look(session, found.room.id), { not_found: noCommunity })
}

export function mustBeUser({ ids }: CommuApp, id: unknown): UserId {
  const userId = ids.userOf(id)
  const shown = typeof id === 'string' ? `(${id.slice(0, 24)})` : ''
  if (userId === null) throw new Refusal(400, `요청한 사용자 _id${shown}가 올바르지 않습니다.`)
  return userId
}

/** The new manager, where one is asked for. */
export function readManager(app: CommuApp, fields: Fields): Pick<PlacePatch, 'managerId'> {
  return fields.has('managerId') ? { managerId: mustBeUser(app, fields.raw('managerId')) } : {}
}

function readWords(fields: Fields): Pick<PlacePatch, 'description' | 'profileUrl'> {
  const description = fields.maybeText('description', { lines: true })
  const profileUrl = fields.maybeText('profileUrl', { max: 2000 })
  return {
    ...(description === undefined ? {} : { description }),
    ...(profileUrl === undefined ? {} : { profileUrl }),
  }
}

function listed({ ids }: CommuApp, { room, members }: Roomful, budget: { ids: number }): object {
  budget.ids -= members.size
  return { ...channelObject(ids, room), users: budget.ids < 0 ? [] : userIds(ids, members.keys()) }
}
