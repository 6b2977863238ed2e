import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignJWT } from 'jose'
import {
  adminOrigin,
  apps,
  otherAdminOrigin,
  password,
  PintalkRest,
  startedAt,
} from '../../../../test/support/pintalk-rest.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const email = 'mina@mail.example'
const cookieName = 'pintalk_refresh_token'

type Jar = Map<string, string>

const login = (rest: PintalkRest, jar: Jar, body: object = { email, password }) =>
  rest.ask('POST', '/api/auth/login/', { jar, body })
const refresh = (rest: PintalkRest, jar: Jar, headers = {}) =>
  rest.ask('POST', '/api/auth/token/refresh/', { jar, headers })

describe('logging in', () => {
  test('gives the account, an access token for an hour and a refresh token for a week', async () => {
    await using rest = await PintalkRest.open()
    const { user } = await rest.host('mina')
    const jar: Jar = new Map()
    const { status, json, cookies } = await login(rest, jar)
    assert.equal(status, 200)
    assert.deepEqual([json.id, json.email, json.isDeleted], [user.id, email, false])
    const [, claims] = json.accessToken.split('.')
    const iat = startedAt / 1000
    assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
      user_id: user.id,
      iat,
      exp: iat + 3600,
    })
    assert.match(cookies.get(cookieName)!, /; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
    const own = `/api/users/${user.id}/`
    assert.equal((await rest.ask('GET', own, { as: json.accessToken })).status, 200)
    rest.pass(60 * minuteMs)
    const late = await rest.ask('GET', own, { as: json.accessToken })
    assert.deepEqual([late.status, late.json.code], [401, 401])
  })

  test('says what was wrong, in the contract’s words', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const jar: Jar = new Map()
    const refused = async (body: object) => (await login(rest, jar, body)).json
    assert.deepEqual(await refused({ email: 'juno@mail.example', password }), {
      code: 401,
      detail: 'No user by the provided email',
    })
    assert.deepEqual(await refused({ email, password: 'wrong' }), { code: 401, detail: 'Incorrect password' })
    assert.deepEqual(await refused({ email, password: 'x'.repeat(5000) }), { code: 401, detail: 'Incorrect password' })
    assert.deepEqual(Object.keys((await refused({})).detail), ['email', 'password'])
    assert.equal(jar.size, 0)
  })

  test('failures are limited by name and by address, also when they come at once', async () => {
    await using rest = await PintalkRest.open({ bursts: { logins: 5 } })
    await rest.host('mina')
    for (let times = 0; times < 8; times++) assert.equal((await login(rest, new Map())).status, 200)
    const wrong = { email, password: 'wrong' }
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await login(rest, new Map(), wrong)).status),
    )
    assert.equal(statuses.filter((status) => status === 401).length, 5)
    assert.equal(statuses.filter((status) => status === 429).length, 7)
    assert.equal((await login(rest, new Map())).status, 429)
    // From here no other name can be tried either.
    assert.equal((await login(rest, new Map(), { email: 'juno@mail.example', password })).status, 429)
  })

  test('the cookie is Secure where clients come by https', async () => {
    await using rest = await PintalkRest.open({ publicUrl: 'https://chat.example' })
    await rest.host('mina')
    assert.match((await login(rest, new Map())).cookies.get(cookieName)!, /; Secure$/)
  })
})

