import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { sign } from '../../src/wire/pusher/signatures.ts'
import { eventually } from '../support/eventually.ts'
import { LaravelHouse, laravelApps } from '../support/laravel-house.ts'
import { pusherApi, RawPusher, type RawFrame } from '../support/pusher-clients.ts'

/** The frames themselves, and what a client gets that doesn't keep to them. */

/** The connections of its shop, as whichever node is asked counts them. */
async function connectionsOf(at: LaravelHouse): Promise<number> {
  const answer = await pusherApi(at).get({ path: '/connections' })
  return ((await answer.json()) as { connections: number }).connections
}

let house: LaravelHouse
before(
  async () =>
    (house = await LaravelHouse.open({
      env: { PUSHER_SUBSCRIPTIONS_MAX: '5', PRESENCE_MEMBERS_MAX: '3', CLIENT_EVENTS_PER_SECOND: '3' },
      blog: { clientEvents: false },
    })),
)
after(() => house[Symbol.asyncDispose]())

const { key, secret } = laravelApps.shop
const authOf = (raw: RawPusher, channel: string, data?: string): string =>
  `${key}:${sign(secret, [raw.socketId, channel, ...(data === undefined ? [] : [data])].join(':'))}`
const enter = (raw: RawPusher, channel: string, data?: string): void =>
  raw.says('pusher:subscribe', { channel, auth: authOf(raw, channel, data), channel_data: data })
const entered = async (raw: RawPusher, channel: string, data?: string): Promise<RawFrame> => {
  enter(raw, channel, data)
  return raw.hears('pusher_internal:subscription_succeeded')
}

describe('the first frame', () => {
  for (const [path, code] of [
    [`/app/${key}`, 4008],
    [`/app/${key}?protocol=x`, 4006],
    [`/app/${key}?protocol=`, 4006],
    [`/app/${key}?protocol=4`, 4007],
    [`/app/${key}?protocol=8`, 4007],
    ['/app/nobody?protocol=7', 4001],
    ['/app/__proto__?protocol=7', 4001],
    ['/app/?protocol=7', 4005],
    ['/app?protocol=7', 4005],
  ] as const) {
    test(`${path}: ${code}, said and closed`, async () => {
      const raw = new RawPusher(house.wsUrl + path)
      const [frame, ...more] = await raw.rest()
      assert.equal(frame?.event, 'pusher:error')
      const { code: said, message } = frame.data as { code: number; message: string }
      assert.equal(said, code)
      assert.deepEqual(await raw.closed, { code, reason: message })
      assert.deepEqual(more, [])
    })
  }

  test('a socket id of two numbers, another one each time', async () => {
    const ids = new Set<string>()
    for (let n = 0; n < 20; n++) {
      const raw = await RawPusher.dial(house)
      assert.match(raw.socketId, /^\d+\.\d+$/)
      ids.add(raw.socketId)
      raw.socket.close()
    }
    assert.equal(ids.size, 20)
  })

  test('older clients and ones that say more', async () => {
    for (const query of ['protocol=5', 'client=java-client&protocol=6&version=2.4', 'protocol=7&x=__proto__&x=%']) {
      const raw = new RawPusher(`${house.wsUrl}/app/${key}?${query}`)
      await raw.hears('pusher:connection_established')
      raw.socket.close()
    }
  })

  test('over capacity: come back later', async () => {
    const small = await LaravelHouse.open({ env: { PUSHER_CONNECTIONS_MAX: '1' } })
    const first = await RawPusher.dial(small)
    await eventually(async () => assert.equal(await connectionsOf(small), 1))
    const second = new RawPusher(`${small.wsUrl}/app/${key}?protocol=7`)
    assert.equal((await second.closed).code, 4100)
    // The other app has its own room.
    const other = await RawPusher.dial(small, 'blog')
    first.socket.close()
    await first.closed
    // The server may hear of the good-bye a little later.
    let third: RawPusher
    do third = new RawPusher(`${small.wsUrl}/app/${key}?protocol=7`)
    while (
      await Promise.race([
        third.closed.then(() => true),
        third.hears('pusher:connection_established').then(() => false),
      ])
    )
    for (const one of [third, other]) one.socket.close()
    await small[Symbol.asyncDispose]()
  })
})

