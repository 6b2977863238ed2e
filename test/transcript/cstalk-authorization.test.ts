import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { House } from '../support/house.ts'
import { rawAgent, rawCustomer, rawCustomerInRoom, takesRoom } from '../support/raw-cast.ts'
import { RawStomp } from '../support/raw-stomp.ts'

/** Who may do what at the consultation desk, and what the others are told. */

let house: House
before(async () => (house = await House.open()))
after(() => house[Symbol.asyncDispose]())

describe('before CONNECT', () => {
  for (const [command, headers] of [
    ['SEND', { destination: '/pub/socket/message' }],
    ['SUBSCRIBE', { id: '1', destination: '/user/session/message' }],
    ['DISCONNECT', {}],
  ] as const) {
    test(`${command} is refused and the connection closed`, async () => {
      using raw = await RawStomp.open(house.sockjsUrl)
      raw.frame(command, headers)
      assert.equal((await raw.isThrownOut()).message, `${command} before CONNECT`)
    })
  }
})

describe('CONNECT', () => {
  const refused = async (headers: Record<string, string>): Promise<{ message: string; code: number }> => {
    using raw = await RawStomp.open(house.sockjsUrl)
    raw.frame('CONNECT', { 'accept-version': '1.1,1.0', ...headers })
    return await raw.isThrownOut()
  }

  test('a token that is bad, expired, of another company’s secret, unsigned or of nobody: one answer for all', async () => {
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"1","companyId":"1","exp":9999999999}')}.`.replaceAll(
      '=',
      '',
    )
    const nobody = new SignJWT({ companyId: '1' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('999999')
      .setExpirationTime('1h')
    const secret = new TextEncoder().encode('the secret of company 1')
    const tokens = {
      bad: 'not.a.token',
      none: '',
      expired: await house.forge('mina', { expires: '-1s' }),
      foreign: await house.forge('hana', { companyId: '1' }),
      unsigned,
      nobody: await nobody.sign(secret),
      elsewhere: await house.forge('mina', { companyId: '77' }),
    }
    for (const [kind, token] of Object.entries(tokens)) {
      const { message, code } = await refused({ Authorization: `Bearer ${token}` })
      assert.deepEqual([kind, message, code], [kind, 'the token is not valid or has expired (CONNECT)', 1008])
    }
  })

  test('a customer without a company, of an unknown one, or whose number is none', async () => {
    assert.match((await refused({})).message, /bearer token, or companyId and gasappMemberNumber/)
    assert.match((await refused({ companyId: '1' })).message, /gasappMemberNumber/)
    assert.match((await refused({ companyId: '3', gasappMemberNumber: '1' })).message, /companyId/)
    for (const number of ['', '-1', '0', '1e3', 'constructor', '9'.repeat(40)]) {
      assert.match(
        (await refused({ companyId: '1', gasappMemberNumber: number })).message,
        /^gasappMemberNumber must be a number/,
      )
    }
  })

  test('the header in small letters, and a number with the company as the seed’s page sends them', async () => {
    const headers = { authorization: `bearer ${await house.login('mina')}` }
    using mina = await RawStomp.connect(house.sockjsUrl, headers)
    mina.subscribe('me', 'user/session/message')
    assert.deepEqual(await mina.unheard(), [])
  })
})

