import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { GitpleliveRest } from '../support/gitplelive-rest.ts'
import { GroupLine } from '../support/group-line.ts'
import { GroupSockets, socketsOf } from '../support/group-sockets.ts'

/** The SDK's protocol frame by frame: who is let in, and what is answered. */

let house: GroupSockets
let rest: GitpleliveRest
beforeEach(async () => {
  house = await GroupSockets.open()
  rest = house.rest
})
afterEach(() => house[Symbol.asyncDispose]())

const dayMs = 24 * 3600 * 1000

describe('who is let in', () => {
  test('the welcome says who it is, and where its channels stand', async () => {
    await rest.say('channel_1', 'bo', 'before')
    const line = await house.dial('ana')
    const [welcome, ready] = line.heard
    const { json: channel } = await rest.platform('GET', '/group/channels/channel_1')
    assert.deepEqual(welcome, {
      type: 'welcome',
      version: 1,
      capabilities: ['resume', 'typing', 'receipts', 'users'],
      heartbeat_ms: 25_000,
      user: { user_id: 'ana', name: 'ana', created_at: rest.now, updated_at: rest.now },
      positions: { channel_1: [1, channel.created_at] },
    })
    assert.deepEqual(ready, { type: 'ready', pending: [] })
  })

  for (const [what, change, code] of [
    ['a token that is none', { token: 'nonsense' }, 60102],
    ['another app', { app_id: 'school_app' }, 60102],
    ['an app that is not there', { app_id: 'nobody' }, 60102],
    ['another user', { user_id: 'bo' }, 60102],
    ['a version of the future', { version: 2 }, 60101],
    ['no version', { version: undefined }, 60101],
    ['positions that are none', { positions: { channel_1: 7 } }, 60101],
    ['a position of another kind', { positions: { channel_1: [-1, 0.5] } }, 60101],
    ['capabilities that are none', { capabilities: 'resume' }, 60101],
  ] as const) {
    test(`not: ${what}`, async () => {
      const line = new GroupLine(house.sockets.accept)
      line.send(await house.hello('ana', change))
      const close = await line.first('closed')
      assert.equal(close.retry, 'never')
      assert.equal(close.code, code === 60102 ? 'unauthorized' : 'invalid')
      assert.deepEqual(line.heard, [])
    })
  }

  test('not: a token that has expired, which is told apart', async () => {
    const { json } = await rest.platform('POST', '/users/ana/token', { expires_at: rest.now + 1000 })
    rest.pass(1000)
    const line = new GroupLine(house.sockets.accept)
    line.send(await house.hello('ana', { token: json.token }))
    assert.equal((await line.first('closed')).reason, 'the session token has expired')
  })

  test('not: one that says nothing for long, or something else first, or hello twice', async () => {
    const silent = new GroupLine(house.sockets.accept)
    house.sockets.sweep(rest.now + 9999)
    assert.ok(silent.isOpen)
    house.sockets.sweep(rest.now + 10_000)
    assert.equal(silent.closedWith?.retry, 'later')

    const hasty = new GroupLine(house.sockets.accept)
    hasty.send({ type: 'send_message', ref: 1, channel_id: 'channel_1', content: 'hi' })
    assert.equal(hasty.closedWith?.code, 'invalid')

    const twice = await house.dial('ana')
    twice.send(await house.hello('ana'))
    assert.equal(twice.closedWith?.code, 'invalid')
  })

  test('a token that expires ends the connection', async () => {
    const line = await house.dial('ana')
    house.sockets.sweep(rest.now + dayMs - 1)
    assert.ok(line.isOpen)
    house.sockets.sweep(rest.now + dayMs)
    assert.equal(line.closedWith?.reason, 'the session token has expired')
  })

  test('a token that is revoked ends the connection, and only its own user’s', async () => {
    const [ana, bo] = [await house.dial('ana'), await house.dial('bo')]
    await rest.platform('DELETE', '/users/ana/token')
    assert.equal(ana.closedWith?.reason, 'the session token is not valid')
    assert.ok(bo.isOpen)
  })

  test('a user that is removed hears so at last', async () => {
    const line = await house.dial('ana')
    await rest.platform('DELETE', '/users/ana')
    await line.first('closed')
    assert.deepEqual(line.heard.at(-1), { type: 'event', event: 'user_delete', data: { user: { user_id: 'ana' } } })
  })
})

