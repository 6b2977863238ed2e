import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { messageFrame, SdkClients } from '../../test/support/sdk-clients.ts'

/** How a client comes, goes and comes back, in a world in which nothing happens by itself. */

let world: SdkClients
beforeEach(() => {
  world = new SdkClients()
})

describe('connecting', () => {
  test('the first frame says who it is; the token is not in the address', async () => {
    const client = world.client()
    assert.equal(client.state, 'closed')
    const connecting = client.connectUser({ user_id: 'ana' })
    await world.settle()
    assert.equal(client.state, 'connecting')
    assert.equal(world.socket.url, 'wss://chat.example/v1/socket')
    world.socket.welcome()
    assert.equal((await connecting).name, 'Ana')
    assert.equal(client.state, 'open')
    const [{ token, app_id, user_id, type, version }] = world.socket.sent
    assert.deepEqual([type, version, app_id, user_id, token], ['hello', 1, 'shop', 'ana', 'token'])
    assert.deepEqual(world.told, ['connected'])
  })

  test('what can’t be right is refused at once', async () => {
    const wrong = { code: 60101 }
    assert.throws(() => world.client({ url: 'chat.example' }), wrong)
    assert.throws(() => world.client({ url: undefined as never }), wrong)
    assert.throws(() => world.client({ app_id: '' }), wrong)
    const client = world.client()
    await assert.rejects(client.connectUser({ user_id: '' }), wrong)
    await assert.rejects(client.connectUser(undefined as never), wrong)
    await assert.rejects(
      Promise.all([client.connectUser({ user_id: 'a' }), client.connectUser({ user_id: 'b' })]),
      wrong,
    )
  })

  for (const [close, code] of [
    [4401, 60102],
    [4403, 60103],
    [4400, 60101],
  ] as const) {
    test(`close code ${close}: refused for good with ${code}`, async () => {
      const client = world.client()
      const connecting = client.connectUser({ user_id: 'ana' })
      await world.settle()
      world.socket.drop(close)
      await assert.rejects(connecting, { code })
      assert.deepEqual(world.told, [`error ${code}`])
      assert.equal(world.nextMs, null)
      assert.equal(client.state, 'closed')
    })
  }

  test('the frame before the close says more than its number', async () => {
    const client = world.client()
    const connecting = client.connectUser({ user_id: 'ana' })
    await world.settle()
    const error = { code: 60102, name: 'InvalidToken', message: 'of another app' }
    world.socket.say({ type: 'error', error, retry: 'never' })
    world.socket.drop(1006)
    await assert.rejects(connecting, error)
    assert.equal(client.state, 'closed')
  })

  test('tries ten times, then says so and rejects', async () => {
    const client = world.client()
    const connecting = client.connectUser({ user_id: 'ana' })
    const refused = assert.rejects(connecting, { code: 60902 })
    for (let i = 0; i < 11; i++) {
      await world.settle()
      world.socket.drop()
      await world.pass(10_000)
    }
    await refused
    assert.equal(world.sockets.length, 11)
    assert.equal(world.told.filter((line) => line === 'reconnectTry').length, 10)
    assert.deepEqual(world.told.slice(-3), ['error 60902', 'error 60902', 'reconnectFailed 60902'])
  })

  test('disconnectUser ends the attempt', async () => {
    const client = world.client()
    const connecting = client.connectUser({ user_id: 'ana' })
    client.disconnectUser()
    await assert.rejects(connecting, { code: 60904 })
    assert.equal(world.nextMs, null)
    assert.equal(world.isListening, false)
    assert.deepEqual(world.told, ['disconnected'])
    client.disconnectUser()
    assert.deepEqual(world.told, ['disconnected'])
  })

  test('a token’s function is asked again when the token has expired, once', async () => {
    let tokens = 0
    const client = await world.connected({ session_token: () => `token ${++tokens}` })
    world.socket.drop(4403)
    await world.pass(500)
    assert.equal(world.socket.sent.length, 0)
    world.socket.open()
    assert.equal(world.socket.sent[0].token, 'token 2')
    world.socket.drop(4403)
    assert.deepEqual(world.told, ['disconnected', 'reconnectTry', 'error 60103', 'reconnectFailed 60103'])
    assert.equal(client.state, 'closed')
  })

  test('a token’s function that fails is tried again', async () => {
    let calls = 0
    const client = world.client({
      session_token: async () => {
        if (++calls < 3) throw new Error('the backend is away')
        return 'token'
      },
    })
    const connecting = client.connectUser({ user_id: 'ana' })
    await world.settle()
    await world.pass(2000)
    world.socket.welcome()
    await connecting
    assert.deepEqual(world.told, ['error 60102', 'reconnectTry', 'error 60102', 'reconnectTry', 'connected'])
  })
})

