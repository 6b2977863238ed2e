import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest, password } from '../../../../test/support/desk-rest.ts'
import { wrongLogin } from '../reasons.ts'

describe('logging in', () => {
  test('a member gets a token and its profile', async () => {
    await using rest = await DeskRest.open()
    const { status, json } = await rest.ask('POST', '/auth/login', {
      body: { companyId: 1, loginName: 'mina', password },
    })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(json), ['token', 'profile'])
    assert.equal(json.profile.loginName, 'mina')
    assert.equal(json.profile.companyId, '1')
    const profile = await rest.ask('GET', '/auth/profile', { as: json.token })
    assert.deepEqual(profile.json, json.profile)
  })

  for (const [about, wrong] of [
    ['a wrong password', { password: 'wrong' }],
    ['a name that nobody has', { loginName: 'nobody' }],
    ['a company that is not here', { companyId: '9' }],
    ['another company', { companyId: '2' }],
    ['the name of an object’s property', { loginName: '__proto__' }],
  ] as const) {
    test(`${about} is told with 200 and no token, as the original did`, async () => {
      await using rest = await DeskRest.open()
      const { status, json } = await rest.ask('POST', '/auth/login', {
        body: { companyId: '1', loginName: 'mina', password, ...wrong },
      })
      assert.equal(status, 200)
      assert.deepEqual(json, { token: null, member: null, reason: wrongLogin })
    })
  }

  test('a missing parameter is named', async () => {
    await using rest = await DeskRest.open()
    const { status, json } = await rest.ask('POST', '/auth/login', { body: { companyId: '1', password } })
    assert.equal(status, 400)
    assert.deepEqual(json, {
      status: 400,
      name: 'BAD_REQUEST',
      message: '필수 파라미터(loginName)가 누락되었습니다.',
      trace: null,
    })
    assert.match((await rest.ask('POST', '/auth/login')).json.message, /필수 파라미터\(companyId\)가 누락되었습니다/)
  })

  test('too many failures of one name are refused, the right password too; of others not', async () => {
    await using rest = await DeskRest.open({ loginAttempts: 3 })
    const login = (loginName: string, secret: string, remoteAddress: string) =>
      rest.app.inject({
        method: 'POST',
        url: '/auth/login',
        remoteAddress,
        payload: { companyId: '1', loginName, password: secret },
      })
    for (let i = 0; i < 3; i++) assert.equal((await login('mina', 'wrong', `10.0.0.${i}`)).statusCode, 200)
    const refused = await login('mina', password, '10.0.0.9')
    assert.equal(refused.statusCode, 429)
    assert.equal(refused.json().name, 'TOO_MANY_REQUESTS')
    assert.notEqual((await login('juno', password, '10.0.0.9')).json().token, null)
    rest.pass(60_000)
    assert.notEqual((await login('mina', password, '10.0.0.9')).json().token, null)
  })

  test('too many failures from one address are refused, of one IPv6 network too; successes don’t count', async () => {
    await using rest = await DeskRest.open({ loginAttempts: 3 })
    const login = (loginName: string, secret: string, remoteAddress: string) =>
      rest.app.inject({
        method: 'POST',
        url: '/auth/login',
        remoteAddress,
        payload: { companyId: '1', loginName, password: secret },
      })
    for (let i = 0; i < 10; i++) assert.notEqual((await login('mina', password, '2001:db8::1')).json().token, null)
    for (let i = 0; i < 3; i++) assert.equal((await login(`guess${i}`, 'wrong', `2001:db8::${i}`)).statusCode, 200)
    assert.equal((await login('juno', password, '2001:db8::ffff')).statusCode, 429)
    assert.equal((await login('juno', password, '2001:db8:1::1')).statusCode, 200)
  })

  test('a hundred guesses at once are no more than the limit', async () => {
    await using rest = await DeskRest.open({ loginAttempts: 3 })
    const guess = () =>
      rest.ask('POST', '/auth/login', { body: { companyId: '1', loginName: 'mina', password: 'wrong' } })
    const statuses = (await Promise.all(Array.from({ length: 20 }, guess))).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 3)
    assert.equal(statuses.filter((status) => status === 429).length, 17)
  })

  test('only managers come in by loginAdmin, and need not say their company', async () => {
    await using rest = await DeskRest.open()
    const sora = await rest.ask('POST', '/auth/loginAdmin', { body: { loginName: 'sora', password } })
    assert.equal(sora.json.admin.loginName, 'sora')
    assert.equal((await rest.ask('GET', '/api/review', { as: sora.json.token })).status, 200)
    const mina = await rest.ask('POST', '/auth/loginAdmin', { body: { loginName: 'mina', password } })
    assert.deepEqual(mina.json, { token: null, admin: null, reason: wrongLogin })
    const elsewhere = await rest.ask('POST', '/auth/loginAdmin', {
      body: { companyId: '2', loginName: 'sora', password },
    })
    assert.equal(elsewhere.json.token, null)
  })

  test('two managers of one name have to say their company', async () => {
    await using rest = await DeskRest.open()
    const dora = await rest.token('dora')
    const hired = await rest.ask('POST', '/api/member', {
      as: dora,
      body: { loginName: 'sora', password, name: 'S', authLevel: 3 },
    })
    assert.equal(hired.status, 200)
    assert.equal(
      (await rest.ask('POST', '/auth/loginAdmin', { body: { loginName: 'sora', password } })).json.token,
      null,
    )
    const { json } = await rest.ask('POST', '/auth/loginAdmin', {
      body: { companyId: '2', loginName: 'sora', password },
    })
    assert.equal(json.admin.companyId, '2')
  })
})