describe('subscriptions', () => {
  test('frames of the three kinds', async () => {
    const raw = await RawPusher.dial(house)
    const event = 'pusher_internal:subscription_succeeded'
    raw.says('pusher:subscribe', { channel: 'public' })
    assert.deepEqual(await raw.hears(event), { event, channel: 'public', data: '{}' })
    assert.deepEqual(await entered(raw, 'private-x'), { event, channel: 'private-x', data: '{}' })
    const member = '{"user_id":10,"user_info":{"name":"Mr. Channels"}}'
    assert.deepEqual(await entered(raw, 'presence-x', member), {
      event,
      channel: 'presence-x',
      data: '{"presence":{"ids":["10"],"hash":{"10":{"name":"Mr. Channels"}},"count":1}}',
    })
    raw.socket.close()
  })

  test('refusals name the channel, and the connection lives on', async () => {
    const raw = await RawPusher.dial(house)
    const member = '{"user_id":"1"}'
    const refusals: [object, string, number][] = [
      [{ channel: 'private-x' }, 'AuthError', 401],
      [{ channel: 'private-x', auth: `${key}:` }, 'AuthError', 401],
      [{ channel: 'private-x', auth: authOf(raw, 'private-y') }, 'AuthError', 401],
      [{ channel: 'private-x', auth: authOf(raw, 'private-x'), channel_data: '{}' }, 'AuthError', 401],
      [
        { channel: 'private-x', auth: `blog-key:${sign('blog secret', `${raw.socketId}:private-x`)}` },
        'AuthError',
        401,
      ],
      [{ channel: 'presence-x', auth: authOf(raw, 'presence-x') }, 'AuthError', 401],
      [{ channel: 'presence-x', auth: authOf(raw, 'presence-x', '{'), channel_data: '{' }, 'AuthError', 400],
      [{ channel: 'presence-x', auth: authOf(raw, 'presence-x', '7'), channel_data: '7' }, 'AuthError', 400],
      [{ channel: 'presence-x', auth: authOf(raw, 'presence-x', '{}'), channel_data: '{}' }, 'AuthError', 400],
      [{ channel: '#server-to-user-1' }, 'AuthError', 401],
      [{ channel: 'chat:room1' }, 'InvalidChannel', 400],
      [{ channel: '__proto__ ' }, 'InvalidChannel', 400],
    ]
    const large = JSON.stringify({ user_id: '1', user_info: 'x'.repeat(2047) })
    refusals.push([
      { channel: 'presence-x', auth: authOf(raw, 'presence-x', large), channel_data: large },
      'LimitReached',
      413,
    ])
    for (const [data, type, status] of refusals) {
      raw.says('pusher:subscribe', data)
      const { channel, data: said } = await raw.hears('pusher:subscription_error')
      const { error, ...rest } = said as { error: string }
      assert.deepEqual({ channel, ...rest }, { channel: (data as { channel: string }).channel, type, status })
      assert.ok(error.length > 0)
    }
    await entered(raw, 'presence-x', member)
    raw.socket.close()
  })

  test('a presence channel without channel_data is entered as who signed in', async () => {
    const raw = await RawPusher.dial(house)
    raw.says('pusher:signin', pusherApi(house).authenticateUser(raw.socketId, { id: 'dan', user_info: { a: 1 } }))
    await raw.hears('pusher:signin_success')
    const { data } = await entered(raw, 'presence-signed')
    assert.equal(data, '{"presence":{"ids":["dan"],"hash":{"dan":{"a":1}},"count":1}}')
    raw.socket.close()
  })

  test('a sign-in that is not the application’s ends the connection', async () => {
    for (const [userData, signed] of [
      ['{"id":"1"}', '{"id":"2"}'],
      ['{"id":1}', '{"id":1}'],
      ['{}', '{}'],
      ['[]', '[]'],
      ['x', 'x'],
    ] as const) {
      const raw = await RawPusher.dial(house)
      const auth = `${key}:${sign(secret, `${raw.socketId}::user::${signed}`)}`
      raw.says('pusher:signin', { auth, user_data: userData })
      assert.equal((await raw.closed).code, 4009)
    }
  })

  test('twice, too many, and again after leaving', async () => {
    const raw = await RawPusher.dial(house)
    for (const n of [1, 2, 3, 4, 5]) await entered(raw, `c${n}`)
    enter(raw, 'c1')
    assert.deepEqual((await raw.hears('pusher:error')).data, {
      code: null,
      message: 'Existing subscription to channel c1',
    })
    enter(raw, 'c6')
    assert.equal(((await raw.hears('pusher:subscription_error')).data as { type: string }).type, 'LimitReached')
    raw.says('pusher:unsubscribe', { channel: 'c1' })
    raw.says('pusher:unsubscribe', { channel: 'c1' })
    raw.says('pusher:unsubscribe', { channel: 'never' })
    await entered(raw, 'c6')
    assert.deepEqual(await raw.unheard(), [])
    raw.socket.close()
  })

  test('a presence channel has room for so many users, whatever the number of their pages', async () => {
    const raws = await Promise.all([1, 2, 3, 4].map(() => RawPusher.dial(house)))
    const knowing: Promise<RawFrame>[][] = []
    for (const [n, raw] of raws.slice(0, 3).entries()) {
      const { data } = await entered(raw, 'presence-full', `{"user_id":"${n}"}`)
      const { count } = (JSON.parse(String(data)) as { presence: { count: number } }).presence
      knowing.push(Array.from({ length: 3 - count }, () => raw.hears('pusher_internal:member_added')))
    }
    // On several nodes: each of them knows of all three.
    await Promise.all(knowing.flat())
    const [first, , , last] = raws as [RawPusher, RawPusher, RawPusher, RawPusher]
    enter(last, 'presence-full', '{"user_id":"3"}')
    assert.equal(((await last.hears('pusher:subscription_error')).data as { type: string }).type, 'LimitReached')
    await entered(last, 'presence-full', '{"user_id":"0"}')
    for (const one of raws) one.socket.close()
    await first.closed
  })
})

