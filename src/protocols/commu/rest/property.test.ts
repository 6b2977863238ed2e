import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { HTTPMethods } from 'fastify'
import { CommuRest } from '../../../../test/support/commu-rest.ts'

const names = [
  'id',
  'password',
  'nickname',
  'name',
  'description',
  'profileUrl',
  'status',
  'search',
  'users',
  'communityId',
  'community_id',
  'channel_id',
  'managerId',
  'type',
  'content',
  'isPrivate',
  'chat_id',
  'prev',
  'next',
  'toString',
  'constructor',
  '__proto__',
] as const

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    'ana@mail.example',
    '\u0000',
    '\ud800',
    'true',
    'TEXT',
    'ONLINE',
    'Square',
    '-1',
    '%',
    '../..',
    'null',
  ),
)
const value = fc.oneof(
  word,
  fc.constant('OWN'),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant(['OWN']),
  fc.constant({ toString: 1 }),
)
const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 12 })), value, { maxKeys: 8 })
const body = fc.oneof(
  { weight: 4, arbitrary: object.map((one) => JSON.stringify(one)) },
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
)
const id = fc.oneof(fc.nat().map(String), word).map((text) => encodeURIComponent(text.toWellFormed()))
const query = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom(...names, 'app', 'prev[]'), word)
    .map(([name, is]) => `?${name}=${encodeURIComponent(is.toWellFormed())}`),
)

const routes: readonly (readonly [HTTPMethods, string])[] = [
  ['POST', '/api/user/auth/signup'],
  ['POST', '/api/user/auth/refresh'],
  ['GET', '/api/user/auth/me'],
  ['POST', '/api/user/following/ID'],
  ['GET', '/api/user/followers'],
  ['GET', '/api/user/followings'],
  ['PATCH', '/api/user/settings'],
  ['GET', '/api/users'],
  ['POST', '/api/community'],
  ['GET', '/api/communities'],
  ['GET', '/api/communities/ID/users'],
  ['POST', '/api/communities/ID/users'],
  ['PATCH', '/api/communities/ID/settings'],
  ['DELETE', '/api/communities/ID'],
  ['DELETE', '/api/communities/ID/me'],
  ['POST', '/api/channel'],
  ['GET', '/api/channels/ID'],
  ['POST', '/api/channels/ID'],
  ['POST', '/api/channels/ID/users'],
  ['PATCH', '/api/channels/ID/settings'],
  ['PATCH', '/api/channels/ID/lastRead'],
  ['DELETE', '/api/channels/ID/me'],
  ['DELETE', '/api/channels/ID'],
  ['POST', '/api/channels/ID/chat'],
  ['GET', '/api/channels/ID/chat'],
  ['GET', '/api/channels/ID/unread-chat'],
  ['PATCH', '/api/channels/ID/chats/1'],
  ['DELETE', '/api/channels/ID/chats/ID'],
  ['OPTIONS', '/api/channels/ID/chat'],
  ['PUT', '/api/channels/ID'],
  ['GET', '/api/user/ID'],
]

const request = fc.record({
  route: fc.constantFrom(...routes),
  id,
  query,
  body,
  contentType: fc.constantFrom(
    'application/json',
    'application/json',
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
  ),
  hasToken: fc.boolean(),
  isOwn: fc.boolean(),
  header: fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom('https://main.example', 'null', 'main', '__proto__')),
})

describe('whatever comes', () => {
  test('is answered with a word that fits, and never breaks the server', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const town = await rest.community(ana)
    const square = await rest.channel(town, ana)
    await rest.say(square, ana)
    const check = async (given: typeof request extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
      const [method, pattern] = given.route
      const own = pattern.startsWith('/api/communities') ? town : pattern.startsWith('/api/user') ? ana.id : square
      const isLasting = method !== 'DELETE'
      const url = pattern.replace('ID', () => (given.isOwn && isLasting ? own : given.id)) + given.query
      const hasBody = method !== 'GET' && method !== 'OPTIONS'
      const { status, json, headers } = await rest.ask(method, url, {
        ...(given.hasToken ? { as: ana } : {}),
        headers: {
          origin: given.header,
          cookie: `refreshToken=${given.header}`,
          'x-app-id': given.header,
          ...(hasBody ? { 'content-type': given.contentType } : {}),
        },
        ...(hasBody ? { body: given.body.replaceAll('OWN', own) } : {}),
      })
      assert.ok(status < 500, `${status} ${JSON.stringify(json)}`)
      if (status < 400) return
      assert.equal(json.statusCode, status)
      assert.ok(typeof json.message === 'string' || json.message.every((one: unknown) => typeof one === 'string'))
      assert.match(headers['content-type']!, /^application\/json/)
    }
    await fc.assert(fc.asyncProperty(request, check), { numRuns: 1500 })
    assert.deepEqual(rest.log.of('error'), [])
  })
})