describe('requests', () => {
  test('each is answered once, with its ref', async () => {
    const line = await house.dial('ana')
    const reply = await line.ask(7, 'send_message', { channel_id: 'channel_1', content: '안녕' })
    assert.equal(reply.ok, true)
    assert.equal(reply.data.message_id, 1)
    assert.equal(reply.data.user.user_id, 'ana')
    await line.ask(8, 'mark_read', { channel_id: 'channel_1' })
    assert.equal(line.heard.filter(({ type }) => type === 'reply').length, 2)
  })

  test('what is refused says why, in the platform’s codes', async () => {
    const line = await house.dial('ana')
    const refused = async (type: string, input: object): Promise<number> => {
      const { ok, error } = await line.ask(Math.floor(line.heard.length + 100), type, input)
      assert.equal(ok, false)
      return error.code
    }
    assert.equal(await refused('no_such_request', {}), 1001)
    assert.equal(await refused('toString', {}), 1001)
    assert.equal(await refused('__proto__', {}), 1001)
    assert.equal(await refused('send_message', { channel_id: 'channel_1' }), 1001)
    assert.equal(await refused('send_message', { channel_id: 'other_one', content: 'x' }), 1003)
    assert.equal(await refused('send_message', { channel_id: 'channel_1', content: 'x', user_id: 'bo' }), 3001)
    assert.equal(await refused('create_user', { user_id: 'dee', name: 'Dee' }), 3001)
    await rest.platform('PUT', '/group/channels/channel_1/freeze', { freeze: true })
    assert.equal(await refused('send_message', { channel_id: 'channel_1', content: 'x' }), 1009)
    assert.ok(line.isOpen)
  })

  test('the same message again is answered with the first', async () => {
    const line = await house.dial('ana')
    const input = { channel_id: 'channel_1', content: 'once', client_key: 'k' }
    const [first, second] = await Promise.all([line.ask(1, 'send_message', input), line.ask(2, 'send_message', input)])
    assert.equal(first.data.message_id, second.data.message_id)
    assert.deepEqual(line.events, ['1 group:message_send'])
  })

  test('there is a limit to what is asked', async () => {
    const line = await house.dial('ana')
    const positions = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`channel_${n}`, [1, 1]]))
    assert.equal((await line.ask(1, 'resume', { positions })).error.code, 1001)
    await using busy = await GitpleliveRest.open({ bursts: { reads: 3 } })
    await busy.users('ana')
    const own = new GroupLine(socketsOf(busy).accept)
    own.send(await house.hello('ana', { token: await busy.token('ana') }))
    await own.first('ready')
    const codes = await Promise.all([1, 2, 3].map((ref) => own.ask(ref, 'list_channels')))
    assert.deepEqual(
      codes.map(({ error }) => error?.code),
      [undefined, undefined, 9001],
    )
  })

  test('what can’t be answered ends the connection', async () => {
    for (const frame of [
      '',
      'null',
      '[]',
      '{',
      '"hi"',
      '{}',
      '{"type":7}',
      '{"type":"mark_read"}',
      '{"type":"x","ref":"1"}',
    ]) {
      const line = await house.dial('ana')
      line.send(frame)
      assert.equal(line.closedWith?.code, 'invalid', frame)
    }
  })

  test('a ping is answered', async () => {
    const line = await house.dial('ana')
    line.send({ type: 'ping' })
    assert.deepEqual(line.heard.at(-1), { type: 'pong' })
  })

  test('too many frames end the connection, which may come back', async () => {
    const line = await house.dial('ana')
    for (let i = 0; i < 1001; i++) line.send({ type: 'ping' })
    assert.deepEqual([line.closedWith?.code, line.closedWith?.retry], ['flood', 'later'])
  })
})
