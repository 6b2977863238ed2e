import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { House } from '../support/house.ts'
import { enters, rawAgent, rawCustomer, rawCustomerInRoom, takesRoom } from '../support/raw-cast.ts'
import { ask } from '../support/raw-http.ts'
import { RawStomp, type RawFrame } from '../support/raw-stomp.ts'
import { ServerProcess } from '../support/server-process.ts'

/** Too much, too large, too slow, and never finished: what one client does must cost the others nothing. */

describe('too much', () => {
  let house: House
  before(async () => (house = await House.open()))
  after(() => house[Symbol.asyncDispose]())

  for (const [what, event, data] of [
    ['messages', 'MESSAGE', { message: 'flood' }],
    ['questions', 'MESSAGE_LIST', { startId: 0 }],
  ] as const) {
    test(`${what}: refused with a reason, and fine again after; others don’t notice`, async () => {
      const { raw: flooder } = await rawCustomerInRoom(house, what === 'messages' ? 1 : 2)
      const { raw: yuna } = await rawCustomerInRoom(house, 3)
      for (let count = 0; count < 500; count++) flooder.says(event, data)
      await yuna.saysDurably('MESSAGE', { message: 'not me' })
      await yuna.hearsMessage('not me')
      const heard = await flooder.unheard()
      const refused = heard.filter((name) => name === 'ERROR').length
      assert.ok(refused > 350 && refused <= 450, `${refused} of 500 were refused`)
      assert.ok(flooder.received.some(({ body }) => body.includes('요청이 너무 많습니다')))
      const refusal = ({ body }: RawFrame) => body.includes('"ERROR"')
      const asks = async (): Promise<boolean> => {
        flooder.says(event, data, { receipt: 'again' })
        const answer = await flooder.inbox.take('an answer', (frame) => frame.command === 'RECEIPT' || refusal(frame))
        return answer.command === 'RECEIPT'
      }
      for (let fine = false; !fine;) fine = await asks()
      flooder.lose()
      yuna.lose()
    })
  }

  test('coming and going: thrown out before the lobby drowns', async () => {
    using mina = await rawAgent(house, 'mina')
    mina.subscribe('lobby', '/sub/socket/room/LOBBY1')
    await mina.unheard()
    const { raw, roomId } = await rawCustomer(house, 4)
    for (let count = 0; count < 300; count++) {
      raw.subscribe('room', `/sub/socket/room/${roomId}`)
      raw.frame('UNSUBSCRIBE', { id: 'room' })
    }
    assert.match((await raw.isThrownOut()).message, /too many requests/)
    const heard = await mina.unheard()
    assert.ok(heard.length < 150, `the lobby heard ${heard.length} events`)
  })

  test('new customers from one address, or its block of IPv6: refused after the burst, who is known is welcome', async () => {
    const env = { NEW_CUSTOMERS_BURST: '3', NEW_CUSTOMERS_PER_SECOND: '1', TRUSTED_PROXY_HOPS: '1' }
    await using small = await House.open({ env })
    const from = (number: number) => ({ headers: { 'x-forwarded-for': `2001:db8::${number}` } })
    for (const number of [1, 2, 3]) (await rawCustomer(small, number, '1', from(number))).raw.lose()
    await assert.rejects(rawCustomer(small, 4, '1', from(4)), /too many new customers/)
    const known = await rawCustomer(small, 1, '1', from(5))
    known.raw.lose()
  })
})

describe('too large', () => {
  let house: House
  before(async () => (house = await House.open()))
  after(() => house[Symbol.asyncDispose]())

  for (const sockjs of [false, true]) {
    test(`a message of the WebSocket: 1009 ${sockjs ? '(SockJS)' : ''}`, async () => {
      const { raw } = await rawCustomer(house, 10, '1', { sockjs })
      raw.send('x'.repeat(128 * 1024 + 1))
      assert.equal((await raw.closed).code, 1009)
    })

    test(`a body, a header, too many headers, in pieces or at once: ERROR ${sockjs ? '(SockJS)' : ''}`, async () => {
      const attempts: [RegExp, string[]][] = [
        [/body too large/, ['SEND\ndestination:/pub/socket/message\ncontent-length:99999999\n\n']],
        [
          /body too large/,
          ['SEND\ndestination:/pub/socket/message\n\n', ...Array<string>(9).fill('가'.repeat(10_000))],
        ],
        [/header line too long/, ['SEND\n', ...Array<string>(9).fill('h'.repeat(1000))]],
        [/headers too large/, ['SEND\n', ...Array.from({ length: 9 }, (_, n) => `h${n}:${'v'.repeat(2000)}\n`)]],
        [/too many headers/, [`SEND\n${'a:b\n'.repeat(100)}`]],
        [/unknown command/, ['S'.repeat(1000)]],
      ]
      for (const [message, pieces] of attempts) {
        const { raw } = await rawCustomer(house, 11, '1', { sockjs })
        for (const piece of pieces) raw.send(piece)
        assert.match((await raw.isThrownOut()).message, message)
      }
    })
  }

  test('a body of xhr_send: 413', async () => {
    assert.equal((await ask(house.port, 'POST', '/ws/000/large/xhr')).text, 'o\n')
    const body = `["${'x'.repeat(128 * 1024 + 1)}"]`
    assert.equal((await ask(house.port, 'POST', '/ws/000/large/xhr_send', { body })).status, 413)
  })
})

