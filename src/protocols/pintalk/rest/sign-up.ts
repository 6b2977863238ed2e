import type { FastifyInstance } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import { addressBlock } from '../../../wire/address.ts'
import { openHost } from '../host-accounts.ts'
import { userObject } from '../host-object.ts'
import { mailLanguage } from '../mail.ts'
import { randomName } from '../random-names.ts'
import type { Sealed } from '../seals.ts'
import type { PintalkApp } from '../settings.ts'
import { codeLifeMs } from '../verification-codes.ts'
import { baseUrl } from './base-url.ts'
import { clearCookie, readCookie, writeCookie } from './cookies.ts'
import { mayUseCookies } from './cors.ts'
import { Fields } from './fields.ts'
import { Refusal } from './refusal.ts'
import { addRoute, type Exchange, type Rest } from './rest.ts'

const minuteMs = 60_000

/** The steps of signing up, each of which gives a sealed cookie for the next. They name the purpose of the seal too. */
const steps = {
  checked: { cookie: 'email_duplication_check', lifeMs: 60 * minuteMs },
  mailed: { cookie: 'email_verification_code', lifeMs: codeLifeMs },
  confirmed: { cookie: 'email_confirmation', lifeMs: 10 * minuteMs },
} as const
type Step = keyof typeof steps

const emailTaken = 'This email is already in use.'

export function signUpRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { directory, seals, limits } = shared
  const visitors = { method: 'POST', who: door.visitors } as const

  const give = (exchange: Exchange, step: Step, sealed: Sealed): void => {
    const { cookie, lifeMs } = steps[step]
    writeCookie(shared, exchange, cookie, seals.seal(step, sealed, lifeMs), lifeMs)
  }

  /** What the step before left; refused when the client skipped it or took too long. */
  const come = ({ request }: Exchange, step: Step): Sealed => {
    const sealed = seals.open(step, readCookie(request, steps[step].cookie))
    if (!sealed || !mayUseCookies(sealed.app.app.origins, request)) {
      throw new Refusal(422, `The step before is missing or too long ago: ${steps[step].cookie}.`)
    }
    return sealed
  }

  const mustBeAbout = (sealed: Sealed, email: string): void => {
    if (seals.mark(sealed.app, email) !== sealed.emailMark) throw new Refusal(422, 'Another email was verified.')
  }

  addRoute(scope, {
    ...visitors,
    path: '/api/auth/check-email',
    answer: async (exchange) => {
      const { request } = exchange
      const email = readEmail(request.body)
      limits.emailRequests.demand(addressBlock(request.ip), 'Too many requests.')
      const app = directory.forOrigin(request.headers.origin)
      if (await shared.hosts.byEmail(app, email)) throw new Refusal(409, emailTaken)
      give(exchange, 'checked', { app, id: randomName(), emailMark: seals.mark(app, email) })
      return { email }
    },
  })

  addRoute(scope, {
    ...visitors,
    path: '/api/auth/email-verification',
    answer: async (exchange) => {
      const { request } = exchange
      const checked = come(exchange, 'checked')
      const email = readEmail(request.body)
      mustBeAbout(checked, email)
      limits.emailRequests.demand(addressBlock(request.ip), 'Too many requests.')
      limits.mails.demand(checked.emailMark, 'Too many mails to this address.')
      const id = await shared.codes.issue(checked.app, (code) => sendCode(exchange, checked.app, email, code))
      give(exchange, 'mailed', { ...checked, id })
      return { detail: 'email sent' }
    },
  })

  const sendCode = ({ request }: Exchange, { app }: PintalkApp, to: string, code: string): Promise<void> => {
    const language = mailLanguage(request.headers['accept-language'])
    const values = { code }
    return shared.sendMail({ appId: app.id, roomId: null, to, template: 'verification', language, values })
  }

  addRoute(scope, {
    ...visitors,
    path: '/api/auth/email-confirmation',
    answer: async (exchange) => {
      const mailed = come(exchange, 'mailed')
      const fields = new Fields(exchange.request.body)
      const code = fields.code('verificationCode')
      fields.done()
      const verdict = await shared.codes.check(mailed.app, mailed.id, code)
      if (verdict === 'wrong') throw new Refusal(409, 'The verification code does not match.')
      if (verdict === 'spent') throw new Refusal(422, 'The verification code is no longer good. Ask for another one.')
      give(exchange, 'confirmed', mailed)
      clearCookie(shared, exchange, steps.mailed.cookie)
      return exchange.reply.code(204).send()
    },
  })

  addRoute(scope, {
    ...visitors,
    path: '/api/auth/signup',
    answer: async (exchange) => {
      const { request, reply } = exchange
      const confirmed = come(exchange, 'confirmed')
      const draft = { ...readDraft(request.body), language: mailLanguage(request.headers['accept-language']) }
      mustBeAbout(confirmed, draft.email)
      const user = await openHost(shared.store.users, confirmed.app.app.id, draft).catch(refuseTaken)
      for (const step of ['checked', 'confirmed'] as const) clearCookie(shared, exchange, steps[step].cookie)
      return reply.code(201).send(userObject(user, baseUrl(shared, request)))
    },
  })
}

export function readEmail(body: unknown): string {
  const fields = new Fields(body)
  const email = fields.email('email')
  fields.done()
  return email
}

function readDraft(body: unknown) {
  const fields = new Fields(body)
  const draft = {
    email: fields.email('email'),
    password: fields.newPassword('password'),
    serviceName: fields.text('serviceName', 50),
    serviceExpl: fields.text('serviceExpl', 200, { minChars: 0, lines: true }),
    serviceDomain: fields.serviceDomain('serviceDomain'),
  }
  fields.done()
  return draft
}

function refuseTaken(error: unknown): never {
  throw error instanceof ChatError && error.code === 'conflict' ? new Refusal(409, emailTaken) : error
}
