import type { FastifyInstance } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import { userObject } from '../host-object.ts'
import { emailIdentity, hostMeta } from '../host.ts'
import { attempt } from '../limits.ts'
import { refreshLifeMs } from '../refresh-tokens.ts'
import { baseUrl } from './base-url.ts'
import { clearCookie, readCookie, writeCookie } from './cookies.ts'
import { mayUseCookies } from './cors.ts'
import { callerOf } from './door.ts'
import { Fields } from './fields.ts'
import { Refusal } from './refusal.ts'
import { addRoute, type Rest } from './rest.ts'

export const refreshCookie = 'pintalk_refresh_token'
export const incorrectPassword = 'Incorrect password'
export const deactivated = 'This account is deactivated.'

/** The contract's words, which tell whether an e-mail address has an account. Time doesn't. */
const loginRefusals = {
  unknown: () => new Refusal(401, 'No user by the provided email'),
  incorrect: () => new Refusal(401, incorrectPassword),
  left: () => new Refusal(409, deactivated),
}

export function sessionRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { directory, hosts, limits, refreshTokens, tokens } = shared

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/login',
    who: door.visitors,
    answer: async (exchange) => {
      const { request } = exchange
      const fields = new Fields(request.body)
      const [email, password] = [fields.email('email'), fields.password('password')]
      fields.done()
      const app = directory.forOrigin(request.headers.origin)
      const keys = [`name ${app.app.id} ${emailIdentity(email).externalId}`, `address ${addressBlock(request.ip)}`]
      const outcome = await attempt(
        limits.logins,
        keys,
        () => hosts.login(app, email, password),
        (login) => 'host' in login,
      )
      if ('refused' in outcome) throw loginRefusals[outcome.refused]()
      const { user } = outcome.host
      const refreshToken = await refreshTokens.issue({ appId: user.appId, userId: user.id })
      writeCookie(shared, exchange, refreshCookie, refreshToken, refreshLifeMs)
      return { ...userObject(user, baseUrl(shared, request)), accessToken: await tokens.issue(outcome.host) }
    },
  })

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/token/refresh',
    who: door.visitors,
    answer: async (exchange) => {
      const { request, reply } = exchange
      const token = readCookie(request, refreshCookie)
      const app = token === null ? null : directory.byId((token.split('.', 1)[0] ?? '') as never)
      if (app && !mayUseCookies(app.app.origins, request)) throw new Refusal(403, 'request domain not allowed')
      const rotated = app && token !== null ? await refreshTokens.rotate(token) : null
      const user = rotated && (await shared.store.users.byId(rotated.owner.appId, rotated.owner.userId))
      if (!app || !rotated || !user || hostMeta(user).deletedAt !== null) {
        clearCookie(shared, exchange, refreshCookie)
        throw new Refusal(401, 'The refresh token is not valid or has expired.')
      }
      writeCookie(shared, exchange, refreshCookie, rotated.token, refreshLifeMs)
      const accessToken = await tokens.issue({ app, user })
      // Documented as the one, read by the admin front as the other.
      return reply.code(201).send({ access_token: accessToken, access: accessToken })
    },
  })

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/logout',
    who: door.hosts,
    answer: async (exchange) => {
      const { user } = callerOf(exchange.request)
      const token = readCookie(exchange.request, refreshCookie)
      if (token !== null) await refreshTokens.revoke(token, { appId: user.appId, userId: user.id })
      clearCookie(shared, exchange, refreshCookie)
      return exchange.reply.code(204).send()
    },
  })
}
