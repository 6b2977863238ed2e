import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest } from '../../../../test/support/desk-rest.ts'
import { alreadyClosed, alreadyTaken, farewell, noSuchMember } from '../reasons.ts'

const idsOf = (rooms: readonly { id: number }[]): number[] => rooms.map(({ id }) => id)

/** The system's words in a room, as the agent's page reads them. */
async function announced(rest: DeskRest, as: string, roomId: number): Promise<string[]> {
  const { json } = await rest.ask('GET', `/api/message?queryId=findByRoomIdAll&roomId=${roomId}`, { as })
  return json
    .filter(({ isSystemMessage }: { isSystemMessage: number }) => isSystemMessage === 1)
    .map(({ message }: { message: string }) => message)
}

describe('lists', () => {
  test('rooms that wait, in the order of waiting, and by the newest change', async () => {
    await using rest = await DeskRest.open()
    const first = await rest.waiting(1, '하나')
    rest.pass(1000)
    const second = await rest.waiting(2, '둘')
    rest.pass(1000)
    await rest.write(first.user, first.roomId, '아직이요?')
    const as = await rest.token('mina')
    const { json, headers } = await rest.ask('GET', '/api/room?queryId=findReadyState', { as })
    assert.deepEqual(idsOf(json), [first.roomId, second.roomId])
    assert.equal(headers['x-total-count'], '2')
    assert.equal(json[0].noReadCount, 2)
    assert.equal(json[0].waitStartDate, '2020-12-18 15:31:37')
    assert.equal(json[0].customerId, 1)
    const newest = await rest.ask('GET', '/api/room?queryId=findReadyState&sort=joinDate', { as })
    assert.deepEqual(idsOf(newest.json), [first.roomId, second.roomId])
    await rest.write(second.user, second.roomId, '저도요')
    assert.deepEqual(idsOf((await rest.ask('GET', '/api/room?queryId=findReadyState&sort=joinDate', { as })).json), [
      second.roomId,
      first.roomId,
    ])
  })

  test('rooms in progress: an agent’s own, a manager’s all, and either on request', async () => {
    await using rest = await DeskRest.open()
    const [mina, juno, sora] = [await rest.token('mina'), await rest.token('juno'), await rest.token('sora')]
    const one = await rest.waiting(1)
    const two = await rest.waiting(2)
    await rest.ask('POST', `/api/room/${one.roomId}/matchRoom`, { as: mina })
    rest.pass(1000)
    await rest.ask('POST', `/api/room/${two.roomId}/matchRoom`, { as: juno })
    const list = async (as: string, more = '') =>
      idsOf((await rest.ask('GET', `/api/room?queryId=findIngState${more}`, { as })).json)
    assert.deepEqual(await list(mina), [one.roomId])
    assert.deepEqual(await list(mina, '&checkSelf=N'), [two.roomId, one.roomId])
    assert.deepEqual(await list(mina, '&checkSelf=0'), [two.roomId, one.roomId])
    assert.deepEqual(await list(sora), [two.roomId, one.roomId])
    assert.deepEqual(await list(sora, '&checkSelf=Y'), [])
    assert.deepEqual(await list(sora, '&searchType=memberName&searchValue=준'), [two.roomId])
    assert.deepEqual(await list(sora, '&searchType=memberName&searchValue=없음'), [])
    assert.deepEqual(await list(sora, '&searchType=customerName&searchValue=고객 1'), [one.roomId])
    assert.deepEqual(await list(sora, '&searchType=customerName&searchValue='), [two.roomId, one.roomId])
    assert.deepEqual(await list(sora, '&searchType=gasappMemberNumber&searchValue=2'), [two.roomId])
    assert.deepEqual(await list(sora, '&searchType=gasappMemberNumber&searchValue=3'), [])
    assert.deepEqual(await list(sora, '&pageSize=1&page=2'), [one.roomId])
  })

  test('an agent’s unread count is exact', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { user, roomId } = await rest.waiting(1)
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    for (const text of ['하나', '둘', '셋']) await rest.write(user, roomId, text)
    const { json } = await rest.ask('GET', '/api/room?queryId=findIngState', { as: mina })
    // The message that opened the room was unread too.
    assert.equal(json[0].noReadCount, 4)
  })

  test('closed rooms by day and by what was said', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { roomId } = await rest.waiting(1, '가스 냄새가 나요')
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    await rest.ask('POST', `/api/room/${roomId}/closeRoom`, { as: mina })
    const list = async (more: string) => {
      const { json } = await rest.ask('GET', `/api/room?queryId=findSearchCloseState${more}`, { as: mina })
      return idsOf(json)
    }
    assert.deepEqual(await list('&startDate=2020-12-18&endDate=2020-12-18'), [roomId])
    assert.deepEqual(await list('&startDate=2020-12-19&endDate=2020-12-31'), [])
    assert.deepEqual(await list('&startDate=&endDate=2020-12-17'), [])
    assert.deepEqual(await list('&searchType=message&searchValue=냄새'), [roomId])
    assert.deepEqual(await list('&searchType=message&searchValue=%25'), [])
    assert.deepEqual(await list('&searchType=gasappMemberNumber&searchValue=1&endDate=2020-12-17'), [])
    assert.deepEqual(await list('&searchType=gasappMemberNumber&searchValue=1&endDate=2020-12-18'), [roomId])
    assert.deepEqual(await list('&checkSelf=Y'), [roomId])
    for (const bad of [
      '&startDate=yesterday',
      '&startDate=2020-13-01',
      '&endDate=2020-12-18T00',
      '&pageSize=201',
      '&pageSize=0',
      '&page=0',
      '&sort=name',
      '&searchType=x',
    ]) {
      assert.equal(
        (await rest.ask('GET', `/api/room?queryId=findSearchCloseState${bad}`, { as: mina })).status,
        400,
        bad,
      )
    }
  })

  test('counters of the company and of one’s own', async () => {
    await using rest = await DeskRest.open()
    const [mina, juno] = [await rest.token('mina'), await rest.token('juno')]
    const rooms = await Promise.all([1, 2, 3, 4].map((number) => rest.waiting(number)))
    for (const { roomId } of rooms.slice(0, 2)) await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    await rest.ask('POST', `/api/room/${rooms[2]!.roomId}/matchRoom`, { as: juno })
    await rest.ask('POST', `/api/room/${rooms[0]!.roomId}/closeRoom`, { as: mina })
    const counters = async (as: string, queryId: string) =>
      (await rest.ask('GET', `/api/room?queryId=${queryId}`, { as })).json
    assert.deepEqual(await counters(mina, 'getCurrentTimeStats'), { readyCount: 1, ingCount: 2, closeCount: 1 })
    assert.deepEqual(await counters(mina, 'getRoomStateCountByLoginMember'), {
      readyCount: 1,
      ingCount: 1,
      closeCount: 1,
    })
    assert.deepEqual(await counters(juno, 'getRoomStateCountByLoginMember'), {
      readyCount: 1,
      ingCount: 1,
      closeCount: 0,
    })
    rest.pass(86_400_000)
    assert.equal((await counters(await rest.token('mina'), 'getCurrentTimeStats')).closeCount, 0)
  })

  test('a queryId that is missing or none', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const missing = await rest.ask('GET', '/api/room', { as })
    assert.equal(missing.status, 400)
    assert.equal(missing.json.message, '필수 파라미터(queryId)가 누락되었습니다.')
    assert.equal((await rest.ask('GET', '/api/room?queryId=dropTable', { as })).status, 400)
    assert.equal((await rest.ask('GET', '/api/room?queryId=findIngState&queryId=findReadyState', { as })).status, 400)
  })
})

