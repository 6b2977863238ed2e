import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { SdkWorld } from '../../test/support/sdk-world.ts'
import { Client, type ClientEvents, type ClientOptions, GitpleLiveError } from './gitple-live.ts'

/** The client's life, in a world in which nothing happens by itself. */

let world: SdkWorld
let told: string[]
beforeEach(() => {
  world = new SdkWorld()
  told = []
})

function clientOf(options: Partial<ClientOptions> = {}): Client {
  const { environment } = world
  const client = new Client({
    app_id: 'shop',
    url: 'https://chat.example/',
    session_token: 'token',
    environment,
    ...options,
  })
  const names = [
    'connected',
    'disconnected',
    'reconnectTry',
    'reconnectSucceed',
    'reconnectFailed',
    'error',
    'gap',
  ] as const
  for (const name of names) client.on(name, (...args: ClientEvents[typeof name]) => void told.push(lineOf(name, args)))
  return client
}

function lineOf(name: string, [first]: readonly unknown[]): string {
  if (first instanceof GitpleLiveError) return `${name} ${first.code}`
  return name
}

async function connected(options: Partial<ClientOptions> = {}, positions: object = {}): Promise<Client> {
  const client = clientOf(options)
  const connecting = client.connectUser({ user_id: 'ana' })
  await world.settle()
  world.socket.welcome(positions)
  await connecting
  told.length = 0
  return client
}

const message = (seq: number, more: object = {}, channel_id = 'room') => ({
  type: 'event',
  event: 'group:message_send',
  channel_id,
  seq,
  data: {
    message: { message_id: seq, channel_id, user: { user_id: 'bo' }, content: String(seq), ...more },
    channel: { channel_id, created_at: 7 },
  },
})

describe('connecting', () => {
  test('the first frame says who it is; the token is not in the address', async () => {
    const client = clientOf()
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
    assert.deepEqual(told, ['connected'])
  })

  test('what can’t be right is refused at once', async () => {
    const wrong = { code: 60101 }
    assert.throws(() => clientOf({ url: 'chat.example' }), wrong)
    assert.throws(() => clientOf({ url: undefined as never }), wrong)
    assert.throws(() => clientOf({ app_id: '' }), wrong)
    const client = clientOf()
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
      const client = clientOf()
      const connecting = client.connectUser({ user_id: 'ana' })
      await world.settle()
      world.socket.drop(close)
      await assert.rejects(connecting, { code })
      assert.deepEqual(told, [`error ${code}`])
      assert.equal(world.nextMs, null)
      assert.equal(client.state, 'closed')
    })
  }

  test('the frame before the close says more than its number', async () => {
    const client = clientOf()
    const connecting = client.connectUser({ user_id: 'ana' })
    await world.settle()
    const error = { code: 60102, name: 'InvalidToken', message: 'of another app' }
    world.socket.say({ type: 'error', error, retry: 'never' })
    world.socket.drop(1006)
    await assert.rejects(connecting, error)
    assert.equal(client.state, 'closed')
  })

  test('tries ten times, then says so and rejects', async () => {
    const client = clientOf()
    const connecting = client.connectUser({ user_id: 'ana' })
    const refused = assert.rejects(connecting, { code: 60902 })
    for (let i = 0; i < 11; i++) {
      await world.settle()
      world.socket.drop()
      await world.pass(10_000)
    }
    await refused
    assert.equal(world.sockets.length, 11)
    assert.equal(told.filter((line) => line === 'reconnectTry').length, 10)
    assert.deepEqual(told.slice(-3), ['error 60902', 'error 60902', 'reconnectFailed 60902'])
  })

  test('disconnectUser ends the attempt', async () => {
    const client = clientOf()
    const connecting = client.connectUser({ user_id: 'ana' })
    client.disconnectUser()
    await assert.rejects(connecting, { code: 60904 })
    assert.equal(world.nextMs, null)
    assert.equal(world.isListening, false)
    assert.deepEqual(told, ['disconnected'])
    client.disconnectUser()
    assert.deepEqual(told, ['disconnected'])
  })

  test('a token’s function is asked again when the token has expired, once', async () => {
    let tokens = 0
    const client = await connected({ session_token: () => `token ${++tokens}` })
    world.socket.drop(4403)
    await world.pass(500)
    assert.equal(world.socket.sent.length, 0)
    world.socket.open()
    assert.equal(world.socket.sent[0].token, 'token 2')
    world.socket.drop(4403)
    assert.deepEqual(told, ['disconnected', 'reconnectTry', 'error 60103', 'reconnectFailed 60103'])
    assert.equal(client.state, 'closed')
  })

  test('a token’s function that fails is tried again', async () => {
    let calls = 0
    const client = clientOf({
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
    assert.deepEqual(told, ['error 60102', 'reconnectTry', 'error 60102', 'reconnectTry', 'connected'])
  })
})

describe('coming back', () => {
  test('it says how far it has heard, and goes on from there', async () => {
    const client = await connected({}, { room: [3, 7] })
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id }) => void heard.push(message_id))
    world.socket.say(message(4), message(4), message(5))
    world.socket.drop()
    assert.equal(client.state, 'connecting')
    await world.pass(250)
    world.socket.open()
    assert.deepEqual(world.socket.sent[0].positions, { room: [5, 7] })
    world.socket.welcome()
    world.socket.say(message(5), message(6))
    assert.deepEqual(heard, [4, 5, 6])
    assert.deepEqual(told, ['disconnected', 'reconnectTry', 'reconnectSucceed'])
  })

  test('what is left over is asked for, in its turn', async () => {
    const client = await connected({}, { one: [1, 7], two: [2, 7] })
    world.socket.drop()
    await world.pass(250)
    world.socket.welcome({}, ['one', 'two'])
    const asked = world.socket.sent.at(-1)
    assert.deepEqual([asked.type, asked.positions], ['resume', { one: [1, 7], two: [2, 7] }])
    assert.equal(client.state, 'connecting')
    world.socket.say(message(2, {}, 'one'))
    world.socket.say({ type: 'reply', ref: asked.ref, ok: true, data: { pending: ['two'] } })
    assert.deepEqual(world.socket.sent.at(-1).positions, { two: [2, 7] })
    world.socket.say({ type: 'reply', ref: asked.ref, ok: true, data: { pending: [] } })
    assert.equal(client.state, 'open')
  })

  test('a hole is not passed over: it comes back for what is missing', async () => {
    const client = await connected({}, { room: [3, 7] })
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id }) => void heard.push(message_id))
    world.socket.say(message(5))
    assert.equal(world.socket.isClosed, true)
    await world.pass(250)
    world.socket.welcome()
    world.socket.say(message(4), { type: 'position', channel_id: 'room', seq: 5 }, message(6))
    assert.deepEqual(heard, [4, 6])
  })

  test('a gap is told, and where it goes on', async () => {
    const client = await connected({}, { room: [3, 7], gone: [1, 7] })
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
    world.socket.say(message(901))
    assert.deepEqual(gaps, [
      { channel_id: 'room', from: 3, to: 900, reason: 'too_many' },
      { channel_id: 'gone', from: 1, to: null, reason: 'left' },
    ])
    world.socket.drop()
    await world.pass(250)
    world.socket.open()
    assert.deepEqual(world.socket.sent[0].positions, { room: [901, 7] })
  })

  test('a channel that one leaves is not resumed', async () => {
    await connected({}, { room: [3, 7] })
    const left = {
      ...message(4),
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
    await connected()
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
    await connected()
    world.returns('online')
    assert.deepEqual(world.socket.sent.at(-1), { type: 'ping' })
    await world.pass(10_000)
    assert.deepEqual(told, ['disconnected'])
  })

  test('silence is asked about after the heart-beat’s time', async () => {
    const client = await connected()
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
    const client = await connected()
    client.on('disconnected', () => client.disconnectUser())
    world.socket.drop()
    assert.equal(client.state, 'closed')
    assert.equal(world.nextMs, null)
  })
})

