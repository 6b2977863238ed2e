import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { messageOf, messagesOf, Person, seedManners, type Customer, type Manners, type Said } from '../support/cast.ts'
import { assertLike, samples } from '../support/cstalk-samples.ts'
import { House } from '../support/house.ts'
import { dials, type StompDial } from '../support/stomp-dials.ts'

/**
 * A whole consultation, as the desk's protocol description tells it, held by the clients' own libraries. In each row
 * the customer uses one of them and the agent the next one, so that all of them both speak and listen on either side.
 */

const manners: readonly Manners[] = [
  seedManners,
  { slash: '/', privateQueue: 'user/session/message' },
  { slash: '', privateQueue: 'user/socket/message' },
  { slash: '/', privateQueue: 'user/socket/message' },
]

const names = Object.keys(dials)
const rows = names.map((name, index) => {
  const other = names[(index + 1) % names.length]!
  return { name, other, manner: manners[index % manners.length]!, number: 3825 + index, byRest: index % 2 === 1 }
})

let house: House
before(async () => (house = await House.open({ env: { MESSAGE_BURST: '1000', PRESENCE_DEBOUNCE_MS: '0' } })))
after(() => house[Symbol.asyncDispose]())

const dial = (name: string): StompDial => dials[name]!
const ids = (said: Said): unknown[] => messagesOf(said).map(({ id }) => id)
const roomIn = (said: Said): Record<string, unknown> => said.data['room'] as Record<string, unknown>