describe('coming back', () => {
  test('it says how far it has heard, and goes on from there', async () => {
    const client = await world.connected({}, { room: [3, 7] })
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id }) => void heard.push(message_id))
    world.socket.say(messageFrame(4), messageFrame(4), messageFrame(5))
    world.socket.drop()
    assert.equal(client.state, 'connecting')
    await world.pass(250)
    world.socket.open()
    assert.deepEqual(world.socket.sent[0].positions, { room: [5, 7] })
    world.socket.welcome()
    world.socket.say(messageFrame(5), messageFrame(6))
    assert.deepEqual(heard, [4, 5, 6])
    assert.deepEqual(world.told, ['disconnected', 'reconnectTry', 'reconnectSucceed'])
  })

  test('what is left over is asked for, in its turn', async () => {
    const client = await world.connected({}, { one: [1, 7], two: [2, 7] })
    world.socket.drop()
    await world.pass(250)
    world.socket.welcome({}, ['one', 'two'])
    const asked = world.socket.sent.at(-1)
    assert.deepEqual([asked.type, asked.positions], ['resume', { one: [1, 7], two: [2, 7] }])
    assert.equal(client.state, 'connecting')
    world.socket.say(messageFrame(2, {}, 'one'))
    world.socket.say({ type: 'reply', ref: asked.ref, ok: true, data: { pending: ['two'] } })
    assert.deepEqual(world.socket.sent.at(-1).positions, { two: [2, 7] })
    world.socket.say({ type: 'reply', ref: asked.ref, ok: true, data: { pending: [] } })
    assert.equal(client.state, 'open')
  })

  test('a hole is not passed over: it comes back for what is missing', async () => {
    const client = await world.connected({}, { room: [3, 7] })
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id }) => void heard.push(message_id))
    world.socket.say(messageFrame(5))
    assert.equal(world.socket.isClosed, true)
    await world.pass(250)
    world.socket.welcome()
    world.socket.say(messageFrame(4), { type: 'position', channel_id: 'room', seq: 5 }, messageFrame(6))
    assert.deepEqual(heard, [4, 6])
  })

  test('a gap is world.told, and where it goes on', async () => {
    const client = await world.connected({}, { room: [3, 7], gone: [1, 7] })
    const gaps: unknown[] = []
    client.on('gap', (gap) => void gaps.push(gap))
    world.socket.drop()
    await world.pass(250)
    world.socket.open()
    world.socket.say(
      { type: 'gap', channel_id: 'room', position: [900, 7], reason: 'too_many' },
      { type: 'gap', channel_id: 'gone', position: null, reason: 'left' },
    )
    world.socket.welcome()
    world.socket.say(messageFrame(901))
    assert.deepEqual(gaps, [
      { channel_id: 'room', from: 3, to: 900, reason: 'too_many' },
      { channel_id: 'gone', from: 1, to: null, reason: 'left' },
    ])
    world.socket.drop()
    await world.pass(250)
    world.socket.open()
    assert.deepEqual(world.socket.sent[0].positions, { room: [901, 7] })
  })

  test('a gap is told after what was heard before it, and was held back', async () => {
    const client = await world.connected({}, { room: [3, 7] })
    const told: unknown[] = []
    client.on('gap', ({ to }) => void told.push(`gap to ${to}`))
    client.on('group:message_send', ({ message_id }) => void told.push(message_id))
    const sending = client.sendMessage({ channel_id: 'room', content: 'hello' })
    // Its own, as far as it knows: the answer is lost.
    world.socket.say(messageFrame(4, { user: { user_id: 'ana' } }))
    world.socket.drop()
    await world.pass(250)
    world.socket.open()
    world.socket.say({ type: 'gap', channel_id: 'room', position: [9, 7], reason: 'unknown' })
    world.socket.welcome()
    world.socket.say(messageFrame(10))
    assert.deepEqual(told, [])
    const [{ ref }] = world.socket.sent.slice(-1)
    world.socket.say({ type: 'reply', ref, ok: true, data: { message_id: 4, channel_id: 'room' } })
    await sending
    assert.deepEqual(told, [4, 'gap to 9', 10])
  })

  test('a channel that one leaves is not resumed', async () => {
    await world.connected({}, { room: [3, 7] })
    const left = {
      ...messageFrame(4),
      event: 'group:channel_leave',
      data: { user: { user_id: 'ana' }, channel: { created_at: 7 } },
    }
    world.socket.say(left)
    world.socket.drop()
    await world.pass(250)
    world.socket.open()
    assert.deepEqual(world.socket.sent[0].positions, {})
  })

  test('the machine that is online again, or looked at, doesn’t wait', async () => {
    await world.connected()
    world.socket.drop()
    world.returns('visible')
    await world.settle()
    assert.equal(world.sockets.length, 2)
    world.socket.drop()
    world.returns('online')
    await world.settle()
    assert.equal(world.sockets.length, 3)
    assert.equal(world.now, 0)
  })

  test('a connection that is open is asked whether it still is', async () => {
    await world.connected()
    world.returns('online')
    assert.deepEqual(world.socket.sent.at(-1), { type: 'ping' })
    await world.pass(10_000)
    assert.deepEqual(world.told, ['disconnected'])
  })

  test('silence is asked about after the heart-beat’s time', async () => {
    const client = await world.connected()
    await world.pass(999)
    assert.equal(world.socket.sent.length, 1)
    await world.pass(1)
    assert.deepEqual(world.socket.sent.at(-1), { type: 'ping' })
    world.socket.say({ type: 'pong' })
    await world.pass(10_000)
    assert.equal(client.state, 'open')
    assert.equal(world.socket.sent.filter(({ type }) => type === 'ping').length, 2)
    await world.pass(10_000)
    assert.equal(client.state, 'connecting')
  })

  test('disconnectUser in the handler of disconnected ends it', async () => {
    const client = await world.connected()
    client.on('disconnected', () => client.disconnectUser())
    world.socket.drop()
    assert.equal(client.state, 'closed')
    assert.equal(world.nextMs, null)
  })
})