describe('sending', () => {
  const reply = (ref: number, message_id: number) => ({
    type: 'reply',
    ref,
    ok: true,
    data: { message_id, channel_id: 'room' },
  })
  const refs = (): number[] => world.socket.sent.filter(({ type }) => type === 'send_message').map(({ ref }) => ref)

  test('one under way in each channel, the next when it is acknowledged', async () => {
    const client = await connected()
    const sent = ['a', 'b'].map((content) => client.sendMessage({ channel_id: 'room', content }))
    const other = client.sendMessage({ channel_id: 'other', content: 'c' })
    assert.deepEqual(
      world.socket.sent.slice(1).map(({ content }) => content),
      ['a', 'c'],
    )
    world.socket.say(reply(1, 10))
    assert.deepEqual(
      world.socket.sent.slice(1).map(({ content }) => content),
      ['a', 'c', 'b'],
    )
    world.socket.say(reply(2, 1), reply(3, 11))
    assert.deepEqual(
      (await Promise.all([...sent, other])).map(({ message_id }) => message_id),
      [10, 11, 1],
    )
  })

  test('what is known of it is there at once, and told', async () => {
    const client = await connected()
    const events: unknown[] = []
    client.on('message:pending', ({ client_id }) => void events.push(['pending', client_id]))
    client.on('message:sent', ({ client_id, message_id }) => void events.push(['sent', client_id, message_id]))
    client.on('message:failed', ({ client_id }, { code }) => void events.push(['failed', client_id, code]))
    const first = client.sendMessage({ channel_id: 'room', content: 'a', meta: { k: 1 } })
    assert.equal(first.pending.content, 'a')
    assert.equal(world.socket.sent[1].client_key, first.pending.client_id)
    world.socket.say(reply(1, 10))
    const second = client.sendMessage({ channel_id: 'room', content: 'b' })
    world.socket.say({ type: 'reply', ref: 2, ok: false, error: { code: 1009, name: 'frozen', message: 'frozen' } })
    await assert.rejects(second, { code: 1009, name: 'frozen' })
    const [one, two] = [first.pending.client_id, second.pending.client_id]
    assert.deepEqual(events, [
      ['pending', one],
      ['sent', one, 10],
      ['pending', two],
      ['failed', two, 1009],
    ])
  })

  test('its own copy says which one it is, whether it comes before the acknowledgement or after', async () => {
    const client = await connected()
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id, client_id }) => void heard.push([message_id, client_id]))
    const mine = { user: { user_id: 'ana' } }
    const first = client.sendMessage({ channel_id: 'room', content: 'a' })
    // Another device of hers says something too; which one is ours is known only by the acknowledgement.
    world.socket.say(message(1, mine), message(2, mine), message(3))
    assert.deepEqual(heard, [])
    world.socket.say(reply(1, 2))
    assert.deepEqual(heard, [
      [1, undefined],
      [2, first.pending.client_id],
      [3, undefined],
    ])
    const second = client.sendMessage({ channel_id: 'room', content: 'b' })
    world.socket.say(reply(2, 4), message(4, mine))
    assert.deepEqual(heard.at(-1), [4, second.pending.client_id])
  })

  test('what is cut off is sent again under the same name, before what came later', async () => {
    const client = await connected()
    const sent = ['a', 'b'].map((content) => client.sendMessage({ channel_id: 'room', content }))
    const [first] = world.socket.sent.slice(1)
    world.socket.drop()
    await world.pass(250)
    world.socket.welcome()
    const [again] = world.socket.sent.slice(1)
    assert.equal(again.client_key, first.client_key)
    assert.notEqual(again.ref, first.ref)
    world.socket.say(reply(again.ref, 1))
    world.socket.say(reply(refs().at(-1)!, 2))
    assert.deepEqual(
      (await Promise.all(sent)).map(({ message_id }) => message_id),
      [1, 2],
    )
  })

  test('too fast: it waits and tries again, and nothing overtakes', async () => {
    const client = await connected()
    const sent = ['a', 'b'].map((content) => client.sendMessage({ channel_id: 'room', content }))
    world.socket.say({ type: 'reply', ref: 1, ok: false, error: { code: 9001, name: 'x', message: 'slow down' } })
    assert.equal(refs().length, 1)
    await world.pass(900)
    world.socket.say({ type: 'pong' })
    await world.pass(600)
    assert.equal(refs().length, 2)
    world.socket.say(reply(refs().at(-1)!, 1))
    world.socket.say(reply(refs().at(-1)!, 2))
    assert.deepEqual(
      (await Promise.all(sent)).map(({ message_id }) => message_id),
      [1, 2],
    )
  })

  test('an acknowledgement that doesn’t come makes it come back', async () => {
    const client = await connected()
    void client.sendMessage({ channel_id: 'room', content: 'a' })
    for (let i = 0; i < 10; i++) {
      await world.pass(1000)
      world.socket.say({ type: 'pong' })
    }
    assert.equal(client.state, 'connecting')
  })

  test('there is an end to what waits, and to waiting', async () => {
    const client = await connected({ max_queued_messages: 2 })
    const sent = ['a', 'b', 'c'].map((content) => client.sendMessage({ channel_id: 'room', content }))
    await assert.rejects(sent[2]!, { code: 60904 })
    client.disconnectUser()
    await assert.rejects(sent[0]!, { code: 60904 })
    await assert.rejects(sent[1]!, { code: 60904 })
    await assert.rejects(client.sendMessage({ channel_id: 'room', content: 'd' }), { code: 60904 })
  })
})