for (const { name, other, manner, number, byRest } of rows) {
  describe(`customer by ${name}, agent by ${other}`, () => {
    let mina: Person
    let juno: Person
    let leaveLobby: () => void
    let yuna: Customer
    let leaveRoom: () => void

    /** What the lobby hears when the list of rooms changes: the older word and the later one. */
    const lobbyHears = async (person: Person, state: number): Promise<Record<string, unknown>> => {
      assertLike((await person.hears('RELOAD')).envelope, samples.RELOAD)
      const said = await person.hears(
        'RELOAD_READY',
        (each) => roomIn(each)['state'] === state && roomIn(each)['id'] === yuna.roomId,
      )
      assert.equal(said.destination, `${manner.slash}sub/socket/room/LOBBY1`)
      return roomIn(said)
    }

    after(async () => {
      await Promise.all([mina, juno, yuna.person].map((person) => person.leave()))
    })

    test('the agents wait in the lobby', async () => {
      mina = await Person.agent(house, dial(other), 'mina', manner)
      juno = await Person.agent(house, dial('@stomp/stompjs 7 on a WebSocket'), 'juno', manner)
      leaveLobby = mina.enterLobby()
      juno.enterLobby()
      assert.deepEqual([await mina.unheard(), await juno.unheard()], [[], []])
    })

    test('a customer comes for the first time and finds an empty room', async () => {
      yuna = await Person.customer(house, dial(name), number, manner)
      leaveRoom = yuna.person.enter(yuna.roomId)
      const joined = await yuna.person.hears('JOINED')
      assertLike(joined.envelope, samples.JOINED)
      assert.equal(joined.destination, manner.slash + manner.privateQueue)
      assert.match(joined.contentType, /^application\/json/)
      assert.deepEqual(ids(await yuna.person.hears('MESSAGE_LIST')), [])
      assert.equal(((await mina.hears('ONLINE')).data['profile'] as { id: number }).id, number)
      await juno.hears('ONLINE')
    })

    test('it writes, and the lobby hears that a room waits', async () => {
      yuna.person.says('MESSAGE', { messageType: 0, message: '가스 냄새가 나요 😟', messageDetail: '' })
      const said = await yuna.person.hearsMessage('가스 냄새가 나요 😟')
      assertLike(said.envelope, samples.MESSAGE)
      assert.equal(said.destination, `${manner.slash}sub/socket/room/${yuna.roomId}`)
      const { id, joinMessageId, isCustomer, isEmployee, noReadCount, isOnline } = messageOf(said)
      const expected = { id: 1, joinMessageId: 1, isCustomer: 1, isEmployee: 0, noReadCount: 1, isOnline: 1 }
      assert.deepEqual({ id, joinMessageId, isCustomer, isEmployee, noReadCount, isOnline }, expected)
      const room = await lobbyHears(mina, 0)
      assert.deepEqual([room['joinMessageId'], room['lastMessage'], room['memberId']], [1, '가스 냄새가 나요 😟', null])
      await lobbyHears(juno, 0)
    })

    test('it looks away and comes back while it waits: greeted, and shown what it wrote', async () => {
      leaveRoom()
      await mina.hears('OFFLINE')
      await juno.hears('OFFLINE')
      leaveRoom = yuna.person.enter(yuna.roomId)
      await yuna.person.hears('JOINED')
      const greeting = await yuna.person.hears('START_MESSAGE')
      assertLike(greeting.data, samples.MESSAGE.data)
      assert.equal(messageOf(greeting)['isSystemMessage'], 1)
      assert.deepEqual((await yuna.person.hears('WELCOME_MESSAGE')).data, { autoMessage1: null, autoMessage2: null })
      const list = await yuna.person.hears('MESSAGE_LIST')
      assertLike(list.envelope, samples.MESSAGE_LIST)
      assert.deepEqual(ids(list), [1])
      await Promise.all([mina, juno].map((agent) => agent.hears('ONLINE')))
    })

    test(`an agent takes the room by ${byRest ? 'REST' : 'ASSIGN'}, leaves the lobby and reads`, async () => {
      if (byRest) {
        const { status, body } = await house.rest('mina', 'POST', `/api/room/${yuna.roomId}/matchRoom`, {
          timeMessage: '',
        })
        assert.deepEqual([status, (body as { state: number }).state], [200, 1])
      } else mina.says('ASSIGN', { roomId: String(yuna.roomId) })
      assert.equal((await lobbyHears(mina, 1))['memberId'], house.idOf('mina'))
      assert.equal((await lobbyHears(juno, 1))['memberName'], '민아')
      leaveLobby()
      mina.enter(yuna.roomId)
      const joined = await mina.hears('JOINED')
      assertLike(joined.envelope, samples.JOINED)
      assert.equal((joined.data['profile'] as { isMember: number }).isMember, 1)
      const read = await yuna.person.hears('READ_MESSAGE', ({ data }) => data['speakerId'] === house.idOf('mina'))
      assertLike(read.envelope, samples.READ_MESSAGE)
      assert.deepEqual([read.data['startId'], read.data['endId']], [1, 1])
      const list = await mina.hears('MESSAGE_LIST')
      assert.deepEqual(ids(list), [1])
      assert.equal(messagesOf(list)[0]!['noReadCount'], 0)
      juno.says('ASSIGN', { roomId: yuna.roomId })
      assert.equal((await juno.hears('ERROR')).data['reason'], '이미 배정된 상담입니다.')
    })

    test('both write, words and pictures', async () => {
      const picture = '/files/seoul/abc/meter.jpg'
      mina.says('MESSAGE', { messageType: 0, message: '창문을 여세요', messageDetail: '' })
      for (const person of [yuna.person, mina]) {
        const said = await person.hearsMessage('창문을 여세요')
        assertLike(said.envelope, samples.MESSAGE)
        const { id, isEmployee, speakerName, noReadCount } = messageOf(said)
        assert.deepEqual([id, isEmployee, speakerName, noReadCount], [2, 1, '민아', 1])
      }
      yuna.person.says('MESSAGE', { messageType: '1', message: '계량기', messageDetail: picture })
      for (const person of [mina, yuna.person]) {
        const { id, messageType, messageDetail, thumbnail } = messageOf(await person.hearsMessage('계량기'))
        assert.deepEqual([id, messageType, messageDetail], [3, 1, picture])
        assert.equal(thumbnail, '/files/seoul/abc/thumb_meter.jpg')
      }
    })

    test('reading is told to both, and lowers the count', async () => {
      yuna.person.says('READ_MESSAGE', { startId: 2, endId: 2, speakerId: 1, roomId: 'ignored' })
      for (const person of [mina, yuna.person]) {
        const read = await person.hears('READ_MESSAGE', ({ data }) => data['startId'] === 2)
        assertLike(read.envelope, samples.READ_MESSAGE)
        assert.deepEqual([read.data['speakerId'], read.data['endId']], [yuna.profile['speakerId'], 2])
      }
      mina.says('MESSAGE_LIST', { messageAdminType: 0, startId: 0 })
      const counts = messagesOf(await mina.hears('MESSAGE_LIST')).map((message) => message['noReadCount'])
      assert.deepEqual(counts, [0, 0, 1])
    })

    test('older messages come in ascending pages of 30', async () => {
      for (let id = 4; id <= 65; id++) yuna.person.says('MESSAGE', { message: `line ${id}` })
      await mina.hearsMessage('line 65')
      await yuna.person.hearsMessage('line 65')
      const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
      const pages = [
        { startId: '', expected: range(36, 65) },
        { startId: '36', expected: range(6, 35) },
        { startId: 6, expected: range(1, 5) },
        { startId: 1, expected: [] },
      ]
      for (const { startId, expected } of pages) {
        yuna.person.says('MESSAGE_LIST', { messageAdminType: 0, startId })
        const list = await yuna.person.hears('MESSAGE_LIST')
        assert.deepEqual(ids(list), expected)
        assertLike(list.envelope, samples.MESSAGE_LIST)
      }
      await Promise.all([mina.unheard(), yuna.person.unheard()])
    })

    test('an unread message can be taken back, one that was read can’t', async () => {
      mina.says('MESSAGE', { message: '잘못 보냈어요' })
      const { id } = messageOf(await yuna.person.hearsMessage('잘못 보냈어요'))
      mina.says('DELETE_MESSAGE', { id })
      for (const person of [yuna.person, mina]) {
        const deleted = await person.hears('DELETE_MESSAGE')
        assertLike(deleted.envelope, samples.DELETE_MESSAGE)
        assert.deepEqual(deleted.data, { success: true, id })
      }
      yuna.person.says('MESSAGE_LIST', {})
      assert.equal(ids(await yuna.person.hears('MESSAGE_LIST')).at(-1), 65)
      mina.says('DELETE_MESSAGE', { id: '2' })
      const refused = await mina.hears('ERROR')
      assertLike(refused.envelope, samples.ERROR)
      assert.match(String(refused.data['reason']), /^이미 읽은메세지/)
    })

    test('the agent ends the consultation', async () => {
      await Promise.all([mina.unheard(), yuna.person.unheard(), juno.unheard()])
      mina.says('END', { roomId: yuna.roomId })
      for (const person of [yuna.person, mina]) {
        const farewell = await person.hears('MESSAGE')
        assert.equal(messageOf(farewell)['isSystemMessage'], 1)
        const end = await person.hears('END')
        assertLike(end.envelope, samples.END)
        assert.deepEqual([end.data['isCustomer'], roomIn(end)['state']], [false, 8])
      }
      await lobbyHears(juno, 8)
    })

    test('the customer writes again and waits again', async () => {
      yuna.person.says('MESSAGE', { messageType: 0, message: '하나 더요', messageDetail: '' })
      const { id, joinMessageId } = messageOf(await yuna.person.hearsMessage('하나 더요'))
      assert.deepEqual([id, joinMessageId], [68, 68])
      const room = await lobbyHears(juno, 0)
      assert.deepEqual([room['joinMessageId'], room['memberId'], room['lastMemberId']], [68, null, house.idOf('mina')])
    })

    // stomp-websocket closes the socket right after its DISCONNECT, and SockJS over HTTP then drops what is on its way:
    // the server sees a lost connection, and the lobby hears of it a little later.
    test('the customer goes', async () => {
      await yuna.person.leave()
      await juno.hears('OFFLINE')
    })
  })
}