describe('SUBSCRIBE', () => {
  const refused = async (raw: RawStomp, destination: string): Promise<string> => {
    raw.subscribe('x', destination)
    const { message, code } = await raw.isThrownOut()
    assert.equal(code, 1008 satisfies number)
    assert.ok(message.includes(destination), `${message} does not name ${destination}`)
    return message.replace(destination, '…')
  }

  test('a customer sees its own room and nothing else; what is not there and what is not its own look alike', async () => {
    const other = await rawCustomer(house, 1001)
    other.raw.lose()
    const answers = new Set<string>()
    for (const roomId of [other.roomId, 987_654_321]) {
      const { raw } = await rawCustomer(house, 1002)
      answers.add(await refused(raw, `/sub/socket/room/${roomId}`))
    }
    assert.equal(answers.size, 1)
  })

  test('not the lobby either, nor what has no meaning', async () => {
    for (const destination of [
      '/sub/socket/room/LOBBY1',
      'sub/socket/room/LOBBY2',
      '/sub/socket/room/',
      '/sub/socket/room/-1',
      '/topic/all',
    ]) {
      const { raw } = await rawCustomer(house, 1003)
      raw.subscribe('x', destination)
      assert.ok((await raw.takes('ERROR')).headers['message']?.includes(destination))
      await raw.closed
    }
  })

  test('an agent sees the rooms and the lobby of its own company only', async () => {
    const seoul = await rawCustomer(house, 1004)
    const incheon = await rawCustomer(house, 1004, '2')
    assert.notEqual(seoul.roomId, incheon.roomId)
    await refused(await rawAgent(house, 'hana'), `/sub/socket/room/${seoul.roomId}`)
    await refused(await rawAgent(house, 'mina'), `/sub/socket/room/${incheon.roomId}`)
    for (const lobby of ['/sub/socket/room/LOBBY2', '/sub/socket/room/LOBBY', '/sub/socket/room/LOBBY__proto__']) {
      const raw = await rawAgent(house, 'mina')
      raw.subscribe('x', lobby)
      assert.ok((await raw.takes('ERROR')).headers['message']?.includes(lobby))
      await raw.closed
    }
    using hana = await rawAgent(house, 'hana')
    await seoul.raw.unheard()
    hana.says('ASSIGN', { roomId: seoul.roomId })
    assert.equal(await hana.hearsRefusal(), '일치하는 채팅상담이 존재하지 않습니다.')
  })
})

describe('a second agent', () => {
  test('listens, is not joined, and writes nothing', async () => {
    const yuna = await rawCustomerInRoom(house, 1010)
    await yuna.raw.saysDurably('MESSAGE', { message: '도와주세요' })
    using mina = await rawAgent(house, 'mina')
    await takesRoom(mina, yuna.roomId)
    using juno = await rawAgent(house, 'juno')
    juno.subscribe('room', `/sub/socket/room/${yuna.roomId}`)
    assert.deepEqual(await juno.unheard(), [])
    await mina.unheard()
    await yuna.raw.unheard()

    for (const [event, data] of [
      ['MESSAGE', { message: 'me too' }],
      ['MESSAGE', { message: 'as the house', isSystemMessage: 1 }],
      ['DELETE_MESSAGE', { id: 1 }],
      ['END', {}],
      ['READ_MESSAGE', { startId: 1, endId: 1 }],
      ['SAVE_HISTORY', { history: [] }],
      ['START_MESSAGE', {}],
      ['REVIEW', { reviewScore: 5 }],
    ] as const) {
      juno.says(event, data)
      assert.match(await juno.hearsRefusal(), /권한이 없습니다/, event)
    }
    assert.deepEqual([await mina.unheard(), await yuna.raw.unheard()], [[], []])

    mina.says('MESSAGE', { message: '네' })
    assert.equal((await juno.hearsMessage('네'))['noReadCount'], 1)
    juno.says('ROOM_DETAIL')
    assert.equal(((await juno.hears('ROOM_DETAIL')).data['room'] as { memberId: number }).memberId, house.idOf('mina'))
    yuna.raw.lose()
  })
})