describe('refreshing', () => {
  test('rotates; both names of the token', async () => {
    await using rest = await PintalkRest.open()
    const { user } = await rest.host('mina')
    const jar: Jar = new Map()
    await login(rest, jar)
    const before = jar.get(cookieName)
    rest.pass(6 * dayMs)
    const { status, json } = await refresh(rest, jar)
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(json), ['access_token', 'access'])
    assert.equal(json.access, json.access_token)
    assert.equal((await rest.ask('GET', `/api/users/${user.id}/`, { as: json.access })).status, 200)
    assert.notEqual(jar.get(cookieName), before)
    // The week begins anew.
    rest.pass(6 * dayMs)
    assert.equal((await rest.ask('POST', '/api/auth/token/refresh', { jar })).status, 201)
    rest.pass(7 * dayMs)
    const late = await refresh(rest, jar)
    assert.deepEqual([late.status, late.json.code], [401, 401])
    assert.equal(jar.has(cookieName), false)
  })

  test('a token that is used again revokes its family, and no other', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const [jar, elsewhere]: [Jar, Jar] = [new Map(), new Map()]
    await login(rest, jar)
    await login(rest, elsewhere)
    const stolen: Jar = new Map(jar)
    assert.equal((await refresh(rest, jar)).status, 201)
    assert.equal((await refresh(rest, jar)).status, 201)
    assert.equal((await refresh(rest, stolen)).status, 401)
    assert.equal((await refresh(rest, jar)).status, 401)
    assert.equal((await refresh(rest, elsewhere)).status, 201)
  })

  test('of many uses at once none leaves a token behind', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const jar: Jar = new Map()
    await login(rest, jar)
    const jars = Array.from({ length: 10 }, () => new Map(jar))
    const statuses = await Promise.all(jars.map(async (one) => (await refresh(rest, one)).status))
    assert.ok(statuses.filter((status) => status === 201).length <= 1)
    const after = await Promise.all(jars.map(async (one) => (await refresh(rest, one)).status))
    assert.deepEqual(after, Array(10).fill(401))
  })

  test('nothing, nonsense and another app’s page', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const jar: Jar = new Map()
    await login(rest, jar)
    const token = jar.get(cookieName)!
    const wrongSecret = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
    for (const value of [
      '',
      'x',
      'a.b.c.d',
      token.slice(0, -1),
      wrongSecret,
      `other${token.slice(4)}`,
      token.replace(/\.\d+\./, '.999.'),
    ]) {
      assert.equal((await refresh(rest, new Map([[cookieName, value]]))).status, 401, value)
    }
    assert.equal((await refresh(rest, new Map(jar), { origin: otherAdminOrigin })).status, 403)
    assert.equal((await refresh(rest, new Map(jar), { origin: 'null' })).status, 403)
    // The one that only had a wrong secret looked like a token used twice.
    assert.equal((await refresh(rest, jar, { origin: adminOrigin })).status, 401)
    await login(rest, jar)
    assert.equal((await refresh(rest, jar, { origin: adminOrigin })).status, 201)
    assert.equal((await refresh(rest, jar, { origin: 'http://localhost:80', host: 'localhost' })).status, 201)
  })

  test('a user has twenty sessions, of which the one used longest ago goes', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const jars: Jar[] = []
    for (let times = 0; times < 21; times++) {
      const jar: Jar = new Map()
      await login(rest, jar)
      jars.push(jar)
      if (times === 10) await refresh(rest, jars[0]!)
    }
    assert.equal((await refresh(rest, jars[1]!)).status, 401)
    assert.equal((await refresh(rest, jars[0]!)).status, 201)
    assert.equal((await refresh(rest, jars[20]!)).status, 201)
  })

  test('logging out ends the session', async () => {
    await using rest = await PintalkRest.open()
    const { token } = await rest.host('mina')
    const jar: Jar = new Map()
    await login(rest, jar)
    const kept = new Map(jar)
    assert.equal((await rest.ask('POST', '/api/auth/logout/', { jar })).status, 401)
    const { status, text } = await rest.ask('POST', '/api/auth/logout/', { jar, as: token })
    assert.deepEqual([status, text, jar.size], [204, '', 0])
    assert.equal((await refresh(rest, kept)).status, 401)
    assert.equal((await rest.ask('POST', '/api/auth/logout/', { as: token })).status, 204)
  })

  test('nobody logs out another', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const juno = await rest.host('juno')
    const jar: Jar = new Map()
    await login(rest, jar)
    await rest.ask('POST', '/api/auth/logout/', { jar: new Map(jar), as: juno.token })
    assert.equal((await refresh(rest, jar)).status, 201)
  })
})

test('access tokens of others are of no use', async () => {
  await using rest = await PintalkRest.open()
  const { user, token } = await rest.host('mina')
  const iat = startedAt / 1000
  const make = (claims: object, secret: string, alg = 'HS256', header = {}) =>
    new SignJWT({ iat, exp: iat + 60, ...claims }).setProtectedHeader({ alg, ...header }).sign(Buffer.from(secret))
  const { jwtSecret } = apps[0]!.settings
  const other = apps[1]!.settings.jwtSecret
  const [head, claims] = token.split('.')
  const statusOf = async (as: string) => (await rest.ask('GET', `/api/users/${user.id}/`, { as })).status
  assert.equal(await statusOf(await make({ user_id: user.id }, jwtSecret)), 200)
  for (const [what, as] of [
    ['unsigned', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`],
    ['its head and claims only', `${head}.${claims}.`],
    ['of the other app', await make({ user_id: user.id }, other)],
    ['of the other app, in this one’s name', await make({ user_id: user.id }, other, 'HS256', { kid: 'main' })],
    ['of an app that is not here', await make({ user_id: user.id }, jwtSecret, 'HS256', { kid: 'nowhere' })],
    ['with another algorithm', await make({ user_id: user.id }, jwtSecret.padEnd(64, 'x'), 'HS512')],
    ['of nobody', await make({ user_id: 999 }, jwtSecret)],
    ['of a text', await make({ user_id: String(user.id) }, jwtSecret)],
    ['without a user', await make({}, jwtSecret)],
    ['that never expires', await make({ user_id: user.id, exp: undefined }, jwtSecret)],
    ['that expired', await make({ user_id: user.id, exp: iat }, jwtSecret)],
    ['that is none', 'x'],
  ] as const) {
    assert.equal(await statusOf(as), 401, what)
  }
  const guest = await rest.store.users.create({
    appId: user.appId,
    role: 'customer',
    name: 'guest',
    identity: { protocol: 'pintalk', externalId: 'guest:x' },
  })
  assert.equal(await statusOf(await make({ user_id: guest.id }, jwtSecret)), 401)
})
