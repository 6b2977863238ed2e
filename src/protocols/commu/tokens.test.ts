import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { apps, CommuRest, startedAt } from '../../../test/support/commu-rest.ts'
import { bearerToken } from './tokens.ts'

const second = 1000
const iat = Math.floor(startedAt / second)
const secretOf = (index: 0 | 1): Uint8Array => new TextEncoder().encode(apps[index].settings.jwtSecret)

describe('access tokens', () => {
  test('say who it is and are good for an hour', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const claims = JSON.parse(Buffer.from(ana.token.split('.')[1]!, 'base64url').toString())
    assert.deepEqual(claims, { _id: ana.id, nickname: 'ana', iat, exp: iat + 3600 })
    rest.pass(3599 * second)
    assert.equal((await rest.shared.tokens.signIn(ana.token)).user.id, ana.user.id)
    rest.pass(2 * second)
    await assert.rejects(rest.shared.tokens.signIn(ana.token), { code: 'unauthorized' })
  })

  test('made elsewhere with the app’s secret are as good', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana', 1)
    const token = await new SignJWT({ _id: ana.id, nickname: 'ana', iat, exp: iat + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secretOf(1))
    const { app, user } = await rest.shared.tokens.signIn(token)
    assert.deepEqual([app.app.id, user.id], ['other', ana.user.id])
  })

  test('of another app, of nobody, unsigned, endless or broken are all refused alike', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const alien = await rest.person('alien', 1)
    const sign = (claims: object, index: 0 | 1, header: object = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', ...header }).sign(secretOf(index))
    const good = { _id: ana.id, nickname: 'ana', iat, exp: iat + 60 }
    const tokens = [
      await sign(good, 1),
      await sign({ ...good, _id: alien.id }, 0),
      await sign(good, 0, { kid: 'other' }),
      await sign({ ...good, _id: ana.user.id }, 0),
      await sign({ ...good, _id: rest.shared.apps[0]!.ids.user(9999 as never) }, 0),
      await sign({ _id: ana.id, iat }, 0),
      new UnsecuredJWT(good).encode(),
      `${ana.token.slice(0, -2)}AA`,
      '..',
      'x',
    ]
    for (const token of tokens) await assert.rejects(rest.shared.tokens.signIn(token), { code: 'unauthorized' }, token)
  })

  test('come after the word Bearer', () => {
    assert.equal(bearerToken('Bearer a.b.c'), 'a.b.c')
    assert.equal(bearerToken('bearer  a.b.c'), 'a.b.c')
    for (const header of [
      undefined,
      null,
      7,
      {},
      '',
      'a.b.c',
      'Basic a.b.c',
      'Bearer',
      'Bearer a b',
      `Bearer ${'a'.repeat(5000)}`,
    ])
      assert.equal(bearerToken(header), null)
  })
})
