import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { HTTPMethods } from 'fastify'
import { PintalkRest } from '../../../../test/support/pintalk-rest.ts'

const names = [
  'email',
  'password',
  'serviceName',
  'service_domain',
  'serviceExpl',
  'verificationCode',
  'current_password',
  'newPassword',
  'profileName',
  'profile_image',
  'useOnlineStatus',
  'isFixed',
  'toString',
  'hasOwnProperty',
  '__proto__',
] as const

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('mina@mail.example', '\u0000', '\ud800', 'true', '000000', 'localhost:8080', '%', '../..', 'null'),
)
const value = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }))
const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 12 })), value, { maxKeys: 8 })
const body = fc.oneof(
  object.map((one) => JSON.stringify(one)),
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
)
const contentType = fc.constantFrom(
  'application/json',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/x-www-form-urlencoded',
)
/** What may stand in a header. */
const header = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom('https://mina.example', 'null', '.....', 'a.b.c.d'),
)

const id = fc.oneof(fc.nat().map(String), word).map((text) => encodeURIComponent(text.toWellFormed()))
const query = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('page', 'limit', 'offset', 'page[]', '__proto__'), word)
    .map(([name, is]) => `?${name}=${encodeURIComponent(is.toWellFormed())}`),
)

const routes: readonly (readonly [HTTPMethods, string])[] = [
  ['POST', '/api/chat/'],
  ['GET', '/api/users/client'],
  ['POST', '/api/auth/check-email/'],
  ['POST', '/api/auth/email-verification/'],
  ['POST', '/api/auth/email-confirmation/'],
  ['POST', '/api/auth/signup/'],
  ['POST', '/api/auth/login/'],
  ['POST', '/api/auth/token/refresh/'],
  ['POST', '/api/auth/password-change/'],
  ['POST', '/api/auth/password-reset/'],
  ['POST', '/api/auth/restore/'],
  ['POST', '/api/auth/leave/'],
  ['GET', '/api/chat/chatrooms/'],
  ['GET', '/api/chat/chatrooms/ID/'],
  ['PATCH', '/api/chat/chatrooms/ID/'],
  ['DELETE', '/api/chat/chatrooms/ID/'],
  ['PATCH', '/api/chat/chatrooms/ID/close/'],
  ['PATCH', '/api/chat/chatrooms/ID/restore/'],
  ['GET', '/api/chat/chatrooms/ID/chat-messages/'],
  ['GET', '/api/chat/chatrooms/ID/download/'],
  ['GET', '/api/users/ID/'],
  ['PATCH', '/api/users/ID/'],
  ['PATCH', '/api/users/ID/configs/'],
  ['OPTIONS', '/api/chat/'],
  ['OPTIONS', '/api/users/ID/'],
]

const request = fc.record({
  route: fc.constantFrom(...routes),
  id,
  query,
  body,
  contentType,
  hasToken: fc.boolean(),
  isOwn: fc.boolean(),
  hasKeys: fc.boolean(),
  origin: header,
  cookie: header,
  language: header,
})

describe('whatever comes', () => {
  test('is answered with a word that fits, and never breaks the server', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id: roomId } = await rest.room(mina)
    const check = async (given: typeof request extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
      const [method, pattern] = given.route
      const own = pattern.startsWith('/api/users') ? mina.user.id : roomId
      const url =
        pattern.replace('ID', () => (given.isOwn && method !== 'DELETE' ? String(own) : given.id)) + given.query
      const hasBody = method !== 'GET' && method !== 'OPTIONS'
      const { status, json, headers } = await rest.ask(method, url, {
        ...(given.hasToken ? { as: mina.token } : {}),
        headers: {
          ...(given.hasKeys ? mina.keys : {}),
          origin: given.origin,
          cookie: `pintalk_refresh_token=${given.cookie}; email_confirmation=${given.cookie}; email_verification_code=${given.cookie}`,
          'accept-language': given.language,
          ...(hasBody ? { 'content-type': given.contentType } : {}),
        },
        ...(hasBody ? { body: given.body } : {}),
      })
      assert.ok(status < 500, `${status} ${JSON.stringify(json)}`)
      if (status < 400) return
      assert.equal(json.code, status)
      assert.ok(typeof json.detail === 'string' || Object.values(json.detail).every(Array.isArray))
      assert.match(headers['content-type']!, /^application\/json/)
    }
    await fc.assert(fc.asyncProperty(request, check), { numRuns: 1500 })
    assert.deepEqual(rest.log.of('error'), [])
  })
})
