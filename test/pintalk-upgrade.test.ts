import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { GuestHouse, type Room } from './support/guest-house.ts'

/** Dials that go wrong on the bytes: while the server looks at who is there, the socket may do anything. */

let house: GuestHouse
let room: Room
before(async () => {
  house = await GuestHouse.open({ DIAL_BURST: '2000' })
  room = await house.newRoom('mira')
})
after(() => house[Symbol.asyncDispose]())

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const dial = (more = '', path = `/ws/chat/${room.name}/`): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${more}\r\n`

async function raw(): Promise<Socket> {
  const socket = connect(Number(new URL(house.url).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** A masked text frame. */
function frame(text: string): Buffer {
  const body = Buffer.from(text)
  assert.ok(body.length < 126)
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body])
}

async function until(socket: Socket, wanted: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (wanted.test(text)) return text
  }
  throw new Error(`the socket ended after ${JSON.stringify(text)}`)
}

const message = (text: string): string =>
  JSON.stringify({ type: 'chat_message', is_host: false, message: text, datetime: '2023-03-23T12:22:12' })

test('what comes right behind the request is not lost, in one packet or in many', async () => {
  const once = await raw()
  once.write(Buffer.concat([Buffer.from(dial()), frame(message('한 묶음'))]))
  await until(once, /한 묶음/)
  once.destroy()
  const slowly = await raw()
  slowly.setNoDelay(true)
  for (const byte of Buffer.concat([Buffer.from(dial()), frame(message('한 바이트씩'))]))
    slowly.write(Buffer.from([byte]))
  await until(slowly, /한 바이트씩/)
  slowly.destroy()
})

test('sockets that are torn away at any moment harm nobody', async () => {
  const token = await house.token('mira')
  const requests = [
    dial(),
    dial('', `/ws/chat/${room.name}/?token=${token}`),
    dial('', '/ws/chat/x/'),
    dial('', '/ws/chat/x/?token=y'),
  ]
  for (let round = 0; round < 200; round++) {
    const socket = await raw()
    const request = requests[round % requests.length]!
    socket.write(round % 3 === 0 ? request + 'rubbish' : request)
    if (round % 2 === 0) socket.resetAndDestroy()
    else setImmediate(() => socket.resetAndDestroy())
  }
  const guest = await house.guest('mira', room)
  await guest.page()
  guest.says('아직 있어요')
  await guest.hears('아직 있어요')
  await guest.leave()
})

test('what is no WebSocket is refused', async () => {
  const wrong: [string, RegExp][] = [
    [dial().replace('GET', 'POST'), /^HTTP\/1\.1 405/],
    [dial().replace('websocket', 'h2c'), /^HTTP\/1\.1 404/],
    [dial().replace(key, 'short'), /^HTTP\/1\.1 400/],
    [dial().replace('Version: 13', 'Version: 7'), /^HTTP\/1\.1 4\d\d/],
    [dial().replace(/Origin.*\r\n/, ''), /^HTTP\/1\.1 403/],
    [dial('', '/ws/chat/a/b/c/d/'), /^HTTP\/1\.1 404/],
  ]
  for (const [request, answer] of wrong) {
    const socket = await raw()
    socket.write(request)
    await until(socket, answer)
    socket.destroy()
  }
})

test('too many dials of one address are refused with 429, and those who are in stay', async () => {
  await using strict = await GuestHouse.open({ DIAL_BURST: '5', DIALS_PER_SECOND: '1' })
  const made = await strict.newRoom('mira')
  const guest = await strict.guest('mira', made)
  await guest.page()
  for (let number = 2; number <= 5; number++) await (await strict.guest('mira', made)).leave()
  await assert.rejects(strict.guest('mira', made), /HTTP 429/)
  guest.says('나는 있다')
  await guest.hears('나는 있다')
  await guest.leave()
})

test('who comes in the middle of a talk hears each word once', async () => {
  await using busy = await GuestHouse.open({ MESSAGE_BURST: '100000', FRAME_BURST: '100000' })
  const made = await busy.newRoom('mira')
  const host = await busy.host('mira', made)
  await host.page()
  let said = 0
  for (let round = 0; round < 40; round++) {
    const coming = busy.guest('mira', made)
    for (let count = 0; count < 5; count++) {
      host.says(`${said++}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const guest = await coming
    for (let count = 0; count < 5; count++) host.says(`${said++}`)
    const page = (await guest.page()).map(({ message: text }) => text)
    const heard = [...page]
    while (heard.at(-1) !== `${said - 1}`) heard.push((await guest.next()).message)
    const first = said - heard.length
    assert.deepEqual(
      heard,
      heard.map((_, index) => `${first + index}`),
      'in order, without a gap, none twice',
    )
    await guest.leave()
  }
})

test('a server that stops while somebody dials leaves nobody hanging', async () => {
  const brief = await GuestHouse.open()
  const made = await brief.newRoom('mira')
  const dials = Array.from({ length: 20 }, () => brief.guest('mira', made).then((socket) => socket.closed, String))
  await brief.close()
  for (const outcome of await Promise.all(dials)) {
    if (typeof outcome === 'string') assert.match(outcome, /HTTP 503|ECONNREFUSED|ECONNRESET|socket hang up/)
    else assert.equal(outcome.code, 1001)
  }
  assert.deepEqual(brief.log.of('error'), [])
  await brief[Symbol.asyncDispose]()
})

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
