import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { House } from '../support/house.ts'
import { damaged } from '../support/mutations.ts'
import { rawAgent, rawCustomerInRoom, takesRoom } from '../support/raw-cast.ts'
import { ask } from '../support/raw-http.ts'
import type { RawStomp } from '../support/raw-stomp.ts'

/**
 * Damaged frames of real conversations come in on every way there is. After each lot a neighbour and her agent
 * exchange a line: the process lives, they hear each other and nothing else, and nothing was a bug to the log.
 */

const runs = 100
const event = (eventName: string, data: object = {}): string =>
  `SEND\ndestination:/pub/socket/message\nreceipt:r\n\n${JSON.stringify({ eventName, data })}\0`

let house: House
let yuna: RawStomp
let mina: RawStomp
let sound: readonly string[]
let openings: readonly (readonly string[])[]

before(async () => {
  house = await House.open({ env: { MESSAGE_BURST: '10000', CONNECT_TIMEOUT_MS: '1000' } })
  const customer = await rawCustomerInRoom(house, 777_000_111)
  yuna = customer.raw
  await yuna.saysDurably('MESSAGE', { message: 'first' })
  mina = await rawAgent(house, 'mina')
  await takesRoom(mina, customer.roomId)
  await Promise.all([yuna.unheard(), mina.unheard()])
  const enemy = await rawCustomerInRoom(house, 4, '2')
  enemy.raw.lose()
  const connectCustomer =
    'CONNECT\naccept-version:1.1,1.0\nheart-beat:10000,10000\ncompanyId:2\ngasappMemberNumber:4\n\n\0'
  const connectAgent = `STOMP\naccept-version:1.2\nhost:x\nAuthorization:Bearer ${await house.login('hana')}\n\n\0`
  const queue = 'SUBSCRIBE\nid:sub-0\ndestination:user/session/message\n\n\0'
  const room = `SUBSCRIBE\nid:sub-1\nack:client-individual\ndestination:sub/socket/room/${enemy.roomId}\n\n\0`
  openings = [[connectCustomer, queue, room], [connectAgent, queue, room], [connectCustomer], []]
  sound = [
    connectCustomer,
    connectAgent,
    queue,
    room,
    'SUBSCRIBE\nid:sub-2\ndestination:sub/socket/room/LOBBY2\nreceipt:x\n\n\0',
    event('MESSAGE', { messageType: 0, message: '안녕 😀 "\\', messageDetail: '' }),
    `SEND\ndestination:pub/socket/message\ncontent-length:54\n\n{"eventName":"MESSAGE","data":{"message":"counted "}}  \0`,
    event('MESSAGE_LIST', { messageAdminType: 0, startId: '31' }),
    event('READ_MESSAGE', { startId: 3081, endId: 3083 }),
    event('DELETE_MESSAGE', { id: 10 }),
    event('ASSIGN', { roomId: enemy.roomId }),
    event('SAVE_HISTORY', { history: [{ a: [1, { b: null }] }] }),
    event('REVIEW', { reviewScore: '5' }),
    ...['ROOM_DETAIL', 'START_MESSAGE', 'END'].map((name) => event(name)),
    'BEGIN\ntransaction:t\n\n\0SEND\ntransaction:t\ndestination:/pub/socket/message\n\n{}\0COMMIT\ntransaction:t\n\n\0',
    'ACK\nid:1\nsubscription:sub-1\nmessage-id:1\n\n\0',
    'UNSUBSCRIBE\nid:sub-1\n\n\0',
    'DISCONNECT\nreceipt:bye\n\n\0',
    '\n',
  ]
})
after(() => house[Symbol.asyncDispose]())

let lines = 0
async function neighboursTalk(): Promise<void> {
  const text = `line ${++lines}`
  await yuna.saysDurably('MESSAGE', { message: text })
  await mina.hearsMessage(text)
  assert.deepEqual(await mina.unheard(), [])
  assert.deepEqual(await yuna.unheard(), ['MESSAGE'])
  assert.deepEqual(house.log.of('error'), [])
}

function hostile(attack: (texts: readonly string[]) => Promise<void>): Promise<void> {
  const conversation = fc.tuple(fc.constantFrom(...openings), fc.array(damaged(sound), { minLength: 1, maxLength: 12 }))
  const property = fc.asyncProperty(conversation, async ([opening, frames]) => {
    await attack([...opening, ...frames])
    await neighboursTalk()
  })
  return fc.assert(property, { numRuns: runs, endOnFailure: true })
}

/** Says everything, waits until the server has read it or thrown us out, and breaks the line. */
async function overWebSocket(path: string, messages: readonly (string | Buffer)[]): Promise<void> {
  const ws = new WebSocket(`${house.url.replace('http', 'ws')}/ws${path}`, { perMessageDeflate: false })
  ws.on('error', () => {})
  await new Promise((resolve) => ws.once('open', resolve))
  const gone = new Promise((resolve) => ws.once('close', resolve))
  for (const message of messages) ws.send(message)
  ws.ping()
  await Promise.race([gone, new Promise((resolve) => ws.once('pong', resolve))])
  ws.terminate()
  await gone
}

const session = (): string => `/000/${Math.random().toString(36).slice(2)}`

test('as messages of a WebSocket', { timeout: 60_000 }, () => hostile((texts) => overWebSocket('/websocket', texts)))

test('as binary messages', { timeout: 60_000 }, () =>
  hostile((texts) =>
    overWebSocket(
      '/websocket',
      texts.map((text) => Buffer.from(text, text.length % 2 ? 'latin1' : 'utf8')),
    ),
  ),
)

test('as messages of SockJS on a WebSocket', { timeout: 60_000 }, () =>
  hostile((texts) =>
    overWebSocket(
      `${session()}/websocket`,
      texts.map((text) => JSON.stringify([text])),
    ),
  ),
)

test('as SockJS frames that are damaged themselves', { timeout: 60_000 }, () =>
  hostile((texts) =>
    overWebSocket(
      `${session()}/websocket`,
      texts.map((text) => JSON.stringify([text, text]).replace('\\n', '\n')),
    ),
  ),
)

test('as bodies of xhr_send', { timeout: 60_000 }, () =>
  hostile(async (texts) => {
    const path = `/ws${session()}`
    const opened = await ask(house.port, 'POST', `${path}/xhr`)
    assert.equal(opened.text, 'o\n')
    for (const [index, text] of texts.entries()) {
      const body = index % 5 === 4 ? text : JSON.stringify([text])
      const { status } = await ask(house.port, 'POST', `${path}/xhr_send`, { body })
      assert.ok([204, 404, 500].includes(status), `${status}`)
    }
    await ask(house.port, 'POST', `${path}/xhr`)
  }),
)

test('as bytes after the handshake, where frames of WebSocket should be', { timeout: 60_000 }, () =>
  hostile(async (texts) => {
    const socket = connect(house.port, '127.0.0.1')
    socket.on('error', () => {})
    const gone = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      'GET /ws/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await new Promise((resolve) => socket.once('data', resolve))
    // Some with a header that is nearly right: final, text, masked with zeros.
    for (const text of texts) {
      const payload = Buffer.from(text)
      const header = Buffer.from([0x81, 0x80 | Math.min(payload.length, 125), 0, 0, 0, 0])
      socket.write(text.length % 3 ? Buffer.concat([header, payload]) : payload)
    }
    socket.end()
    await gone
  }),
)