describe('customers', () => {
  test('come with a number, and get a token that is good for little', async () => {
    await using rest = await DeskRest.open()
    const { json } = await rest.ask('POST', '/auth/loginCustomer', {
      body: { companyId: '1', gasappMemberNumber: 3825 },
    })
    assert.equal(json.customer.gasappMemberNumber, 3825)
    assert.deepEqual((await rest.ask('GET', '/auth/profile', { as: json.token })).json, json.customer)
    assert.equal(
      (await rest.ask('GET', `/api/room/${json.customer.roomId}`, { as: json.token })).json.id,
      json.customer.roomId,
    )
    for (const url of [
      '/api/room?queryId=findReadyState',
      '/api/member',
      '/api/customer',
      '/api/template',
      '/api/auto-message',
      '/api/review',
    ]) {
      const refused = await rest.ask('GET', url, { as: json.token })
      assert.equal(refused.status, 403, url)
      assert.equal(refused.json.name, 'FORBIDDEN')
    }
  })

  test('without the right secretKey are not let in, where the company wants one', async () => {
    await using rest = await DeskRest.open({ requireSecretKey: true })
    const login = (secretKey?: string) =>
      rest.ask('POST', '/auth/loginCustomer', { body: { companyId: '1', gasappMemberNumber: '3825', secretKey } })
    assert.equal((await login()).json.token, null)
    assert.equal((await login('word_20201216')).json.token, null)
    assert.notEqual((await login('word_20201218')).json.token, null)
  })

  test('a number that is none, and a company that is none', async () => {
    await using rest = await DeskRest.open()
    const login = (body: object) => rest.ask('POST', '/auth/loginCustomer', { body })
    assert.equal((await login({ companyId: '1', gasappMemberNumber: '0' })).status, 400)
    assert.equal((await login({ companyId: '1', gasappMemberNumber: 'x' })).status, 400)
    assert.equal((await login({ companyId: '9', gasappMemberNumber: '1' })).json.token, null)
  })

  test('requests without a token are counted by address', async () => {
    await using rest = await DeskRest.open({ visits: 2 })
    const login = () => rest.ask('POST', '/auth/loginCustomer', { body: { companyId: '1', gasappMemberNumber: '1' } })
    assert.deepEqual([(await login()).status, (await login()).status, (await login()).status], [200, 200, 429])
  })
})

describe('tokens', () => {
  for (const [about, authorization] of [
    ['none', undefined],
    ['an empty one', 'Bearer '],
    ['one of another kind', 'Basic bWluYTpw'],
    ['one that is none', 'Bearer abc'],
    ['one in three parts that is none', 'Bearer e30.e30.e30'],
  ] as const) {
    test(`${about}: 401`, async () => {
      await using rest = await DeskRest.open()
      const { status, json } = await rest.ask('GET', '/auth/profile', {
        headers: authorization === undefined ? {} : { authorization },
      })
      assert.equal(status, 401)
      assert.deepEqual(json, { status: 401, name: 'UNAUTHORIZED', message: '인증에 실패하였습니다.', trace: null })
    })
  }

  test('an expired one: 401, and before the body is looked at', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    rest.pass(13 * 3600_000)
    assert.equal((await rest.ask('POST', '/api/member', { as, body: { nonsense: 1 } })).status, 401)
  })

  test('requests with a token are counted by user', async () => {
    await using rest = await DeskRest.open({ reads: 1 })
    const as = await rest.token('mina')
    assert.equal((await rest.ask('GET', '/auth/profile', { as })).status, 200)
    assert.equal((await rest.ask('GET', '/auth/profile', { as })).status, 429)
    assert.equal((await rest.ask('GET', '/auth/profile', { as: await rest.token('juno') })).status, 200)
  })
})

test('health', async () => {
  await using rest = await DeskRest.open()
  const { status, json } = await rest.ask('GET', '/commons/health')
  assert.equal(status, 200)
  assert.deepEqual(json, { status: 'UP' })
})

test('an address that leads nowhere is answered in the same form', async () => {
  await using rest = await DeskRest.open()
  const { status, json } = await rest.ask('GET', '/api/room/1/nonsense')
  assert.equal(status, 404)
  assert.deepEqual([json.status, json.name, json.trace], [404, 'NOT_FOUND', null])
})
