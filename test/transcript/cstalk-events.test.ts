import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { House } from '../support/house.ts'
import { enters, rawAgent, rawCustomer, rawCustomerInRoom, takesRoom } from '../support/raw-cast.ts'
import { eventOf, type RawStomp } from '../support/raw-stomp.ts'

/** What the desk answers to words that make no sense, in which order it does things, and who is told of whom. */

let house: House
before(async () => (house = await House.open()))
after(() => house[Symbol.asyncDispose]())

describe('SEND', () => {
  const nonsense: readonly (readonly [body: string, reason: RegExp])[] = [
    ['', /not JSON/],
    ['{', /not JSON/],
    ['null', /not a JSON object/],
    ['[]', /not a JSON object/],
    ['"MESSAGE"', /not a JSON object/],
    ['{}', /unknown eventName/],
    ['{"eventName":null}', /unknown eventName/],
    ['{"eventName":{"toString":1}}', /unknown eventName/],
    ['{"eventName":"__proto__","data":{}}', /unknown eventName/],
    ['{"eventName":"JOIN","data":{}}', /unknown eventName/],
    ['{"eventName":"LEAVE","data":{}}', /unknown eventName/],
    ['{"eventName":"message","data":{"message":"x"}}', /unknown eventName/],
    ['{"eventName":"MESSAGE","data":[]}', /data is not an object/],
    ['{"eventName":"MESSAGE","data":"x"}', /data is not an object/],
    ['{"eventName":"MESSAGE","data":{}}', /the message is empty/],
    ['{"eventName":"MESSAGE"}', /the message is empty/],
    ['{"eventName":"MESSAGE","data":{"message":{"a":1}}}', /message must be a string/],
    ['{"eventName":"MESSAGE","data":{"message":"x","messageDetail":[]}}', /messageDetail must be a string/],
    ['{"eventName":"MESSAGE","data":{"message":"x","messageType":7}}', /messageType must be 0 to 6/],
    ['{"eventName":"MESSAGE","data":{"message":"x","messageType":"__proto__"}}', /messageType must be a whole number/],
    ['{"eventName":"MESSAGE","data":{"message":"x","messageType":1.5}}', /messageType must be a whole number/],
    ['{"eventName":"MESSAGE_LIST","data":{"startId":-1}}', /startId must be a whole number/],
    ['{"eventName":"MESSAGE_LIST","data":{"startId":1e300}}', /startId must be a whole number/],
    ['{"eventName":"READ_MESSAGE","data":{"startId":1}}', /missing parameter: endId/],
    ['{"eventName":"READ_MESSAGE","data":{"startId":true,"endId":1}}', /startId must be a whole number/],
    ['{"eventName":"DELETE_MESSAGE","data":{}}', /missing parameter: id/],
    ['{"eventName":"DELETE_MESSAGE","data":{"id":null}}', /missing parameter: id/],
    ['{"eventName":"DELETE_MESSAGE","data":{"id":404}}', /일치하는 메시지가 존재하지 않습니다/],
    ['{"eventName":"ASSIGN","data":{}}', /missing parameter: roomId/],
    ['{"eventName":"REVIEW","data":{"reviewScore":6}}', /reviewScore must be 1 to 5/],
    [`{"eventName":"MESSAGE","data":{"message":"${'가'.repeat(10_001)}"}}`, /메시지가 너무 깁니다/],
    [`{"eventName":"SAVE_HISTORY","data":{"history":${'['.repeat(900)}${']'.repeat(900)}}}`, /nested too deep/],
    [`{"eventName":"SAVE_HISTORY","data":{"history":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`, /nested too deep/],
    [`{"eventName":"SAVE_HISTORY","data":{"history":"${'x'.repeat(20_000)}"}}`, /메시지가 너무 깁니다/],
  ]

  test('what makes no sense is an ERROR event with a reason; the connection stays, and nobody else hears', async () => {
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 2001)
    using mina = await rawAgent(house, 'mina')
    mina.subscribe('room', `/sub/socket/room/${roomId}`)
    await mina.unheard()
    await yuna.unheard()
    for (const [body, reason] of nonsense) {
      yuna.frame('SEND', { destination: 'pub/socket/message' }, body)
      assert.match(await yuna.hearsRefusal(), reason, body.slice(0, 80))
    }
    assert.deepEqual([await yuna.unheard(), await mina.unheard()], [[], []])
    await yuna.saysDurably('MESSAGE', { message: 'still here' })
    assert.equal((await mina.hearsMessage('still here'))['id'], 1)
    yuna.lose()
  })

  test('prototype keys are harmless, and roomId and companyId are never believed', async () => {
    const other = await rawCustomerInRoom(house, 2002)
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 2003)
    const forged = `"roomId":"${other.roomId}","companyId":"2","sessionId":"x","__proto__":{"polluted":1}`
    const data = `{"message":"mine","roomId":${other.roomId},"speakerId":1,"constructor":{},"__proto__":{"messageAdminType":1}}`
    yuna.frame('SEND', { destination: '/pub/socket/message' }, `{"eventName":"MESSAGE",${forged},"data":${data}}`)
    const message = await yuna.hearsMessage('mine')
    assert.deepEqual([message['roomId'], message['companyId'], message['messageAdminType']], [roomId, '1', 0])
    assert.equal(({} as { polluted?: number }).polluted, undefined)
    assert.deepEqual(await other.raw.unheard(), [])
    yuna.lose()
    other.raw.lose()
  })

  test('anywhere else than the one destination is the end', async () => {
    for (const destination of [
      '/pub/other',
      '/sub/socket/room/1',
      '/sub/socket/room/LOBBY1',
      '/user/session/message',
    ]) {
      const { raw } = await rawCustomer(house, 2004)
      raw.frame('SEND', { destination }, '{}')
      assert.ok((await raw.isThrownOut()).message.includes(destination))
    }
  })

  test('in no room: there is nothing to speak in', async () => {
    const { raw: yuna } = await rawCustomer(house, 2005)
    yuna.says('MESSAGE', { message: 'hello?' })
    assert.equal(await yuna.hearsRefusal(), '입장한 채팅방이 없습니다.')
    yuna.lose()
  })
})