describe('taking a room', () => {
  test('says the time message and a greeting, and everyone hears of it', async () => {
    await using rest = await DeskRest.open()
    const [mina, sora] = [await rest.token('mina'), await rest.token('sora')]
    await rest.ask('POST', '/api/auto-message', { as: sora, body: { type: 0, message: '반갑습니다' } })
    await rest.ask('POST', '/api/auto-message', { as: sora, body: { type: 3, message: '쉬는 시간입니다' } })
    const { roomId } = await rest.waiting(3825)
    const before = rest.deliveries.length
    const { status, json } = await rest.ask('POST', `/api/room/${roomId}/matchRoom`, {
      as: mina,
      body: { timeMessage: '오후 3시 31분' },
    })
    assert.equal(status, 200)
    assert.deepEqual([json.id, json.state, json.memberId, json.memberName], [roomId, 1, rest.ids.mina, '민아'])
    assert.deepEqual(await announced(rest, mina, roomId), ['오후 3시 31분', '반갑습니다'])
    const told = rest.deliveries.slice(before).map(({ event }) => event.type)
    assert.deepEqual(told, ['room_assigned', 'message_posted', 'message_posted'])
  })

  test('needs no body', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { roomId } = await rest.waiting(1)
    assert.equal((await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })).json.state, 1)
    assert.deepEqual(await announced(rest, mina, roomId), [])
  })

  test('that somebody holds is a conflict; of two at once one wins', async () => {
    await using rest = await DeskRest.open()
    const [mina, juno] = [await rest.token('mina'), await rest.token('juno')]
    const { roomId } = await rest.waiting(1)
    const both = await Promise.all([mina, juno].map((as) => rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as })))
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    )
    const refused = both.find(({ status }) => status === 409)!
    assert.deepEqual(refused.json, { status: 409, name: 'CONFLICT', message: alreadyTaken, trace: null })
  })

  test('that is not there, or another company’s, is null', async () => {
    await using rest = await DeskRest.open()
    const hana = await rest.token('hana')
    const { roomId } = await rest.waiting(1)
    for (const id of [roomId, 999_999, Number.MAX_SAFE_INTEGER]) {
      const { status, text, headers } = await rest.ask('POST', `/api/room/${id}/matchRoom`, { as: hana })
      assert.deepEqual([status, text], [200, 'null'])
      assert.match(String(headers['content-type']), /^application\/json/)
    }
    for (const id of ['0', '-1', '1.5', 'abc', '9007199254740993', `${roomId}%20OR%201=1`]) {
      assert.equal((await rest.ask('POST', `/api/room/${id}/matchRoom`, { as: hana })).status, 400, id)
    }
  })
})

