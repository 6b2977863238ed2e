import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest } from '../../../../test/support/desk-rest.ts'
import { noSuchEntry, tooManyEntries } from '../reasons.ts'
import { reviews } from '../talk.ts'

describe('auto-messages', () => {
  test('are read by members and written by managers', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
    assert.equal(
      (await rest.ask('POST', '/api/auto-message', { as: mina, body: { type: 0, message: '안녕' } })).status,
      403,
    )
    const made = await rest.ask('POST', '/api/auto-message', {
      as: sora,
      body: { type: '0', message: '안녕', companyId: '2', id: 99 },
    })
    assert.deepEqual(
      [made.json.type, made.json.message, made.json.companyId, made.json.updateMemberId],
      [0, '안녕', '1', rest.ids.sora],
    )
    const { id } = made.json
    await rest.ask('POST', '/api/auto-message', { as: sora, body: { type: 3, message: '쉽니다' } })
    const list = async (query = '') =>
      (await rest.ask('GET', `/api/auto-message${query}`, { as: mina })).json.map(
        ({ message }: { message: string }) => message,
      )
    assert.deepEqual(await list(), ['쉽니다', '안녕'])
    assert.deepEqual(await list('?type=3'), ['쉽니다'])
    const changed = await rest.ask('PUT', `/api/auto-message/${id}`, { as: sora, body: { message: '반갑습니다' } })
    assert.deepEqual([changed.json.type, changed.json.message], [0, '반갑습니다'])
    assert.deepEqual((await rest.ask('GET', `/api/auto-message/${id}`, { as: mina })).json, changed.json)
    assert.deepEqual((await rest.ask('DELETE', `/api/auto-message/${id}`, { as: sora })).json, { success: true })
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const { status, json } = await rest.ask(method, `/api/auto-message/${id}`, {
        as: sora,
        ...(method === 'PUT' ? { body: {} } : {}),
      })
      assert.deepEqual([status, json.message], [404, noSuchEntry], method)
    }
  })

  test('of no type, without words, or with too many', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('sora')
    for (const body of [
      { type: 4, message: 'x' },
      { type: 0, message: '' },
      { type: 0, message: 'x'.repeat(1001) },
      { type: 0, message: { a: 1 } },
      [],
      'x',
    ]) {
      assert.equal(
        (await rest.ask('POST', '/api/auto-message', { as, body, headers: { 'content-type': 'application/json' } }))
          .status,
        400,
        JSON.stringify(body),
      )
    }
    assert.equal(
      (await rest.ask('POST', '/api/auto-message', { as, body: { type: 0 } })).json.message,
      '필수 파라미터(message)가 누락되었습니다.',
    )
    for (let i = 0; i < 500; i++)
      await rest.store.documents.add('seoul' as never, 'cstalk.auto_messages', { type: 0, message: `${i}` })
    const full = await rest.ask('POST', '/api/auto-message', { as, body: { type: 0, message: 'x' } })
    assert.deepEqual([full.status, full.json.message], [409, tooManyEntries])
  })
})

describe('templates', () => {
  test('are searched and paged', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
    for (const [ask, reply, categorySmallId] of [
      ['요금은?', '앱에서 봅니다', 9],
      ['이사는?', '미리 알려 주세요', 9],
      ['요금 납부는?', '자동 이체', 10],
    ]) {
      assert.equal(
        (await rest.ask('POST', '/api/template', { as: sora, body: { ask, reply, categorySmallId } })).status,
        200,
      )
    }
    const asks = async (query = '') => {
      const { json } = await rest.ask('GET', `/api/template${query}`, { as: mina })
      return [json.totalCount, ...json.list.map(({ ask }: { ask: string }) => ask)]
    }
    assert.deepEqual(await asks(), [3, '요금 납부는?', '이사는?', '요금은?'])
    assert.deepEqual(await asks('?page=2&pageSize=2'), [3, '요금은?'])
    assert.deepEqual(await asks('?searchType=ask&searchValue=요금'), [2, '요금 납부는?', '요금은?'])
    assert.deepEqual(await asks('?searchType=reply&searchValue=앱'), [1, '요금은?'])
    assert.deepEqual(await asks('?searchValue=이체'), [1, '요금 납부는?'])
    assert.deepEqual(await asks('?searchType=memberName&searchValue=소라&categorySmallId=9'), [2, '이사는?', '요금은?'])
    assert.equal(
      (await rest.ask('POST', '/api/template', { as: sora, body: { ask: 'x' } })).json.message,
      '필수 파라미터(reply)가 누락되었습니다.',
    )
    assert.equal((await rest.ask('POST', '/api/template', { as: mina, body: { ask: 'x', reply: 'y' } })).status, 403)
  })
})

test('reviews are counted for managers', async () => {
  await using rest = await DeskRest.open()
  const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
  assert.deepEqual((await rest.ask('GET', '/api/review', { as: sora })).json, {
    count: 0,
    list: [],
    averageScore: null,
    scoreCounts: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
  })
  const { roomId, user } = await rest.customer(3825)
  for (const reviewScore of [5, 5, 3]) {
    await rest.store.documents.add('seoul' as never, reviews, {
      roomId,
      chatId: 1,
      memberId: rest.ids.mina,
      customerId: user.id,
      reviewScore,
    })
  }
  const { json } = await rest.ask('GET', '/api/review?pageSize=2', { as: sora })
  assert.deepEqual([json.count, json.list.length, json.averageScore, json.scoreCounts[5]], [3, 2, 4.33, 2])
  const [first] = json.list
  assert.deepEqual(
    [first.reviewScore, first.memberName, first.customerName, first.gasappMemberNumber],
    [3, '민아', '고객 3825', 3825],
  )
  assert.equal((await rest.ask('GET', '/api/review', { as: mina })).status, 403)
})

test('what one company wrote, another neither sees nor changes', async () => {
  await using rest = await DeskRest.open()
  const [sora, dora] = [await rest.token('sora'), await rest.token('dora')]
  for (const [path, body] of [
    ['/api/auto-message', { type: 0, message: '안녕' }],
    ['/api/template', { ask: '요금?', reply: '앱에서' }],
  ] as const) {
    const { id } = (await rest.ask('POST', path, { as: sora, body })).json
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const other = await rest.ask(method, `${path}/${id}`, { as: dora, ...(method === 'PUT' ? { body } : {}) })
      const none = await rest.ask(method, `${path}/99999`, { as: dora, ...(method === 'PUT' ? { body } : {}) })
      assert.equal(other.status, 404, `${method} ${path}`)
      assert.deepEqual(other.json, none.json)
    }
    const seen = (await rest.ask('GET', path, { as: dora })).json
    assert.deepEqual(seen.list ?? seen, [])
    assert.equal((await rest.ask('GET', `${path}/${id}`, { as: sora })).status, 200)
  }
})
