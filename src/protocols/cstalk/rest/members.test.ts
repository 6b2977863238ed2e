import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest, password } from '../../../../test/support/desk-rest.ts'
import type { Session } from '../../../core/session.ts'
import { loginNameTaken, noSuchMember, ownLevel } from '../reasons.ts'

const jin = { loginName: 'jin', password, name: '진', authLevel: 4, deptName: '고객지원' }

describe('members', () => {
  test('are listed by page and name, of the company alone', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    await rest.customer(1)
    const list = async (query = '') => (await rest.ask('GET', `/api/member${query}`, { as })).json
    const names = ({ list: found }: { list: { loginName: string }[] }) => found.map(({ loginName }) => loginName)
    assert.deepEqual([(await list()).totalCount, names(await list())], [3, ['sora', 'juno', 'mina']])
    assert.deepEqual(names(await list('?pageSize=2&page=2')), ['mina'])
    assert.deepEqual(names(await list('?searchValue=준')), ['juno'])
    assert.equal((await rest.ask('GET', '/api/member?pageSize=100000', { as })).status, 400)
  })

  test('one at a time; customers and other companies’ members are none', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const customer = await rest.customer(1)
    assert.equal((await rest.ask('GET', `/api/member/${rest.ids.juno}`, { as })).json.name, '준오')
    for (const id of [customer.user.id, rest.ids.hana, 99_999]) {
      const { status, json } = await rest.ask('GET', `/api/member/${id}`, { as })
      assert.deepEqual([status, json.message], [404, noSuchMember])
    }
  })

  test('are made by managers, and can log in', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
    assert.equal((await rest.ask('POST', '/api/member', { as: mina, body: jin })).status, 403)
    const made = await rest.ask('POST', '/api/member', { as: sora, body: jin })
    assert.deepEqual(
      [made.json.loginName, made.json.authLevel, made.json.isAdmin, made.json.deptName],
      ['jin', 4, 0, '고객지원'],
    )
    const { json } = await rest.ask('POST', '/auth/login', { body: { companyId: '1', loginName: 'jin', password } })
    assert.deepEqual(json.profile, made.json)
    const again = await rest.ask('POST', '/api/member', { as: sora, body: jin })
    assert.deepEqual([again.status, again.json.message], [409, loginNameTaken])
    for (const wrong of [
      { loginName: 'a b' },
      { loginName: '' },
      { password: 'short' },
      { authLevel: 10 },
      { authLevel: -1 },
      { name: '' },
      { name: 'x'.repeat(101) },
    ]) {
      assert.equal(
        (await rest.ask('POST', '/api/member', { as: sora, body: { ...jin, loginName: 'new', ...wrong } })).status,
        400,
        JSON.stringify(wrong),
      )
    }
    // Level 3 is a manager; sora's own. 2 would be above it.
    assert.equal(
      (await rest.ask('POST', '/api/member', { as: sora, body: { ...jin, loginName: 'boss', authLevel: 3 } })).json
        .isAdmin,
      1,
    )
    assert.equal(
      (await rest.ask('POST', '/api/member', { as: sora, body: { ...jin, loginName: 'god', authLevel: 0 } })).status,
      403,
    )
  })

  test('change their own names and nobody else’s', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const put = (id: number, body: object, as = mina) => rest.ask('PUT', `/api/member/${id}`, { as, body })
    const { json } = await put(rest.ids.mina, { name: '김민아', positionName: '대리' })
    assert.deepEqual([json.name, json.positionName, json.deptName], ['김민아', '대리', null])
    assert.equal((await put(rest.ids.juno, { name: 'x' })).status, 403)
    assert.equal((await put(99_999, { name: 'x' })).status, 403)
    assert.equal((await put(rest.ids.mina, { name: '' })).status, 400)
    assert.equal(rest.desk.companies.get('1')?.staffName(rest.ids.mina), '김민아')
  })

  test('are given levels by managers, not by themselves', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora, dora] = [await rest.token('mina'), await rest.token('sora'), await rest.token('dora')]
    const put = (id: number, body: object, as: string) => rest.ask('PUT', `/api/member/${id}`, { as, body })
    const raised = await put(rest.ids.mina, { authLevel: '3' }, mina)
    assert.deepEqual([raised.status, raised.json.message], [403, ownLevel])
    assert.equal((await put(rest.ids.sora, { authLevel: 4 }, sora)).status, 403)
    assert.equal((await put(rest.ids.mina, { authLevel: 2 }, sora)).status, 403)
    assert.equal((await put(rest.ids.mina, { authLevel: 3 }, dora)).status, 404)
    const promoted = await put(rest.ids.mina, { authLevel: 3, name: '민아 팀장' }, sora)
    assert.deepEqual(
      [promoted.json.isAdmin, promoted.json.authLevel, promoted.json.name, promoted.json.loginName],
      [1, 3, '민아 팀장', 'mina'],
    )
    // The token that mina has is as good as her account now.
    assert.equal((await rest.ask('GET', '/api/review', { as: mina })).status, 200)
    await put(rest.ids.mina, { authLevel: 4 }, sora)
    assert.equal((await rest.ask('GET', '/api/review', { as: mina })).status, 403)
  })

  test('say what they are doing', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const put = (id: number, body: object) => rest.ask('PUT', `/api/member/${id}/state`, { as: mina, body })
    assert.equal((await put(rest.ids.mina, { state: '5' })).json.state, 5)
    assert.equal((await put(rest.ids.mina, { state: 0 })).json.state, 0)
    assert.equal((await put(rest.ids.mina, { state: 4 })).status, 400)
    assert.equal((await put(rest.ids.mina, {})).json.message, '필수 파라미터(state)가 누락되었습니다.')
    assert.equal((await put(rest.ids.juno, { state: 1 })).status, 403)
  })

  test('a change reaches those who are connected', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
    const user = (await rest.store.users.byId('seoul' as never, rest.ids.mina))!
    const live: Session = { app: { id: user.appId, name: '', origins: [] }, user, origin: 'a-connection' }
    rest.desk.sessions.add(live)
    await rest.ask('PUT', `/api/member/${rest.ids.mina}`, { as: sora, body: { authLevel: 3 } })
    assert.equal(live.user?.role, 'manager')
    await rest.ask('PUT', `/api/member/${rest.ids.mina}`, { as: mina, body: { name: '김민아' } })
    assert.equal(live.user?.name, '김민아')
  })

  test('two changes at once both stay', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    await Promise.all([
      rest.ask('PUT', `/api/member/${rest.ids.mina}`, { as: mina, body: { deptName: '고객지원' } }),
      rest.ask('PUT', `/api/member/${rest.ids.mina}`, { as: mina, body: { positionName: '대리' } }),
      rest.ask('PUT', `/api/member/${rest.ids.mina}/state`, { as: mina, body: { state: 2 } }),
    ])
    const { json } = await rest.ask('GET', `/api/member/${rest.ids.mina}`, { as: mina })
    assert.deepEqual([json.deptName, json.positionName, json.state], ['고객지원', '대리', 2])
  })
})