describe('requests', () => {
  test('without a connection they are refused at once, and nobody hears of it who didn’t ask', async () => {
    const client = clientOf()
    let unhandled = 0
    const count = (): void => void unhandled++
    process.on('unhandledRejection', count)
    void client.markRead({ channel_id: 'room' })
    void client.getChannel({ channel_id: 'room' })
    void client.sendMessage({ channel_id: 'room', content: 'x' })
    void client.updateMessage({ channel_id: 'room', message_id: 1, content: 'x' })
    void client.sendFile({ channel_id: 'room', file: new Blob(['x']) })
    void client.connectUser({} as never)
    await world.pass(60_000)
    await world.settle()
    process.off('unhandledRejection', count)
    assert.equal(unhandled, 0)
    await assert.rejects(client.markRead({ channel_id: 'room' }), { code: 60904 })
    await assert.rejects(client.getChannel({ channel_id: 'room' }), { code: 60902 })
  })

  test('a reply that comes twice is one', async () => {
    const client = await connected()
    const marked = client.markRead({ channel_id: 'room' })
    world.socket.say({ type: 'reply', ref: 1, ok: true }, { type: 'reply', ref: 1, ok: false, error: { code: 1 } })
    await marked
  })

  test('frames of a later server are passed over', async () => {
    const client = await connected()
    world.socket.say(
      { type: 'news' },
      { type: 'event', event: 'toString', data: {} },
      { type: 'event', event: 'group:new', data: {} },
    )
    world.socket.onmessage?.({ data: 'no json' })
    world.socket.onmessage?.({ data: 'null' })
    assert.equal(client.state, 'open')
  })
})
