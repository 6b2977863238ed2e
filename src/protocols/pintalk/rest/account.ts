import type { FastifyInstance } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import { userObject } from '../host-object.ts'
import { hostMeta } from '../host.ts'
import { attempt } from '../limits.ts'
import { mailLanguage, type MailTemplate } from '../mail.ts'
import type { PintalkApp } from '../settings.ts'
import { baseUrl } from './base-url.ts'
import { clearCookie, readCookie } from './cookies.ts'
import { callerOf, type Caller } from './door.ts'
import { Fields } from './fields.ts'
import { Refusal } from './refusal.ts'
import { addRoute, type Exchange, type Rest } from './rest.ts'
import { deactivated, incorrectPassword, refreshCookie } from './sessions.ts'
import { readEmail } from './sign-up.ts'

/** What becomes of an account: its password, its end, its return. */
export function accountRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { directory, hosts, limits, seals, temporary } = shared

  const mustKnow = async (caller: Caller, password: string): Promise<void> => {
    const verify = () => hosts.verify(caller, password)
    const isRight = await attempt(limits.logins, [`user ${caller.user.id}`], verify, (outcome) => outcome)
    if (!isRight) throw new Refusal(401, incorrectPassword)
  }

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/password-change',
    who: door.hosts,
    answer: async ({ request }) => {
      const fields = new Fields(request.body)
      const [current, next] = [fields.password('currentPassword'), fields.newPassword('newPassword')]
      fields.done()
      if (current === next) throw new Refusal(400, 'The new password is the same as the current one.')
      const caller = callerOf(request)
      await mustKnow(caller, current)
      const { user } = await hosts.changePassword(caller, next, readCookie(request, refreshCookie))
      return userObject(user, baseUrl(shared, request))
    },
  })

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/leave',
    who: door.hosts,
    answer: async (exchange) => {
      const { request } = exchange
      const fields = new Fields(request.body)
      const password = fields.password('password')
      fields.done()
      const caller = callerOf(request)
      await mustKnow(caller, password)
      const { user } = await hosts.leave(caller)
      clearCookie(shared, exchange, refreshCookie)
      return userObject(user, baseUrl(shared, request))
    },
  })

  /** The app and account that an e-mail address means here; counted. */
  const asked = async ({ request }: Exchange) => {
    const email = readEmail(request.body)
    limits.emailRequests.demand(addressBlock(request.ip), 'Too many requests.')
    const app = directory.forOrigin(request.headers.origin)
    return { email, app, user: await hosts.byEmail(app, email) }
  }

  const sender = ({ request }: Exchange, { app }: PintalkApp, to: string, template: MailTemplate) => {
    const language = mailLanguage(request.headers['accept-language'])
    return (password: string): Promise<void> => {
      return shared.sendMail({ appId: app.id, roomId: null, to, template, language, values: { password } })
    }
  }

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/password-reset',
    who: door.visitors,
    answer: async (exchange) => {
      const { email, app, user } = await asked(exchange)
      if (!user) throw new Refusal(404, 'No user by the provided email')
      if (hostMeta(user).deletedAt !== null) throw new Refusal(409, deactivated)
      limits.mails.demand(seals.mark(app, email), 'Too many mails to this address.')
      const to = hostMeta(user).email
      await temporary.issue(app.app.id, user.id, 'reset', sender(exchange, app, to, 'password-reset'))
      return { detail: 'email sent' }
    },
  })

  addRoute(scope, {
    method: 'POST',
    path: '/api/auth/restore',
    who: door.visitors,
    answer: async (exchange) => {
      const { email, app, user } = await asked(exchange)
      // Counted for everybody, and answered alike: this doesn't tell who has an account, or had one.
      limits.mails.demand(seals.mark(app, email), 'Too many mails to this address.')
      const left = user && hostMeta(user).deletedAt !== null ? user : null
      const to = left ? hostMeta(left).email : email
      await temporary.issue(app.app.id, left?.id ?? null, 'restore', sender(exchange, app, to, 'temporary-password'))
      return { detail: 'email sent' }
    },
  })
}