describe('customers', () => {
  test('don’t give orders: no ASSIGN, no staff notes, no words of the house, no deleting of others’ words', async () => {
    using mina = await rawAgent(house, 'mina')
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 1020)
    await yuna.saysDurably('MESSAGE', { message: '1' })
    await takesRoom(mina, roomId)
    await mina.saysDurably('MESSAGE', { message: '2' })
    yuna.says('ASSIGN', { roomId })
    assert.match(await yuna.hearsRefusal(), /권한/)
    yuna.says('MESSAGE', { message: 'psst', messageAdminType: 1 })
    assert.match(await yuna.hearsRefusal(), /권한/)
    yuna.says('DELETE_MESSAGE', { id: 2 })
    assert.match(await yuna.hearsRefusal(), /권한/)
    yuna.says('MESSAGE', { message: 'not the house', isSystemMessage: 1 })
    assert.equal((await yuna.hearsMessage('not the house'))['isSystemMessage'], 0)
    yuna.lose()
  })

  test('never see a staff note: not live, not in lists, not in the room', async () => {
    using mina = await rawAgent(house, 'mina')
    using juno = await rawAgent(house, 'juno')
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 1021)
    await yuna.saysDurably('MESSAGE', { message: '질문' })
    await takesRoom(mina, roomId)
    juno.subscribe('room', `/sub/socket/room/${roomId}`)
    await juno.unheard()
    await mina.saysDurably('MESSAGE', { message: 'careful, secret', messageAdminType: 1 })
    assert.equal((await juno.hearsMessage('careful, secret'))['messageAdminType'], 1)
    await mina.hearsMessage('careful, secret')
    yuna.says('MESSAGE_LIST', { startId: 0, messageAdminType: 1 })
    await yuna.hears('MESSAGE_LIST')
    yuna.says('ROOM_DETAIL')
    await yuna.hears('ROOM_DETAIL')
    mina.says('MESSAGE_LIST', { startId: 0, messageAdminType: 1 })
    const list = (await mina.hears('MESSAGE_LIST')).data['messages'] as { message: string }[]
    assert.deepEqual(
      list.map(({ message }) => message),
      ['질문', 'careful, secret'],
    )
    await mina.saysDurably('END', {})
    await yuna.unheard()
    assert.equal(yuna.received.filter(({ body }) => body.includes('secret')).length, 0)
    yuna.lose()
  })

  test('who is blocked reads and writes nothing, at once and on every connection', async () => {
    const { raw: yuna, roomId } = await rawCustomerInRoom(house, 1022)
    await yuna.saysDurably('MESSAGE', { message: '욕' })
    const answer = await house.rest('mina', 'PUT', `/api/customer/1022/block`, {})
    assert.equal(answer.status, 200)
    yuna.says('MESSAGE', { message: '또' })
    assert.equal(await yuna.hearsRefusal(), '차단된 사용자입니다.')
    yuna.says('MESSAGE_LIST', {})
    assert.equal(((await yuna.hears('MESSAGE_LIST')).data['messages'] as unknown[]).length, 1)
    const again = await rawCustomerInRoom(house, 1022)
    for (const event of ['END', 'START_MESSAGE', 'SAVE_HISTORY', 'REVIEW']) {
      again.raw.says(event, { reviewScore: 5 })
      assert.equal(await again.raw.hearsRefusal(), '차단된 사용자입니다.', event)
    }
    await house.rest('mina', 'DELETE', `/api/customer/1022/block`)
    await again.raw.saysDurably('MESSAGE', { message: '미안해요' })
    assert.equal((await yuna.hearsMessage('미안해요'))['roomId'], roomId)
    yuna.lose()
    again.raw.lose()
  })
})

describe('secretKey, where a company asks for it', () => {
  test('without it a customer is UNAUTHORIZED and can do nothing at all', async () => {
    await using strict = await House.open({ cstalk: { customerSecret: 'open sesame', requireSecretKey: true } })
    const headers = { companyId: '1', gasappMemberNumber: '3825' }
    for (const secretKey of [undefined, '', 'open sesame', 'open sesame_20200101']) {
      using raw = await RawStomp.connect(
        strict.sockjsUrl,
        secretKey === undefined ? headers : { ...headers, secretKey },
      )
      raw.subscribe('me', '/user/session/message')
      const { data } = await raw.hears('UNAUTHORIZED')
      assert.deepEqual(
        [(data['profile'] as { roomId: null }).roomId, (data['profile'] as { authenticated: boolean }).authenticated],
        [null, false],
      )
      for (const event of [
        'MESSAGE',
        'MESSAGE_LIST',
        'END',
        'ROOM_DETAIL',
        'START_MESSAGE',
        'REVIEW',
        'SAVE_HISTORY',
        'ASSIGN',
      ]) {
        raw.says(event, { message: 'x', reviewScore: 5, roomId: 1 })
        assert.equal(await raw.hearsRefusal(), '인증에 실패하였습니다.', event)
      }
      raw.subscribe('room', '/sub/socket/room/1')
      assert.match((await raw.isThrownOut()).message, /secretKey/)
    }
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul' }).format().replaceAll('-', '')
    using raw = await RawStomp.connect(strict.sockjsUrl, { ...headers, secretKey: `open sesame_${today}` })
    raw.subscribe('me', '/user/session/message')
    await raw.hears('LOGINED')
  })
})