describe('ending and handing over', () => {
  test('closing says good-bye, and is refused twice', async () => {
    await using rest = await DeskRest.open()
    const [mina, juno] = [await rest.token('mina'), await rest.token('juno')]
    const { roomId } = await rest.waiting(1)
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    assert.equal((await rest.ask('POST', `/api/room/${roomId}/closeRoom`, { as: juno })).status, 403)
    const { json } = await rest.ask('POST', `/api/room/${roomId}/closeRoom`, { as: mina })
    assert.deepEqual([json.state, json.memberId, json.lastMemberId], [8, null, rest.ids.mina])
    assert.deepEqual(await announced(rest, mina, roomId), [farewell])
    const again = await rest.ask('POST', `/api/room/${roomId}/closeRoom`, { as: mina })
    assert.deepEqual([again.status, again.json.message], [409, alreadyClosed])
    assert.equal((await rest.ask('POST', '/api/room/999/closeRoom', { as: mina })).status, 404)
  })

  test('back to the queue, and to another agent', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { roomId } = await rest.waiting(1)
    const transfer = (body: object, as = mina) => rest.ask('POST', `/api/room/${roomId}/transferRoom`, { as, body })
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    assert.equal((await transfer({ transferType: 'ready' })).json.state, 0)
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    const handed = await transfer({ transferType: 'toMember', memberId: String(rest.ids.juno) })
    assert.deepEqual([handed.json.state, handed.json.memberId], [1, rest.ids.juno])
    assert.equal((await transfer({ transferType: 'toMember', memberId: rest.ids.sora })).status, 403)
    const sora = await rest.token('sora')
    assert.equal(
      (await transfer({ transferType: 'toMember', memberId: rest.ids.mina }, sora)).json.memberId,
      rest.ids.mina,
    )
  })

  test('to nobody', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { roomId, user } = await rest.waiting(1)
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    const transfer = (body: object, id = roomId as number) =>
      rest.ask('POST', `/api/room/${id}/transferRoom`, { as: mina, body })
    assert.equal(
      (await transfer({ transferType: 'toMember' })).json.message,
      '필수 파라미터(memberId)가 누락되었습니다.',
    )
    assert.equal((await transfer({})).json.message, '필수 파라미터(transferType)가 누락되었습니다.')
    assert.equal((await transfer({ transferType: 'away' })).status, 400)
    for (const memberId of [rest.ids.hana, user.id, 999_999]) {
      const { status, json } = await transfer({ transferType: 'toMember', memberId })
      assert.deepEqual([status, json.message], [404, noSuchMember])
    }
    assert.equal((await transfer({ transferType: 'toMember', memberId: rest.ids.juno }, 999)).status, 404)
  })
})

test('consultations of a room in which something was said', async () => {
  await using rest = await DeskRest.open()
  const mina = await rest.token('mina')
  const { roomId, user } = await rest.waiting(1, '요금이 얼마인가요', '급해요')
  const end = async () => {
    await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
    await rest.ask('POST', `/api/room/${roomId}/closeRoom`, { as: mina })
  }
  await end()
  await rest.write(user, roomId, '가스가 안 나와요')
  await end()
  const search = async (message: string) =>
    (
      await rest.ask('GET', `/api/room/${roomId}/findSearchJoinHistory?message=${encodeURIComponent(message)}`, {
        as: mina,
      })
    ).json
  const all = await search('')
  assert.deepEqual(
    all.map(
      ({
        startMessageId,
        endMessageId,
        messages,
      }: {
        startMessageId: number
        endMessageId: number
        messages: object[]
      }) => [startMessageId, endMessageId, messages.length],
    ),
    [
      [4, 5, 2],
      [1, 3, 3],
    ],
  )
  const [found, ...others] = await search('요금')
  assert.deepEqual([found.startMessageId, others.length], [1, 0])
  assert.equal(found.messages[0].message, '요금이 얼마인가요')
  assert.deepEqual(await search('없는 말'), [])
  assert.equal((await rest.ask('GET', '/api/room/999/findSearchJoinHistory?message=x', { as: mina })).status, 404)
})

test('one room, seen by those who may', async () => {
  await using rest = await DeskRest.open()
  const { roomId, token } = await rest.waiting(1)
  const other = await rest.customer(2)
  assert.equal((await rest.ask('GET', `/api/room/${roomId}`, { as: token })).json.id, roomId)
  assert.equal((await rest.ask('GET', `/api/room/${roomId}`, { as: await rest.token('juno') })).json.id, roomId)
  const strangers = [other.token, await rest.token('hana'), await rest.token('dora')]
  const missing = await rest.ask('GET', '/api/room/999999', { as: other.token })
  assert.equal(missing.status, 404)
  for (const as of strangers)
    assert.deepEqual((await rest.ask('GET', `/api/room/${roomId}`, { as })).json, missing.json)
})