test('a room of the longest messages can be entered and paged: a list never is more than a connection may hold', async () => {
  const { raw: yuna, roomId } = await rawCustomerInRoom(house, 2006)
  const long = { message: '가'.repeat(10_000), messageDetail: '나'.repeat(10_000) }
  for (let count = 0; count < 32; count++) await yuna.saysDurably('MESSAGE', long)
  yuna.lose()
  using mina = await rawAgent(house, 'mina', { sockjs: true })
  mina.says('ASSIGN', { roomId })
  mina.subscribe('room', `/sub/socket/room/${roomId}`)
  const idsOf = ({ data }: { data: Record<string, unknown> }): number[] =>
    (data['messages'] as { id: number }[]).map(({ id }) => id)
  const ids = idsOf(await mina.hears('MESSAGE_LIST'))
  assert.ok(ids.length < 30, 'not all at once')
  while (ids[0]! > 1) {
    mina.says('MESSAGE_LIST', { startId: ids[0] })
    ids.unshift(...idsOf(await mina.hears('MESSAGE_LIST')))
  }
  assert.deepEqual(
    ids,
    Array.from({ length: 32 }, (_, index) => index + 1),
  )
})

describe('frames take effect in the order they were said', () => {
  test('SUBSCRIBE, SEND and DISCONNECT in one breath: the words are kept', async () => {
    const { raw: yuna, roomId } = await rawCustomer(house, 2010)
    yuna.send(
      `SUBSCRIBE\nid:r\ndestination:/sub/socket/room/${roomId}\n\n\0` +
        `SEND\ndestination:/pub/socket/message\nreceipt:1\n\n{"eventName":"MESSAGE","data":{"message":"bye"}}\0` +
        `DISCONNECT\nreceipt:2\n\n\0`,
    )
    await yuna.takes('RECEIPT', ({ headers }) => headers['receipt-id'] === '1')
    await yuna.takes('RECEIPT', ({ headers }) => headers['receipt-id'] === '2')
    await yuna.closed
  })

  test('ASSIGN and SUBSCRIBE in one breath: the agent enters as the one who holds the room', async () => {
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 2011)
    await yuna.saysDurably('MESSAGE', { message: '저요' })
    using mina = await rawAgent(house, 'mina')
    mina.says('ASSIGN', { roomId })
    mina.subscribe('room', `/sub/socket/room/${roomId}`)
    await mina.hears('JOINED')
    yuna.lose()
  })

  test('SUBSCRIBE and UNSUBSCRIBE in one breath leave nothing behind', async () => {
    using mina = await rawAgent(house, 'mina')
    mina.subscribe('lobby', '/sub/socket/room/LOBBY1')
    const { raw: yuna, roomId } = await rawCustomer(house, 2012)
    for (let round = 0; round < 3; round++) {
      yuna.subscribe('room', `/sub/socket/room/${roomId}`)
      yuna.frame('UNSUBSCRIBE', { id: 'room' })
    }
    for (let round = 0; round < 3; round++) {
      await mina.hears('ONLINE')
      await mina.hears('OFFLINE')
    }
    await yuna.unheard()
    yuna.says('MESSAGE', { message: 'from outside' })
    assert.equal(await yuna.hearsRefusal(), '입장한 채팅방이 없습니다.')
    await enters(yuna, roomId)
    await yuna.saysDurably('MESSAGE', { message: 'from inside' })
    assert.deepEqual(await yuna.unheard(), ['MESSAGE'])
    yuna.lose()
  })

  test('a page that listens twice, then once, still speaks in its room', async () => {
    const { raw: yuna, roomId } = await rawCustomer(house, 2013)
    await enters(yuna, roomId, 'one')
    await enters(yuna, roomId, 'two')
    yuna.frame('UNSUBSCRIBE', { id: 'one' })
    await yuna.saysDurably('MESSAGE', { message: 'hello' })
    assert.deepEqual(
      (await yuna.unheard()).filter((name) => name === 'MESSAGE'),
      ['MESSAGE'],
    )
    yuna.lose()
  })
})

