import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, pageOrigin, type Someone } from '../../../../test/support/commu-rest.ts'

const page = { origin: pageOrigin }

async function names(rest: CommuRest, list: 'followers' | 'followings', as: Someone): Promise<string[]> {
  const { result } = await rest.ask('GET', `/api/user/${list}`, { as })
  return result[list].map(({ nickname }: { nickname: string }) => nickname)
}

describe('following', () => {
  test('is a switch, and both sides see it', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const toggle = (as: Someone, id: string) => rest.ask('POST', `/api/user/following/${id}`, { as })
    const first = await toggle(ana, bo.id)
    assert.equal(first.status, 201)
    assert.deepEqual(first.json, { statusCode: 200, result: { message: '팔로우 신청 완료' } })
    await toggle(cy, bo.id)
    await toggle(ana, cy.id)
    assert.deepEqual(await names(rest, 'followers', bo), ['cy', 'ana'])
    assert.deepEqual(await names(rest, 'followings', ana), ['cy', 'bo'])
    assert.deepEqual(await names(rest, 'followings', bo), [])
    assert.equal((await toggle(ana, bo.id)).result.message, '언팔로우 완료')
    assert.deepEqual(await names(rest, 'followers', bo), ['cy'])
    assert.deepEqual(await names(rest, 'followings', ana), ['cy'])
  })

  test('oneself, nobody and somebody of another app can’t be followed', async () => {
    await using rest = await CommuRest.open()
    const [ana, alien] = [await rest.person('ana'), await rest.person('alien', 1)]
    const unknown = rest.shared.apps[0]!.ids.user(999 as never)
    for (const id of [ana.id, alien.id, unknown, 'x', '__proto__']) {
      const { status, json } = await rest.ask('POST', `/api/user/following/${id}`, { as: ana })
      assert.deepEqual([status, json.error], [400, 'Bad Request'], id)
    }
  })

  test('two at once end in one of two, and both lists agree', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    for (let round = 0; round < 5; round++) {
      const both = [0, 1].map(() => rest.ask('POST', `/api/user/following/${bo.id}`, { as: ana }))
      for (const { status } of await Promise.all(both)) assert.ok(status === 201 || status === 409)
      const [mine, theirs] = [await names(rest, 'followings', ana), await names(rest, 'followers', bo)]
      assert.equal(mine.length, theirs.length)
    }
  })

  test('one who follows many follows no more than may be', async () => {
    await using rest = await CommuRest.open({ maxima: { followings: 1 } })
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    assert.equal((await rest.ask('POST', `/api/user/following/${bo.id}`, { as: ana })).status, 201)
    assert.equal((await rest.ask('POST', `/api/user/following/${cy.id}`, { as: ana })).status, 400)
  })
})

describe('profiles', () => {
  test('change by what is said', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const change = (body: object) => rest.ask('PATCH', '/api/user/settings', { as: ana, body })
    const me = async () => (await rest.ask('GET', '/api/user/auth/me', { as: ana })).result
    const changed = await change({ nickname: '아나', description: 'one\ntwo', id: 'dropped', role: 'manager' })
    assert.deepEqual(changed.json, { statusCode: 200, result: { message: '사용자 정보 변경 완료' } })
    await change({ profileUrl: 'https://img.example/a.png', status: 'AFK' })
    assert.partialDeepStrictEqual(await me(), {
      id: 'ana@mail.example',
      nickname: '아나',
      description: 'one\ntwo',
      profileUrl: 'https://img.example/a.png',
      status: 'AFK',
    })
    for (const body of [{ nickname: 'x' }, { status: 'AWAY' }, { description: 'x'.repeat(1001) }, { profileUrl: 7 }])
      assert.equal((await change(body)).status, 400)
    const told = rest.deliveries.filter(({ event }) => event.type === 'user_changed')
    assert.equal(told.length, 2)
  })
})

describe('searching', () => {
  const search = async (rest: CommuRest, text: string) => {
    const { result } = await rest.ask('GET', `/api/users?search=${encodeURIComponent(text)}`, { headers: page })
    return result.users.map(({ nickname }: { nickname: string }) => nickname)
  }

  test('finds by a part of the e-mail address or the nickname, without a token', async () => {
    await using rest = await CommuRest.open()
    await rest.people('ana', 'bo', 'annabo')
    assert.deepEqual(await search(rest, 'AN'), ['annabo', 'ana'])
    assert.deepEqual(await search(rest, 'bo@mail'), ['annabo', 'bo'])
    assert.deepEqual(await search(rest, 'nobody'), [])
  })

  test('takes the text as it is: no pattern, no everybody', async () => {
    await using rest = await CommuRest.open()
    await rest.people('ana', 'bo')
    for (const text of ['.*', '%', '_', '^a', '(a+)+$', '', '  ', '\\'])
      assert.deepEqual(await search(rest, text), [], text)
    assert.equal((await rest.ask('GET', `/api/users?search=${'a'.repeat(101)}`, { headers: page })).status, 400)
    assert.equal((await rest.ask('GET', '/api/users?search=a&search=b', { headers: page })).status, 400)
  })

  test('is limited by address', async () => {
    await using rest = await CommuRest.open({ bursts: { searches: 2 } })
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) statuses.push((await rest.ask('GET', '/api/users?search=a', { headers: page })).status)
    assert.deepEqual(statuses, [200, 200, 429])
  })
})

test('requests are counted: with a token by user, without by address', async () => {
  await using rest = await CommuRest.open({ bursts: { reads: 2, visits: 2 } })
  const { ana, bo } = await rest.people('ana', 'bo')
  const me = async (as: Someone) => (await rest.ask('GET', '/api/user/auth/me', { as })).status
  assert.deepEqual([await me(ana), await me(ana), await me(ana), await me(bo)], [200, 200, 429, 200])
  const visit = async () => (await rest.ask('GET', '/api/users', { headers: page })).status
  assert.deepEqual([await visit(), await visit(), await visit()], [200, 200, 429])
})

test('without a token nobody is let in, whatever the body', async () => {
  await using rest = await CommuRest.open()
  for (const authorization of ['', 'Bearer', 'Bearer x', 'Basic eDp5', 'Bearer a.b.c']) {
    const { status, json } = await rest.ask('POST', '/api/community', {
      headers: { authorization, 'content-type': 'application/json' },
      body: '{ broken',
    })
    assert.equal(status, 401)
    assert.deepEqual(json, { statusCode: 401, message: 'Unauthorized' })
  }
})
