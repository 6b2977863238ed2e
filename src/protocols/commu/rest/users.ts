import type { FastifyInstance } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import type { ProfilePatch } from '../people.ts'
import { statuses } from '../person.ts'
import { userObject } from '../shapes.ts'
import type { Fields } from './fields.ts'
import { orRefuse, Refusal } from './refusal.ts'
import { addOpenRoute, addRoute, type Rest } from './rest.ts'

const maxSearchChars = 100

/** People: their profiles, whom they follow, and finding them. */
export function userRoutes(scope: FastifyInstance, rest: Rest): void {
  const { shared, door } = rest
  const { followings, limits, people, store } = shared

  addRoute(
    scope,
    rest,
    { method: 'POST', path: '/api/user/following/:followId' },
    async ({ app, user }, { fields }) => {
      const followedId = app.ids.userOf(fields.raw('followId'))
      if (followedId === user.id) throw new Refusal(400, '자기 자신을 팔로우할 수 없습니다.')
      const followed = followedId === null ? null : await store.users.byId(user.appId, followedId)
      if (!followed) throw new Refusal(400, '해당하는 사용자의 _id가 올바르지 않습니다.')
      const done = await orRefuse(followings.toggle(user, followed.id), {
        conflict: new Refusal(409, '갱신 이상! 다시 시도해 주세요.'),
      })
      return { message: done === 'followed' ? '팔로우 신청 완료' : '언팔로우 완료' }
    },
  )

  addRoute(scope, rest, { method: 'GET', path: '/api/user/followers' }, async ({ app, user }) => {
    return { followers: (await followings.followers(user)).map((one) => userObject(app.ids, one)) }
  })

  addRoute(scope, rest, { method: 'GET', path: '/api/user/followings' }, async ({ app, user }) => {
    return { followings: (await followings.followings(user)).map((one) => userObject(app.ids, one)) }
  })

  addRoute(scope, rest, { method: 'PATCH', path: '/api/user/settings' }, async (caller, { fields }) => {
    await people.change(caller, readProfile(fields))
    return { message: '사용자 정보 변경 완료' }
  })

  addOpenRoute(scope, rest, { method: 'GET', path: '/api/users', isShared: true }, async ({ request, fields }) => {
    const text = fields.maybeText('search', { max: maxSearchChars }) ?? ''
    fields.done()
    const app = await door.appOf(request)
    // Nothing is part of every name, and a list of everybody is nobody's business.
    if (text.trim() === '') return { users: [] }
    limits.searches.demand(addressBlock(request.ip), 'Too many searches.')
    return { users: (await people.search(app, text)).map((one) => userObject(app.ids, one)) }
  })
}

function readProfile(fields: Fields): ProfilePatch {
  const nickname = fields.maybeText('nickname', { min: 2, max: 8 })
  const profileUrl = fields.maybeText('profileUrl', { max: 2000 })
  const description = fields.maybeText('description', { lines: true })
  const status = fields.has('status') ? fields.oneOf('status', statuses) : undefined
  fields.done()
  return {
    ...(nickname === undefined ? {} : { nickname }),
    ...(profileUrl === undefined ? {} : { profileUrl }),
    ...(description === undefined ? {} : { description }),
    ...(status === undefined ? {} : { status }),
  }
}
