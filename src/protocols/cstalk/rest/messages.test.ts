import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest } from '../../../../test/support/desk-rest.ts'
import type { Framing, Line } from '../../../core/ports.ts'
import { DeskConnection } from '../connection.ts'
import { alreadyRead, noSuchMessage } from '../reasons.ts'

type Wire = { id: number; message: string; messageAdminType: number }
const idsOf = (messages: readonly Wire[]): number[] => messages.map(({ id }) => id)

/** A connection's pipe, in memory. */
class TestLine implements Line {
  readonly id = 'line-1'
  readonly framing: Framing = { name: 'plain', frame: (text) => Buffer.from(text) }
  readonly address = '127.0.0.1'
  readonly origin = null
  #text = ''
  #wake: () => void = () => {}

  push(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString()
    this.#wake()
  }

  close(): void {
    this.#wake()
  }

  async heard(word: string): Promise<void> {
    while (!this.#text.includes(word)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
  }
}

/** A room that mina holds: 5 messages of the customer, then a staff note. */
async function talked(rest: DeskRest) {
  const mina = await rest.token('mina')
  const customer = await rest.waiting(3825, '하나', '둘', '셋', '넷', '다섯')
  const { roomId } = customer
  await rest.ask('POST', `/api/room/${roomId}/matchRoom`, { as: mina })
  const user = (await rest.store.users.byId(customer.user.appId, rest.ids.mina))!
  const session = { app: { id: user.appId, name: '', origins: [] }, user, origin: 'a-connection' }
  const write = (body: string, audience: 'all' | 'staff' = 'all') =>
    rest.desk.chat.execute(session, { type: 'post', roomId, draft: { type: 'text', body, audience } })
  await write('조심하세요', 'staff')
  return { mina, customer, roomId, write }
}

describe('pages', () => {
  test('by what the asker may see', async () => {
    await using rest = await DeskRest.open()
    const { mina, customer, roomId } = await talked(rest)
    const page = async (as: string, queryId: string, more = '') => {
      const { status, json } = await rest.ask('GET', `/api/message?queryId=${queryId}&roomId=${roomId}${more}`, { as })
      assert.equal(status, 200)
      return idsOf(json)
    }
    assert.deepEqual(await page(mina, 'findByRoomIdAll'), [1, 2, 3, 4, 5, 6])
    assert.deepEqual(await page(mina, 'findByRoomIdToAdmin'), [1, 2, 3, 4, 5, 6])
    assert.deepEqual(await page(mina, 'findByRoomIdToSpeaker'), [1, 2, 3, 4, 5])
    for (const queryId of ['findByRoomIdAll', 'findByRoomIdToAdmin', 'findByRoomIdToSpeaker']) {
      assert.deepEqual(await page(customer.token, queryId), [1, 2, 3, 4, 5])
    }
    assert.deepEqual(await page(customer.token, 'findRangeById', '&startId=4&endId=6'), [4, 5])
    assert.deepEqual(await page(mina, 'findByRoomIdAll', '&startId=4&pageSize=2'), [2, 3])
    assert.deepEqual(await page(mina, 'findByRoomIdAll', '&startId=0&pageSize=2'), [5, 6])
    assert.deepEqual(await page(mina, 'findByRoomIdAll', '&startId=&pageSize=2'), [5, 6])
    assert.deepEqual(await page(mina, 'findRangeById', '&startId=2&endId=4'), [2, 3, 4])
    assert.deepEqual(await page(mina, 'findRangeById', '&startId=2&endId=4&pageSize=2'), [2, 3])
    assert.deepEqual(await page(mina, 'findRangeById', `&startId=5&endId=${Number.MAX_SAFE_INTEGER}`), [5, 6])
  })

  test('thirty where nothing is said, two hundred at most', async () => {
    await using rest = await DeskRest.open()
    const mina = await rest.token('mina')
    const { user, roomId } = await rest.customer(1)
    for (let i = 1; i <= 35; i++) await rest.write(user, roomId, `${i}`)
    const { json } = await rest.ask('GET', `/api/message?queryId=findByRoomIdAll&roomId=${roomId}`, { as: mina })
    assert.deepEqual([json.length, json[0].id, json.at(-1).id], [30, 6, 35])
    assert.equal(
      (await rest.ask('GET', `/api/message?queryId=findByRoomIdAll&roomId=${roomId}&pageSize=201`, { as: mina }))
        .status,
      400,
    )
  })

  test('what is missing', async () => {
    await using rest = await DeskRest.open()
    const { mina, customer, roomId } = await talked(rest)
    const message = async (query: string) => (await rest.ask('GET', `/api/message?${query}`, { as: mina })).json.message
    assert.match(await message(`roomId=${roomId}`), /\(queryId\)/)
    assert.match(await message('queryId=findByRoomIdAll'), /\(roomId\)/)
    assert.match(await message(`queryId=findRangeById&roomId=${roomId}&startId=1`), /\(endId\)/)
    assert.match(await message(`queryId=findRangeById&roomId=${roomId}`), /\(startId, endId\)/)
    const hana = await rest.token('hana')
    const strange = await rest.ask('GET', `/api/message?queryId=findByRoomIdAll&roomId=${roomId}`, { as: hana })
    const none = await rest.ask('GET', '/api/message?queryId=findByRoomIdAll&roomId=99999', { as: hana })
    assert.equal(strange.status, 404)
    assert.deepEqual(strange.json, none.json)
    const other = await rest.customer(99)
    assert.equal(
      (await rest.ask('GET', `/api/message?queryId=findByRoomIdAll&roomId=${roomId}`, { as: other.token })).status,
      404,
    )
    assert.notEqual(customer.roomId, other.roomId)
  })
})

describe('deleting', () => {
  test('an own message that is unread, by room', async () => {
    await using rest = await DeskRest.open()
    const { mina, roomId, write } = await talked(rest)
    await write('실수')
    await write('또 실수')
    assert.deepEqual((await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: mina })).json, {
      success: true,
    })
    assert.deepEqual(
      (await rest.ask('DELETE', '/api/message/8', { as: mina, body: { roomId: String(roomId) } })).json,
      { success: true },
    )
    assert.equal(rest.deliveries.at(-1)?.event.type, 'message_deleted')
    const again = await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: mina })
    assert.deepEqual([again.status, again.json.message], [404, noSuchMessage])
  })

  test('one that was read, or somebody else’s, is refused', async () => {
    await using rest = await DeskRest.open()
    const { mina, customer, roomId, write } = await talked(rest)
    await write('읽을 말')
    const reader = { app: { id: customer.user.appId, name: '', origins: [] }, user: customer.user, origin: 'x' }
    await rest.desk.chat.execute(reader, { type: 'mark_read', roomId, fromId: 1, toId: 7 })
    const read = await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: mina })
    assert.deepEqual([read.status, read.json.message], [409, alreadyRead])
    assert.equal(
      (await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: await rest.token('juno') })).status,
      403,
    )
    assert.equal(
      (await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: await rest.token('hana') })).status,
      404,
    )
    assert.equal((await rest.ask('DELETE', `/api/message/7?roomId=${roomId}`, { as: customer.token })).status, 403)
  })

  test('without a room: the one that the member’s connection joined last, else it is missing', async () => {
    await using rest = await DeskRest.open()
    const { mina, roomId, write } = await talked(rest)
    await write('실수')
    const missing = await rest.ask('DELETE', '/api/message/7', { as: mina })
    assert.deepEqual([missing.status, missing.json.message], [400, '필수 파라미터(roomId)가 누락되었습니다.'])
    const line = new TestLine()
    const connection = new DeskConnection(rest.desk, line)
    connection.message(`CONNECT\naccept-version:1.1\nAuthorization:Bearer ${mina}\n\n\0`)
    await line.heard('CONNECTED')
    connection.message('SUBSCRIBE\nid:0\ndestination:/user/session/message\n\n\0')
    connection.message(`SUBSCRIBE\nid:1\ndestination:/sub/socket/room/${roomId}\n\n\0`)
    await line.heard('MESSAGE_LIST')
    assert.equal((await rest.ask('DELETE', '/api/message/7', { as: mina })).status, 200)
    connection.message('UNSUBSCRIBE\nid:1\n\n\0')
    assert.equal((await rest.ask('DELETE', '/api/message/7', { as: mina })).status, 400)
    connection.closed()
  })
})

test('what a customer has yet to read is told to everybody, and makes no customer', async () => {
  await using rest = await DeskRest.open()
  const { write } = await talked(rest)
  await write('하나')
  await write('둘')
  await write('비밀', 'staff')
  const count = async (query: string) => (await rest.ask('GET', `/api/message/noreadForCustomer?${query}`)).json.count
  assert.equal(await count('gasappMemberNumber=3825'), 2)
  assert.equal(await count('gasappMemberNumber=3825&companyId=1'), 2)
  assert.equal(await count('gasappMemberNumber=3825&companyId=2'), 0)
  assert.equal(await count('gasappMemberNumber=777'), 0)
  assert.equal((await rest.store.users.find({ appId: 'seoul' as never, roles: ['customer'], limit: 10 })).total, 1)
  assert.equal((await rest.ask('GET', '/api/message/noreadForCustomer')).status, 400)
  assert.equal((await rest.ask('GET', '/api/message/noreadForCustomer?gasappMemberNumber=1e3')).status, 400)
})
