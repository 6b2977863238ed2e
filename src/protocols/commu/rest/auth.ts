import type { FastifyInstance } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import { addressBlock } from '../../../wire/address.ts'
import { attempt } from '../limits.ts'
import { emailIdentity } from '../person.ts'
import { openPerson } from '../people.ts'
import { refreshLifeMs } from '../refresh-tokens.ts'
import { userObject } from '../shapes.ts'
import { readRefreshCookie, writeRefreshCookie } from './cookies.ts'
import { mayUseCookies } from './cors.ts'
import { orRefuse, Refusal } from './refusal.ts'
import { addOpenRoute, addRoute, type Rest } from './rest.ts'

const path = '/api/user/auth'

/** The contract's words, which tell whether an e-mail address has an account. Time doesn't. */
const loginRefusals = {
  unknown: '존재하는 아이디가 없습니다.',
  incorrect: '비밀번호가 일치하지 않습니다.',
} as const

/** Who is who: signing up, in and out. */
export function authRoutes(scope: FastifyInstance, rest: Rest): void {
  const { shared, door } = rest
  const { directory, limits, people, refreshTokens, store, tokens } = shared

  addOpenRoute(scope, rest, { method: 'POST', path: `${path}/signup` }, async ({ request, fields }) => {
    const newcomer = {
      email: fields.email('id'),
      password: fields.newPassword('password', 8),
      nickname: fields.text('nickname', { min: 2, max: 8 }),
    }
    fields.done()
    const { app } = await door.appOf(request)
    limits.newcomers.demand(addressBlock(request.ip), 'Too many new accounts from this address.')
    const taken = new Refusal(403, '아이디가 중복되었습니다.')
    // Before the password is hashed; the store looks again.
    if (await store.users.byIdentity(app.id, emailIdentity(newcomer.email))) throw taken
    await orRefuse(openPerson(store.users, app.id, newcomer), { conflict: taken })
    return { message: '회원가입 성공!' }
  })

  addOpenRoute(scope, rest, { method: 'POST', path: `${path}/signin` }, async ({ request, reply, fields }) => {
    const [email, password] = [fields.email('id'), fields.newPassword('password', 1)]
    fields.done()
    const app = await door.appOf(request)
    const keys = [`name ${app.app.id} ${emailIdentity(email).externalId}`, `address ${addressBlock(request.ip)}`]
    const login = await attempt(
      limits.logins,
      keys,
      () => people.login(app, email, password),
      (outcome) => 'person' in outcome,
    )
    if ('refused' in login) throw new Refusal(403, loginRefusals[login.refused])
    const { user } = login.person
    const refreshToken = await refreshTokens.issue({ appId: user.appId, userId: user.id })
    writeRefreshCookie(shared.publicUrl, { request, reply }, refreshToken, refreshLifeMs)
    return { message: '로그인 성공!', accessToken: await tokens.issue(login.person) }
  })

  addOpenRoute(scope, rest, { method: 'POST', path: `${path}/refresh` }, async ({ request, reply }) => {
    const token = readRefreshCookie(request)
    if (token === null) throw new ChatError('unauthorized', 'Unauthorized')
    const appId = refreshTokens.appOf(token)
    const app = appId === null ? null : directory.byId(appId)
    if (app && !mayUseCookies(app.app.origins, request)) throw new Refusal(403, '허용되지 않은 출처입니다.')
    const rotated = app && (await refreshTokens.rotate(token))
    const user = rotated && (await store.users.byId(rotated.owner.appId, rotated.owner.userId))
    if (!app || !rotated || !user) {
      writeRefreshCookie(shared.publicUrl, { request, reply }, '', 0)
      throw new Refusal(403, '유효하지 않은 refreshToken 입니다.')
    }
    if (rotated.token !== null) writeRefreshCookie(shared.publicUrl, { request, reply }, rotated.token, refreshLifeMs)
    return { message: 'accessToken 재발행 성공!', accessToken: await tokens.issue({ app, user }) }
  })

  addRoute(scope, rest, { method: 'GET', path: `${path}/me` }, async ({ app, user }) => userObject(app.ids, user))

  addRoute(scope, rest, { method: 'POST', path: `${path}/signout` }, async (caller, { request, reply }) => {
    await people.logout(caller)
    writeRefreshCookie(shared.publicUrl, { request, reply }, '', 0)
    return { message: '로그아웃 성공!' }
  })
}