describe('client events', () => {
  const code = async (raw: RawPusher): Promise<unknown> =>
    ((await raw.hears('pusher:error')).data as { code: number }).code

  test('only in channels that take them, only from those who are in', async () => {
    const [raw, other] = [await RawPusher.dial(house), await RawPusher.dial(house)]
    for (const one of [raw, other]) {
      await entered(one, 'public')
      await entered(one, 'private-encrypted-x')
    }
    await entered(other, 'private-x')
    for (const channel of ['public', 'private-encrypted-x', 'private-x', 'private-nobody']) {
      raw.says('client-x', {}, channel)
      assert.equal(await code(raw), 4301, channel)
    }
    raw.says('x', {}, 'private-x')
    assert.equal(await code(raw), 4301, 'a name without client-')
    raw.says('pusher_internal:member_added', '{}', 'public')
    assert.deepEqual([await raw.unheard(), await other.unheard()], [[], []])
    for (const one of [raw, other]) one.socket.close()
  })

  test('as they came, to the others', async () => {
    const [raw, other] = [await RawPusher.dial(house), await RawPusher.dial(house)]
    for (const one of [raw, other]) await entered(one, 'presence-w', '{"user_id":"1"}')
    raw.send('{"event":"client-x","channel":"presence-w","data":{"__proto__":1,"b":"\\u00fc"},"user_id":"2"}')
    assert.deepEqual(await other.hears('client-x'), {
      event: 'client-x',
      channel: 'presence-w',
      data: JSON.parse('{"__proto__":1,"b":"ü"}'),
      user_id: '1',
    })
    assert.deepEqual(await raw.unheard(), [])
    for (const one of [raw, other]) one.socket.close()
  })

  test('not too many, and not in an app that wants none', async () => {
    const raw = await RawPusher.dial(house)
    await entered(raw, 'private-x')
    for (let n = 0; n < 4; n++) raw.says('client-x', {}, 'private-x')
    assert.equal(await code(raw), 4301)
    assert.equal((await raw.unheard()).length, 0, 'the first three were taken')
    const blog = await RawPusher.dial(house, 'blog')
    blog.says('pusher:subscribe', {
      channel: 'private-x',
      auth: `blog-key:${sign('blog secret', `${blog.socketId}:private-x`)}`,
    })
    await blog.hears('pusher_internal:subscription_succeeded')
    blog.says('client-x', {}, 'private-x')
    assert.equal(await code(blog), 4301)
    for (const one of [raw, blog]) one.socket.close()
  })
})

