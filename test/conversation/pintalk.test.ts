import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GuestHouse } from '../support/guest-house.ts'
import { getDatetime, type ChatFrame } from '../support/guest-socket.ts'

/** Guests and hosts of websites with the `ws` client: what the protocol description says, told by two sides. */

let house: GuestHouse
before(async () => (house = await GuestHouse.open({ PRESENCE_DEBOUNCE_MS: '1500' })))
after(() => house[Symbol.asyncDispose]())

const seoulNow = (): string => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 16)
const texts = (page: readonly ChatFrame[]): string[] => page.map(({ message }) => message)

describe('the description’s examples', () => {
  test('a guest makes a room, both sides enter it and write', async () => {
    const made = await house.rest('POST', '/api/chat/', { headers: house.keysOf('mira') })
    assert.equal(made.status, 201)
    const { host: shown, ...room } = made.body
    assert.deepEqual(Object.keys(room).sort(), ['closedAt', 'createdAt', 'guest', 'isClosed', 'name', 'updatedAt'])
    for (const field of ['email', 'uuid', 'profileName', 'description', 'serviceName', 'profileImage']) {
      assert.ok(field in shown, field)
    }
    const list = (await house.rest('GET', '/api/chat/chatrooms/', { as: 'mira' })).body
    assert.deepEqual(Object.keys(list).sort(), ['count', 'next', 'previous', 'results'])
    assert.equal(list.results[0].name, room.name)

    const guest = await house.dial(`/ws/chat/${room.name}/`, { origin: 'https://shop.example' })
    const host = await house.dial(`/ws/chat/${room.name}/`, { token: await house.token('mira') })
    await Promise.all([guest.page(), host.page()])
    const datetime = getDatetime()
    guest.send({ type: 'chat_message', is_host: false, message: '안녕하세요 😀', datetime })
    const expected = { type: 'chat_message', message: '안녕하세요 😀', is_host: false, datetime }
    assert.deepEqual(await guest.next(), expected, 'the sender hears it too')
    assert.deepEqual(await host.next(), expected)
    host.send({ type: 'chat_message', is_host: true, message: '네', datetime })
    assert.deepEqual(await guest.next(), { ...expected, message: '네', is_host: true })
    await Promise.all([guest.leave(), host.leave()])
  })

  test('status, case 1: the host is there before the guest', async () => {
    const host = await house.hostStatus('hugo')
    const guest = await house.dial(`/ws/chat/${house.uuidOf('hugo')}/status/`, { origin: 'https://blog.example:8443' })
    const { datetime, ...notice } = await guest.next()
    assert.deepEqual(notice, { type: 'notice', is_host: true, message: 'online', status: 'online' })
    assert.match(datetime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
    assert.equal(datetime.slice(0, 16), seoulNow())
    // As it stands in the description, with its 77 seconds.
    guest.send({ type: 'notice', is_host: false, message: 'online', datetime: '2023-03-23T08:15:77' })
    assert.equal((await guest.next()).status, 'online')
    await Promise.all([host.leave(), guest.leave()])
  })

  test('status, cases 2 and 3: the host comes and goes', async () => {
    const guest = await house.guestStatus('nora')
    const other = await house.guestStatus('mira')
    guest.send({ type: 'notice', is_host: false, message: 'online', datetime: '2023-03-23T08:15:77' })
    const host = await house.hostStatus('nora')
    const first = await guest.next()
    assert.equal(first.message, 'online', 'nothing was said of the absent host before')
    await host.leave()
    const { datetime: _, ...notice } = await guest.next()
    assert.deepEqual(notice, { type: 'notice', is_host: true, message: 'offline', status: 'offline' })
    other.send({ type: 'notice', is_host: false, message: 'online', datetime: getDatetime() })
    await Promise.all([guest.leave(), other.leave()])
    assert.deepEqual([guest.drain(), other.drain()], [[], []])
  })

  test('what is new: latestMsg, latestMsgAt, lastCheckedAt', async () => {
    const { room, guest, host } = await house.couple()
    const isUnread = async (): Promise<boolean> => {
      const { latestMsgAt, lastCheckedAt } = await house.listed('mira', room)
      return Date.parse(latestMsgAt) > Date.parse(lastCheckedAt)
    }
    guest.says('하나')
    await host.hears('하나')
    assert.equal((await house.listed('mira', room)).latestMsg, '하나')
    for (let looks = 0; looks < 50 && (await isUnread()); looks++) await host.unheard()
    assert.equal(await isUnread(), false, 'it looks on')
    await host.leave()
    // The server may hear of the good-bye after the first of them.
    const more: string[] = []
    do {
      more.push(`둘 ${more.length}`)
      guest.says(more.at(-1)!)
      await guest.hears(more.at(-1)!)
    } while (!(await isUnread()) && more.length < 50)
    assert.equal((await house.listed('mira', room)).latestMsg, more.at(-1))
    assert.equal(await isUnread(), true)
    const back = await house.host('mira', room)
    assert.deepEqual(texts(await back.page()), ['하나', ...more])
    // Another node hears of its look a moment later.
    for (let looks = 0; looks < 50 && (await isUnread()); looks++) await back.unheard()
    assert.equal(await isUnread(), false)
    await Promise.all([guest.leave(), back.leave()])
  })
})

describe('admission', () => {
  const refused = async (path: string, dialed: { origin?: string; token?: string }): Promise<string> => {
    const outcome = house.dial(path, dialed).then(
      async (socket) => {
        const { code, reason } = await socket.closed
        return `${code} ${reason}`
      },
      (error: Error) => error.message,
    )
    return outcome
  }

  test('in a room', async () => {
    const room = await house.newRoom('mira')
    const path = `/ws/chat/${room.name}/`
    const shop = 'https://shop.example'
    const wrong = '4003 this origin is not allowed'
    for (const origin of [
      'https://evil.example',
      'https://shop.example.evil.example',
      'https://evil.example/shop.example',
      'https://shop.example:8443',
      'https://blog.example:8443',
      'null',
      'shop.example',
      'ftp://shop.example',
    ]) {
      assert.equal(await refused(path, { origin }), wrong, origin)
    }
    assert.equal(await refused(path, {}), 'HTTP 403')
    const bad = {
      empty: '',
      'no token': 'abc',
      expired: await house.token('mira', '-1s'),
      'of another secret': await house.token('mira', '1h', 'the secret of the app other'),
      'without a signature': `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
    }
    for (const [why, token] of Object.entries(bad)) {
      assert.equal(await refused(path, { token, origin: shop }), 'HTTP 403', why)
    }
    assert.equal(await refused(path, { token: await house.token('hugo') }), '4004 no such room')
    assert.equal(await refused(path, { token: await house.token('nora') }), '4004 no such room', 'of another app')
    assert.equal(await refused('/ws/chat/NsNVwaNrkUbrgnkGfsTuuA/', { origin: shop }), '4004 no such room')
    assert.equal(await refused('/ws/chat/__proto__/', { origin: shop }), '4004 no such room')
    assert.equal(await refused('/ws/chat/a b/', { origin: shop }), 'HTTP 404')
    const slashed = (await house.token('mira')).replaceAll('.', '/')
    for (const dialed of [{ origin: shop }, { origin: 'http://shop.example' }, { token: slashed }]) {
      const socket = await house.dial(path.slice(0, -1), dialed)
      assert.deepEqual(await socket.page(), [])
      await socket.leave()
    }
  })

  test('to a status', async () => {
    const own = house.uuidOf('mira')
    const other = house.uuidOf('hugo')
    for (const path of [`/ws/status/${own}/`, `/ws/chat/${own}/status`]) {
      assert.equal(await refused(path, { origin: 'https://blog.example:8443' }), '4003 this origin is not allowed')
      assert.equal(await refused(path, {}), 'HTTP 403')
      assert.equal(await refused(path, { token: await house.token('mira', '-1s') }), 'HTTP 403')
      assert.equal(await refused(path, { token: await house.token('hugo') }), '4004 no such host')
      const socket = await house.dial(path, { origin: 'https://shop.example' })
      await socket.leave()
    }
    assert.equal(await refused(`/ws/status/${other}x/`, { origin: 'https://shop.example' }), '4004 no such host')
  })

  test('a closed room: its guest takes it up again, its host waits for that or does it over REST', async () => {
    const { room, guest, host } = await house.couple()
    guest.says('먼저')
    await host.hears('먼저')
    host.send({ type: 'notice', is_host: true, message: 'close', datetime: getDatetime() })
    for (const side of [guest, host]) {
      const { datetime: _, ...notice } = await side.hears('closed')
      assert.deepEqual(notice, { type: 'notice', is_host: true, message: 'closed' })
      assert.deepEqual(await side.closed, { code: 1000, reason: 'closed by the host' })
    }
    assert.equal((await house.listed('mira', room)).isClosed, true)
    const token = await house.token('mira')
    const path = `/ws/chat/${room.name}/`
    assert.equal(await refused(path, { token }), '4009 the room is closed')
    assert.equal(await refused(path, { origin: 'https://evil.example' }), '4003 this origin is not allowed')
    assert.equal(await refused(path, { token }), '4009 the room is closed', 'a stranger reopens nothing')
    const back = await house.guest('mira', room)
    assert.deepEqual(texts(await back.page()), ['먼저'])
    assert.equal((await house.listed('mira', room)).isClosed, false)
    const hostBack = await house.host('mira', room)
    await hostBack.page()
    hostBack.send({ type: 'notice', is_host: true, message: 'close' })
    await Promise.all([back.closed, hostBack.closed])
    await house.rest('PATCH', `/api/chat/chatrooms/${room.id}/restore/`, { as: 'mira' })
    const restored = await house.host('mira', room)
    assert.deepEqual(texts(await restored.page()), ['먼저'])
    await restored.leave()
  })

  test('a room that is left is gone for both, at once', async () => {
    const { room, guest, host } = await house.couple()
    guest.says('비밀')
    await host.hears('비밀')
    const left = await house.rest('DELETE', `/api/chat/chatrooms/${room.id}/`, { as: 'mira' })
    assert.equal(left.status, 204)
    for (const side of [guest, host]) assert.deepEqual(await side.closed, { code: 4004, reason: 'no such room' })
    const path = `/ws/chat/${room.name}/`
    assert.equal(await refused(path, { origin: 'https://shop.example' }), '4004 no such room')
    assert.equal(await refused(path, { token: await house.token('mira') }), '4004 no such room')
  })
})

describe('in a room', () => {
  test('nobody writes or closes in the other’s name', async () => {
    const { guest, host } = await house.couple()
    guest.says('나는 주인이다', getDatetime(), true)
    assert.equal((await host.next()).is_host, false)
    host.says('나는 손님이다', getDatetime(), false)
    assert.equal((await guest.hears('나는 손님이다')).is_host, true)
    guest.send({ type: 'notice', is_host: true, message: 'close', datetime: getDatetime() })
    assert.deepEqual(await guest.closed, { code: 4003, reason: 'only the host may close the room' })
    host.says('아직 열려 있다')
    await host.hears('아직 열려 있다')
    await host.leave()
  })

  test('datetimes come back as they were sent, equal messages are two, the order is the server’s', async () => {
    const { room, guest, host } = await house.couple()
    const sent = [
      ['같은 말', '2023-03-23T12:22:12'],
      ['같은 말', '2023-03-23T12:22:12'],
      ['늦은 시계', '2031-01-01T00:00:00.123'],
      ['빠른 시계', '1999-12-31T23:59:59.999'],
    ] as const
    for (const [message, datetime] of sent) guest.says(message, datetime)
    for (const [message, datetime] of sent) {
      const frame = await host.next()
      assert.deepEqual([frame.message, frame.datetime], [message, datetime])
    }
    const again = await house.guest('mira', room)
    assert.deepEqual(
      (await again.page()).map(({ message, datetime }) => [message, datetime]),
      sent.map((one) => [...one]),
    )
    await Promise.all([guest.leave(), host.leave(), again.leave()])
  })

  test('older pages: 50, descending, none skipped or repeated though they share a second; to the asker alone', async () => {
    await using house = await GuestHouse.open({ MESSAGE_BURST: '1000' })
    const room = await house.newRoom('mira')
    const guest = await house.guest('mira', room)
    const host = await house.host('mira', room)
    await Promise.all([guest.page(), host.page()])
    const count = 130
    for (let number = 1; number <= count; number++) {
      // 40 in a second, some with milliseconds.
      const second = String(Math.floor(number / 40)).padStart(2, '0')
      guest.says(`${number}`, `2023-03-23T12:22:${second}${number % 3 === 0 ? '.000' : ''}`)
    }
    await host.hears(`${count}`)
    await guest.hears(`${count}`)
    guest.drain()
    const other = await house.host('mira', room)
    let page = await other.page()
    const seen = texts(page).toReversed()
    assert.equal(page.length, 50)
    for (let oldest = page[0]!; page.length > 0; oldest = page.at(-1) ?? oldest) {
      page = await other.asksBefore(oldest.datetime)
      assert.ok(page.length <= 50)
      seen.push(...texts(page))
    }
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, index) => `${count - index}`),
    )
    assert.deepEqual(guest.drain(), [], 'the other side hears nothing of it')
    await Promise.all([guest.leave(), host.leave(), other.leave()])
  })

  test('frames that make no sense close their sender with the reason, and nobody else', async () => {
    const { room, host } = await house.couple()
    const good = { type: 'chat_message', is_host: false, message: 'x', datetime: '2023-03-23T12:22:12' }
    const bad: [unknown, RegExp][] = [
      ['no json', /^the frame is not JSON$/],
      ['[]', /not a JSON object/],
      ['null', /not a JSON object/],
      [{ ...good, type: 'shout' }, /type must be/],
      [{ ...good, is_host: undefined }, /is_host/],
      [{ ...good, is_host: 'false' }, /is_host/],
      [{ ...good, message: undefined }, /message must be a string/],
      [{ ...good, message: 7 }, /message must be a string/],
      [{ ...good, message: ' \n' }, /empty/],
      [{ ...good, message: 'x'.repeat(1001) }, /at most 1000 characters/],
      [{ ...good, datetime: undefined }, /datetime/],
      [{ ...good, datetime: '2023-03-23 12:22:12' }, /datetime/],
      [{ ...good, datetime: '2023-03-23T12:22:12Z' }, /datetime/],
      [{ ...good, datetime: 20230323122212 }, /datetime/],
      [{ type: 'request', message: 'yesterday' }, /datetime/],
      [{ type: 'request' }, /datetime/],
      [{ type: 'notice' }, /message/],
    ]
    for (const [frame, reason] of bad) {
      const guest = await house.guest('mira', room)
      guest.send(frame as string)
      const closed = await guest.closed
      assert.equal(closed.code, 4000, JSON.stringify(frame))
      assert.match(closed.reason, reason)
    }
    const status = await house.guestStatus('mira')
    status.send(good)
    assert.deepEqual(await status.closed, { code: 4000, reason: 'only notices are understood here' })
    const guest = await house.guest('mira', room)
    guest.says('😀'.repeat(1000))
    assert.equal(
      (await host.hears('😀'.repeat(1000))).is_host,
      false,
      '1,000 characters are 1,000, whatever their size',
    )
    assert.deepEqual(await host.unheard(), [])
    await Promise.all([guest.leave(), host.leave()])
  })

  test('a flood is closed with 4008, what was kept of it is told, and the host writes on', async () => {
    const { room, guest, host } = await house.couple()
    for (let number = 0; number < 150; number++) guest.says(`${number}`)
    const closed = await guest.closed
    assert.equal(closed.code, 4008)
    assert.match(closed.reason, /slow down/)
    host.says('그만')
    await host.hears('그만')
    const heard = host.drain().length
    const { count } = (await house.rest('GET', `/api/chat/chatrooms/${room.id}/chat-messages/`, { as: 'mira' })).body
    assert.ok(count >= 30 && count <= 100, `${count} were kept`)
    assert.ok(heard >= 30)
    await host.leave()
  })
})
