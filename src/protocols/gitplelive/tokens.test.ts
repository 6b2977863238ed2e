import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt, SignJWT } from 'jose'
import { apps, GitpleliveRest, startedAt } from '../../../test/support/gitplelive-rest.ts'
import { Refusal } from './failures.ts'
import { bearerToken } from './tokens.ts'

const dayMs = 24 * 3600 * 1000

async function setUp() {
  const rest = await GitpleliveRest.open()
  await rest.users('ana', 'bo')
  const { tokens } = rest.shared
  const refusalOf = (token: string) =>
    tokens.signIn(token).then(
      () => null,
      (error: unknown) => error instanceof Refusal && error.failure,
    )
  return { rest, tokens, refusalOf, [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose]() }
}

describe('session tokens', () => {
  test('say whose they are, and are good for a day', async () => {
    await using the = await setUp()
    const { json } = await the.rest.platform('POST', '/users/ana/token', {})
    assert.equal(json.expires_at, startedAt + dayMs)
    const { user_id: userId, iat, exp } = decodeJwt(json.token)
    assert.deepEqual([userId, iat, exp], ['ana', startedAt / 1000, (startedAt + dayMs) / 1000])
    const { user, app, expiresAt } = await the.tokens.signIn(json.token)
    assert.deepEqual([user.name, app.app.id, expiresAt], ['ana', 'shop', startedAt + dayMs])
  })

  test('end at the millisecond that was asked for, told apart from bad ones', async () => {
    await using the = await setUp()
    const { json } = await the.rest.platform('POST', '/users/ana/token', { expires_at: startedAt + 1500 })
    assert.equal(json.expires_at, startedAt + 1500)
    the.rest.pass(1499)
    assert.equal(await the.refusalOf(json.token), null)
    the.rest.pass(1)
    assert.equal(await the.refusalOf(json.token), 'token_expired')
    the.rest.pass(dayMs)
    assert.equal(await the.refusalOf(json.token), 'token_expired')
    assert.equal(await the.refusalOf(`${json.token}x`), 'token_invalid')
  })

  test('are revoked all at once, and new ones are good at once', async () => {
    await using the = await setUp()
    const [ana, other, bo] = [await the.rest.token('ana'), await the.rest.token('ana'), await the.rest.token('bo')]
    assert.equal((await the.rest.platform('DELETE', '/users/ana/token')).status, 200)
    assert.deepEqual(
      await Promise.all([ana, other, bo, await the.rest.token('ana')].map((token) => the.refusalOf(token))),
      ['token_invalid', 'token_invalid', null, null],
    )
    const told = the.rest.deliveries.map(({ event }) => event).filter(({ type }) => type === 'user_changed')
    assert.ok(told.some((event) => event.type === 'user_changed' && event.user.name === 'ana'))
  })

  test('of a user who was removed don’t open the account of the next of that name', async () => {
    await using the = await setUp()
    const token = await the.rest.token('ana')
    await the.rest.platform('DELETE', '/users/ana')
    assert.equal(await the.refusalOf(token), 'token_invalid')
    await the.rest.users('ana')
    assert.equal(await the.refusalOf(token), 'token_invalid')
  })

  test('that are not ours are refused', async () => {
    await using the = await setUp()
    const user = await the.rest.shared.directory.user(the.rest.shared.apps[0]!, 'ana')
    const claims = { user_id: 'ana', sub: String(user.id), epoch: 0, exp: startedAt / 1000 + 60 }
    const sign = (kid: string, alg: 'HS256' | 'HS512', secret: string) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(new TextEncoder().encode(secret.padEnd(64)))
    const { apiKey } = apps[0].settings
    const none = `${Buffer.from('{"alg":"none","kid":"shop"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
    for (const token of [
      // The API key itself doesn't sign.
      await sign('shop', 'HS256', apiKey),
      await sign('shop', 'HS512', apiKey),
      await sign('__proto__', 'HS256', apiKey),
      none,
      'a.b.c',
      '',
    ])
      assert.equal(await the.refusalOf(token), 'token_invalid', token)
  })

  test('are read from the header', () => {
    assert.equal(bearerToken('Bearer a.b.c'), 'a.b.c')
    for (const value of [undefined, '', 'a.b.c', 'Basic a', 'Bearer a b', `Bearer ${'a'.repeat(5000)}`, ['Bearer a']])
      assert.equal(bearerToken(value), null)
  })
})