describe('the lobby hears who comes and goes', () => {
  const profileId = (data: Record<string, unknown>): unknown => (data['profile'] as { id: number }).id
  const is = (number: number) => (event: { data: Record<string, unknown> }) => profileId(event.data) === number
  let mina: RawStomp
  before(async () => {
    mina = await rawAgent(house, 'mina')
    mina.subscribe('lobby', '/sub/socket/room/LOBBY1')
    await mina.unheard()
  })
  after(() => mina.lose())

  test('UNSUBSCRIBE: at once', async () => {
    const { raw: yuna } = await rawCustomerInRoom(house, 2020)
    await mina.hears('ONLINE', is(2020))
    yuna.frame('UNSUBSCRIBE', { id: 'room' })
    await mina.hears('OFFLINE', is(2020))
    yuna.lose()
  })

  test('DISCONNECT: at once', async () => {
    const { raw: yuna } = await rawCustomerInRoom(house, 2021)
    await mina.hears('ONLINE', is(2021))
    yuna.frame('DISCONNECT', { receipt: 'bye' })
    await yuna.takes('RECEIPT')
    const before = performance.now()
    await mina.hears('OFFLINE', is(2021))
    assert.ok(performance.now() - before < 2000, 'sooner than one who was lost')
  })

  test('a lost connection: after a while, and not at all when it comes back meanwhile', async () => {
    const first = await rawCustomerInRoom(house, 2022)
    await mina.hears('ONLINE', is(2022))
    first.raw.lose()
    await first.raw.closed
    const second = await rawCustomerInRoom(house, 2022)
    const third = await rawCustomerInRoom(house, 2023)
    third.raw.lose()
    // Who was lost later is gone; of the one who came back nothing was said, neither that it went nor that it came.
    await mina.hears('OFFLINE', is(2023))
    const said = mina.inbox.drain().map((frame) => `${eventOf(frame).eventName} ${profileId(eventOf(frame).data)}`)
    assert.deepEqual(
      said.filter((each) => /202[23]$/.test(each)),
      ['ONLINE 2023'],
    )
    second.raw.frame('DISCONNECT')
    await mina.hears('OFFLINE', is(2022))
  })

  test('two tabs are one presence until both are gone', async () => {
    const one = await rawCustomerInRoom(house, 2024)
    const two = await rawCustomerInRoom(house, 2024)
    await mina.hears('ONLINE', is(2024))
    one.raw.frame('DISCONNECT')
    await one.raw.closed
    await two.raw.saysDurably('MESSAGE', { message: 'still here' })
    await mina.hears('RELOAD_READY', ({ data }) => (data['room'] as { isOnline: number }).isOnline === 1)
    assert.deepEqual(
      (await mina.unheard()).filter((name) => name === 'ONLINE' || name === 'OFFLINE'),
      [],
    )
    two.raw.frame('DISCONNECT')
    await mina.hears('OFFLINE', is(2024))
  })
})

describe('two companies in one server', () => {
  test('never hear each other, whatever is said in both', async () => {
    const mina = await rawAgent(house, 'mina')
    const hana = await rawAgent(house, 'hana')
    mina.subscribe('lobby', '/sub/socket/room/LOBBY1')
    hana.subscribe('lobby', '/sub/socket/room/LOBBY2')
    const everyone = new Map<RawStomp, string>([
      [mina, '1'],
      [hana, '2'],
    ])
    const converse = async (agent: RawStomp, companyId: string, number: number): Promise<void> => {
      const { raw, roomId } = await rawCustomerInRoom(house, number, companyId)
      everyone.set(raw, companyId)
      await raw.saysDurably('MESSAGE', { message: `secret of ${companyId}` })
      await takesRoom(agent, roomId)
      for (let line = 0; line < 5; line++) {
        await agent.saysDurably('MESSAGE', { message: `answer of ${companyId}`, messageAdminType: line % 2 })
        raw.says('MESSAGE_LIST', {})
        raw.says('READ_MESSAGE', { startId: 1, endId: 100 })
        await raw.saysDurably('MESSAGE', { message: `question of ${companyId}` })
      }
      agent.says('DELETE_MESSAGE', { id: 1 })
      await agent.saysDurably('END', {})
      agent.frame('UNSUBSCRIBE', { id: 'room' })
    }
    // The same numbers in both: only the company tells these customers apart.
    for (let number = 2030; number < 2034; number++) {
      await Promise.all([converse(mina, '1', number), converse(hana, '2', number)])
    }
    let events = 0
    for (const [raw, companyId] of everyone) {
      await raw.unheard()
      for (const frame of raw.received) {
        if (frame.command !== 'MESSAGE') continue
        assert.equal(eventOf(frame).companyId, companyId)
        assert.doesNotMatch(frame.body, new RegExp(`of ${companyId === '1' ? 2 : 1}"`))
        events++
      }
      raw.lose()
    }
    assert.ok(events > 300, `${events} events were looked at`)
  })
})