describe('hostile frames', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  for (const text of [
    '',
    'x',
    '{',
    'null',
    '[]',
    '"x"',
    '{"event":{}}',
    '{"event":"pusher:subscribe"}',
    '{"event":"pusher:subscribe","data":{"channel":{"__proto__":null}}}',
    '{"event":"pusher:signin","data":{}}',
    deep,
    `{"event":"client-x","channel":"private-x","data":${deep}}`,
    `{"event":"pusher:subscribe","data":${JSON.stringify(deep)}}`,
  ]) {
    test(`${text.slice(0, 60)}: told, and the connection lives on`, async () => {
      const raw = await RawPusher.dial(house)
      raw.send(text)
      const { data } = await raw.hears('pusher:error')
      const { code } = data as { code: number }
      assert.ok(code >= 4300 && code <= 4399, String(code))
      assert.deepEqual(await raw.unheard(), [])
      raw.socket.close()
    })
  }

  test('too large, binary, not UTF-8', async () => {
    const codes = [
      ['x'.repeat(200_000), 1009],
      [Buffer.from([0xff, 0xfe]), 1003],
    ] as const
    for (const [data, code] of codes) {
      const raw = await RawPusher.dial(house)
      raw.send(data)
      assert.equal((await raw.closed).code, code)
    }
    const raw = await RawPusher.dial(house)
    raw.send(Buffer.from('{"event":"pusher:ping","data":{}}'))
    await raw.hears('pusher:pong')
    raw.socket.close()
  })

  test('a flood is told to come back later', async () => {
    const raw = await RawPusher.dial(house)
    for (let n = 0; n < 300; n++) raw.says('pusher:ping', {})
    assert.equal((await raw.closed).code, 4100)
  })

  test('who doesn’t read is told to come back later, and the others are not kept waiting', async () => {
    const small = await LaravelHouse.open({ env: { OUTBOX_MAX_BYTES: '524288' } })
    const [slow, other] = [await RawPusher.dial(small), await RawPusher.dial(small)]
    for (const one of [slow, other]) await entered(one, 'x')
    await eventually(async () => assert.equal(await connectionsOf(small), 2))
    slow.socket.pause()
    const api = pusherApi(small)
    const batch = Array.from({ length: 10 }, () => ({ channel: 'x', name: 'said', data: 'x'.repeat(10_000) }))
    let left: number
    do {
      await api.triggerBatch(batch)
      for (let n = 0; n < 10; n++) await other.hears('said')
      left = await connectionsOf(small)
    } while (left === 2)
    slow.socket.resume()
    assert.equal((await slow.closed).code, 4100)
    other.socket.close()
    await small[Symbol.asyncDispose]()
  })

  test('addresses that are nobody’s', async () => {
    for (const path of ['/app%2f', '/apps/shop-id/events', '/application/x', '/app/a/b']) {
      const socket = new WebSocket(house.wsUrl + path)
      const status = await new Promise((resolve) => {
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
        socket.on('error', () => {})
      })
      assert.equal(status, 404, path)
      socket.terminate()
    }
  })

  test('nothing of all that was a fault of ours', () => assert.deepEqual(house.log.of('error'), []))
})