test('too slow: who stops reading is closed, everyone else hears all', { timeout: 60_000 }, async () => {
  await using house = await House.open({ env: { OUTBOX_MAX_BYTES: '262144', MESSAGE_BURST: '100000' } })
  const { raw: yuna, roomId } = await rawCustomerInRoom(house, 20)
  await yuna.saysDurably('MESSAGE', { message: 'first' })
  using mina = await rawAgent(house, 'mina')
  await takesRoom(mina, roomId)
  using stuck = await rawAgent(house, 'juno')
  stuck.subscribe('room', `/sub/socket/room/${roomId}`)
  await stuck.unheard()
  stuck.pause()
  const long = '가'.repeat(9000)
  const messages = 800
  const heard = (async () => {
    for (let count = 0; count < messages; count++) await mina.hearsMessage(`${count} ${long}`)
  })()
  for (let count = 0; count < messages; count++) await yuna.saysDurably('MESSAGE', { message: `${count} ${long}` })
  await heard
  stuck.resume()
  const { code } = await stuck.closed
  // 1013, "try again later", or nothing when it took too long to read even that.
  assert.ok(code === 1013 || code === 1006, `closed with ${code}`)
  assert.ok(stuck.received.length < messages, `${stuck.received.length} of ${messages} went out`)
  assert.deepEqual(house.log.of('error'), [])
  yuna.lose()
})

describe('never finished', () => {
  const timeout = { CONNECT_TIMEOUT_MS: '500', SOCKJS_DISCONNECT_DELAY_MS: '100', MAX_CONNECTIONS_PER_ADDRESS: '3000' }
  let house: House
  before(async () => (house = await House.open({ env: timeout })))
  after(() => house[Symbol.asyncDispose]())

  test(
    '2,000 connections that say nothing, or half of a CONNECT, are swept away; a neighbour talks on',
    { timeout: 60_000 },
    async () => {
      const { raw: yuna } = await rawCustomerInRoom(house, 30)
      const opening = Array.from({ length: 2000 }, async (_, index) => {
        const raw = await RawStomp.open(house.sockjsUrl, { sockjs: index % 2 === 0 })
        if (index % 4 < 2) raw.send('CONNECT\naccept-version:1.1')
        return raw
      })
      const silent = await Promise.all(opening)
      await yuna.saysDurably('MESSAGE', { message: 'in the crowd' })
      for (const raw of silent) {
        assert.equal((await raw.takes('ERROR')).headers['message'], 'no CONNECT in time')
        await raw.closed
      }
      await yuna.saysDurably('MESSAGE', { message: 'alone again' })
      yuna.lose()
    },
  )

  test('SockJS sessions that nobody receives on are forgotten', async () => {
    const paths = Array.from({ length: 200 }, (_, index) => `/ws/000/idle-${index}`)
    for (const path of paths) assert.equal((await ask(house.port, 'POST', `${path}/xhr`)).text, 'o\n')
    const { raw: yuna } = await rawCustomerInRoom(house, 31)
    const remains = async (): Promise<number> => {
      const answers = await Promise.all(
        paths.map((path) => ask(house.port, 'POST', `${path}/xhr_send`, { body: '["\\n"]' })),
      )
      return answers.filter(({ status }) => status !== 404).length
    }
    while ((await remains()) > 0) await yuna.unheard()
    yuna.lose()
  })

  test('past the limit of connections there is no room, and then there is again', async () => {
    await using tiny = await House.open({ env: { MAX_CONNECTIONS_PER_ADDRESS: '3' } })
    const three = await Promise.all([1, 2, 3].map((number) => rawCustomer(tiny, number)))
    await assert.rejects(RawStomp.open(tiny.sockjsUrl), /503/)
    assert.equal((await ask(tiny.port, 'POST', '/ws/000/abc/xhr')).status, 503)
    three[0]!.raw.frame('DISCONNECT')
    await three[0]!.raw.closed
    const fourth = await rawCustomer(tiny, 4)
    for (const { raw } of [...three, fourth]) raw.lose()
  })
})

test('a small heap is enough, whatever comes', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  // Everything that a client may leave unfinished is text, and text is on the heap: past 96 MiB the process would die.
  await using server = await ServerProcess.start(folder, { MESSAGE_BURST: '100000' }, ['--max-old-space-size=96'])
  const connect = { companyId: '1', gasappMemberNumber: '3825' }
  for (let round = 0; round < 4; round++) {
    const lines = await Promise.all(Array.from({ length: 150 }, () => RawStomp.connect(server.sockjsUrl, connect)))
    for (const raw of lines) {
      // A transaction, many subscriptions, and the first half of a large frame.
      raw.frame('BEGIN', { transaction: 't' })
      for (let count = 0; count < 10; count++)
        raw.frame('SEND', { transaction: 't', destination: '/x' }, 'b'.repeat(5000))
      for (let count = 0; count < 60; count++) raw.subscribe(`${count}${'s'.repeat(200)}`, 'user/session/message')
      raw.send(`SEND\ndestination:/pub/socket/message\ncontent-length:60000\n\n${'x'.repeat(50_000)}`)
      // Far more than the transport takes.
      if (round % 2) raw.send('y'.repeat(200_000))
    }
    if (round % 2) await Promise.all(lines.map((raw) => raw.closed))
    else await Promise.all(lines.map((raw) => raw.hears('LOGINED')))
    for (const raw of lines) raw.lose()
  }
  const again = await RawStomp.connect(server.sockjsUrl, connect)
  again.subscribe('me', '/user/session/message')
  const { roomId } = (await again.hears('LOGINED')).data['profile'] as { roomId: string }
  await enters(again, Number(roomId))
  await again.saysDurably('MESSAGE', { message: 'alive' })
  again.lose()
  const mib = Math.round(server.residentBytes() / 2 ** 20)
  t.diagnostic(`${mib} MiB resident`)
  assert.ok(mib < 512, `${mib} MiB resident`)
})
