import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { RateLimit } from '../../src/core/limits.ts'
import { GitpleliveSockets } from '../../src/protocols/gitplelive/socket/sockets.ts'
import { GitpleliveRest } from '../support/gitplelive-rest.ts'
import { GroupLine } from '../support/group-line.ts'

/** The SDK's protocol frame by frame: who is let in, what is answered, what is told, and to whom. */

const dayMs = 24 * 3600 * 1000

let rest: GitpleliveRest
let sockets: GitpleliveSockets
beforeEach(async () => {
  rest = await GitpleliveRest.open()
  sockets = socketsOf(rest)
  await rest.users('ana', 'bo', 'cy')
  await rest.channel('channel_1', 'ana', 'bo')
})
afterEach(() => rest[Symbol.asyncDispose]())

function socketsOf({ shared }: GitpleliveRest, more: object = {}, maxResumed = 5): GitpleliveSockets {
  const limit = (burst: number) => new RateLimit({ perSecond: 1, burst, now: shared.now })
  const live = {
    frames: limit(1000),
    maxChannels: 3,
    connectTimeoutMs: 10_000,
    heartbeatMs: 25_000,
    maxReplayBytes: 100_000,
    ...more,
  }
  return new GitpleliveSockets({ shared, live, dials: limit(100), maxResumed, wire: {} })
}

interface Hello {
  readonly positions?: object
  readonly token?: string
  readonly [more: string]: unknown
}

async function hello(userId: string, more: Hello = {}): Promise<object> {
  const token = more.token ?? (await rest.token(userId))
  const capabilities = ['resume', 'typing', 'receipts', 'users']
  return { type: 'hello', version: 1, app_id: 'shop_app', user_id: userId, capabilities, ...more, token }
}

async function dial(userId: string, more: Hello = {}): Promise<GroupLine> {
  const line = new GroupLine(sockets.accept)
  line.send(await hello(userId, more))
  await line.first('ready')
  return line
}

describe('who is let in', () => {
  test('the welcome says who it is, and where its channels stand', async () => {
    await rest.say('channel_1', 'bo', 'before')
    const line = await dial('ana')
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
      const line = new GroupLine(sockets.accept)
      line.send(await hello('ana', change))
      const close = await line.first('closed')
      assert.equal(close.retry, 'never')
      assert.equal(close.code, code === 60102 ? 'unauthorized' : 'invalid')
      assert.deepEqual(line.heard, [])
    })
  }

  test('not: a token that has expired, which is told apart', async () => {
    const { json } = await rest.platform('POST', '/users/ana/token', { expires_at: rest.now + 1000 })
    rest.pass(1000)
    const line = new GroupLine(sockets.accept)
    line.send(await hello('ana', { token: json.token }))
    assert.equal((await line.first('closed')).reason, 'the session token has expired')
  })

  test('not: one that says nothing for long, or something else first, or hello twice', async () => {
    const silent = new GroupLine(sockets.accept)
    sockets.sweep(rest.now + 9999)
    assert.ok(silent.isOpen)
    sockets.sweep(rest.now + 10_000)
    assert.equal(silent.closedWith?.retry, 'later')

    const hasty = new GroupLine(sockets.accept)
    hasty.send({ type: 'send_message', ref: 1, channel_id: 'channel_1', content: 'hi' })
    assert.equal(hasty.closedWith?.code, 'invalid')

    const twice = await dial('ana')
    twice.send(await hello('ana'))
    assert.equal(twice.closedWith?.code, 'invalid')
  })

  test('a token that expires ends the connection', async () => {
    const line = await dial('ana')
    sockets.sweep(rest.now + dayMs - 1)
    assert.ok(line.isOpen)
    sockets.sweep(rest.now + dayMs)
    assert.equal(line.closedWith?.reason, 'the session token has expired')
  })

  test('a token that is revoked ends the connection, and only its own user’s', async () => {
    const [ana, bo] = [await dial('ana'), await dial('bo')]
    await rest.platform('DELETE', '/users/ana/token')
    assert.equal(ana.closedWith?.reason, 'the session token is not valid')
    assert.ok(bo.isOpen)
  })

  test('a user that is removed hears so at last', async () => {
    const line = await dial('ana')
    await rest.platform('DELETE', '/users/ana')
    await line.first('closed')
    assert.deepEqual(line.heard.at(-1), { type: 'event', event: 'user_delete', data: { user: { user_id: 'ana' } } })
  })
})

describe('requests', () => {
  test('each is answered once, with its ref', async () => {
    const line = await dial('ana')
    const reply = await line.ask(7, 'send_message', { channel_id: 'channel_1', content: '안녕' })
    assert.equal(reply.ok, true)
    assert.equal(reply.data.message_id, 1)
    assert.equal(reply.data.user.user_id, 'ana')
    await line.ask(8, 'mark_read', { channel_id: 'channel_1' })
    assert.equal(line.heard.filter(({ type }) => type === 'reply').length, 2)
  })

  test('what is refused says why, in the platform’s codes', async () => {
    const line = await dial('ana')
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
    const line = await dial('ana')
    const input = { channel_id: 'channel_1', content: 'once', client_key: 'k' }
    const [first, second] = await Promise.all([line.ask(1, 'send_message', input), line.ask(2, 'send_message', input)])
    assert.equal(first.data.message_id, second.data.message_id)
    assert.deepEqual(line.events, ['1 group:message_send'])
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
      const line = await dial('ana')
      line.send(frame)
      assert.equal(line.closedWith?.code, 'invalid', frame)
    }
  })

  test('a ping is answered', async () => {
    const line = await dial('ana')
    line.send({ type: 'ping' })
    assert.deepEqual(line.heard.at(-1), { type: 'pong' })
  })

  test('too many frames end the connection, which may come back', async () => {
    const line = await dial('ana')
    for (let i = 0; i < 1001; i++) line.send({ type: 'ping' })
    assert.deepEqual([line.closedWith?.code, line.closedWith?.retry], ['flood', 'later'])
  })
})

describe('what is told', () => {
  test('everything that happens in a channel, with its seq, to everyone in it', async () => {
    const [ana, bo] = [await dial('ana'), await dial('bo')]
    const channel = '/group/channels/channel_1'
    await rest.say('channel_1', 'ana', 'one')
    await rest.platform('PUT', `${channel}/messages/1`, { content: 'two' })
    await rest.platform('DELETE', `${channel}/messages/1`)
    await rest.platform('PUT', `${channel}/join`, { member: 'cy' })
    await rest.platform('POST', `${channel}/managers`, { manager: 'cy' })
    await rest.platform('DELETE', `${channel}/managers`, { manager: 'cy' })
    await rest.platform('PUT', channel, { name: 'renamed' })
    await rest.platform('PUT', `${channel}/freeze`, { freeze: true })
    await rest.platform('PUT', `${channel}/freeze`, { freeze: false })
    await rest.platform('POST', `${channel}/ban`, { user_id: 'cy', seconds: 60 })
    await rest.platform('DELETE', `${channel}/ban/cy`)
    await rest.platform('DELETE', channel)
    const told = [
      '1 group:message_send',
      '2 group:message_update',
      '3 group:message_delete',
      '4 group:channel_join',
      '5 group:channel_manager_create',
      '6 group:channel_manager_delete',
      '7 group:channel_update',
      '8 group:channel_freeze',
      '9 group:channel_unfreeze',
      '10 group:channel_leave',
      '11 group:channel_ban',
      '12 group:channel_unban',
      'group:channel_delete',
    ]
    assert.deepEqual(ana.events, told)
    assert.deepEqual(bo.events, told)
    const [sent, , deleted, joined] = ana.heard.filter(({ type }) => type === 'event')
    assert.equal(sent.data.message.content, 'one')
    assert.equal(sent.data.channel.total_message_count, 1)
    assert.equal(deleted.data.message.content, '')
    assert.equal(joined.data.user.user_id, 'cy')
  })

  test('who becomes a member hears from then on, who is one no longer doesn’t', async () => {
    const cy = await dial('cy')
    await rest.say('channel_1', 'ana', 'unheard')
    await rest.platform('PUT', '/group/channels/channel_1/join', { member: 'cy' })
    await rest.say('channel_1', 'ana', 'heard')
    await rest.platform('PUT', '/group/channels/channel_1/leave', { member: 'cy' })
    await rest.say('channel_1', 'ana', 'unheard')
    assert.deepEqual(cy.events, ['2 group:channel_join', '3 group:message_send', '4 group:channel_leave'])
  })

  test('who is banned hears it, and nothing more', async () => {
    const bo = await dial('bo')
    await rest.platform('POST', '/group/channels/channel_1/ban', { user_id: 'bo', seconds: 60, reason: 'spam' })
    await rest.say('channel_1', 'ana', 'unheard')
    assert.deepEqual(bo.events, ['1 group:channel_leave', '2 group:channel_ban'])
  })

  test('the members of a channel that is made while they are connected hear it at once', async () => {
    const ana = await dial('ana')
    await rest.channel('channel_2', 'ana', 'bo')
    await ana.first('event')
    await rest.say('channel_2', 'bo', 'first')
    assert.deepEqual(ana.events, ['group:channel_join', '1 group:message_send'])
  })

  test('signals come to those who asked for them, and typing not to who types', async () => {
    const [ana, bo] = [await dial('ana'), await dial('bo', { capabilities: ['typing'] })]
    await rest.say('channel_1', 'ana', 'x')
    await bo.ask(1, 'send_typing', { channel_id: 'channel_1' })
    await bo.ask(2, 'mark_delivered', { channel_id: 'channel_1' })
    await ana.ask(1, 'send_typing', { channel_id: 'channel_1' })
    const sent = '1 group:message_send'
    assert.deepEqual(ana.events, [sent, 'group:typing', 'group:channel_message_delivered_event'])
    assert.deepEqual(bo.events, [sent, 'group:typing'])
  })

  test('a report is told to managers only', async () => {
    await rest.platform('POST', '/group/channels/channel_1/managers', { manager: 'bo' })
    const [ana, bo] = [await dial('ana'), await dial('bo')]
    await ana.ask(1, 'create_report', { channel_id: 'channel_1', category: 'spam' })
    const told = await bo.first('event')
    assert.equal(told.event, 'group:report_create')
    assert.equal(told.data.report.category, 'spam')
    assert.deepEqual(ana.events, [])
  })

  test('a changed account is told to those who share a channel with it, once', async () => {
    await rest.channel('channel_2', 'ana', 'bo')
    const lines = [await dial('ana'), await dial('bo'), await dial('cy'), await dial('bo', { capabilities: [] })]
    await rest.platform('PUT', '/users/ana', { name: 'Ana' })
    await lines[1]!.first('event')
    assert.deepEqual(
      lines.map(({ events }) => events),
      [['user_update'], ['user_update'], [], []],
    )
  })

  test('nothing is told across apps', async () => {
    const ana = await dial('ana')
    const other = { headers: { APP_ID: 'school_app', APP_API_KEY: 'the key of the school' } }
    await rest.ask('POST', '/users', { ...other, body: { user_id: 'ana', name: 'ana' } })
    await rest.ask('POST', '/group/channels', {
      ...other,
      body: { channel_id: 'channel_1', name: 'x', members: ['ana'] },
    })
    await rest.ask('POST', '/group/channels/channel_1/messages', { ...other, body: { user_id: 'ana', content: 'x' } })
    assert.deepEqual(ana.events, [])
  })
})

describe('coming back', () => {
  const epoch = async (id = 'channel_1'): Promise<number> =>
    (await rest.platform('GET', `/group/channels/${id}`)).json.created_at

  test('what was missed is told, exactly that, and then what happens', async () => {
    for (const words of ['1', '2', '3', '4']) await rest.say('channel_1', 'bo', words)
    const line = await dial('ana', { positions: { channel_1: [2, await epoch()] } })
    await rest.say('channel_1', 'bo', '5')
    assert.deepEqual(line.heard[0].positions, {})
    assert.deepEqual(line.events, ['3 group:message_send', '4 group:message_send', '5 group:message_send'])
  })

  test('many who missed the same are served by one look into the store', async () => {
    for (const words of ['1', '2', '3']) await rest.say('channel_1', 'bo', words)
    const positions = { channel_1: [1, await epoch()] }
    const lines = await Promise.all(Array.from({ length: 50 }, () => dial('ana', { positions })))
    await rest.say('channel_1', 'bo', '4')
    lines.push(await dial('bo', { positions }))
    for (const { events } of lines)
      assert.deepEqual(events, ['2 group:message_send', '3 group:message_send', '4 group:message_send'])
    assert.equal(sockets.backlogReads, 1)
  })

  test('one who missed more than is told again hears of a gap, and then what happens', async () => {
    for (const words of ['1', '2', '3', '4', '5', '6', '7']) await rest.say('channel_1', 'bo', words)
    const at = await epoch()
    const line = await dial('ana', { positions: { channel_1: [1, at] } })
    const gap = { type: 'gap', channel_id: 'channel_1', position: [7, at], reason: 'too_many' }
    assert.deepEqual(await line.first('gap'), gap)
    await rest.say('channel_1', 'bo', '8')
    assert.deepEqual(line.events, ['8 group:message_send'])
  })

  test('a position that no event had, or of an earlier channel of that name, is a gap', async () => {
    await rest.say('channel_1', 'bo', '1')
    const at = await epoch()
    for (const position of [
      [9, at],
      [1, at - 1],
      [0, at - 1],
    ]) {
      const line = await dial('ana', { positions: { channel_1: position } })
      assert.deepEqual((await line.first('gap')).position, [1, at])
      assert.equal(line.heard.at(-2).reason, 'unknown')
    }
  })

  test('a channel that one is in no longer is a gap without an end', async () => {
    const at = await epoch()
    await rest.platform('PUT', '/group/channels/channel_1/leave', { member: 'ana' })
    const line = await dial('ana', { positions: { channel_1: [0, at], no_such_one: [3, at] } })
    assert.deepEqual(
      line.heard.slice(1, 3).map(({ channel_id, position, reason }) => [channel_id, position, reason]),
      [
        ['channel_1', null, 'left'],
        ['no_such_one', null, 'left'],
      ],
    )
  })

  test('what is more than fits is asked for in its turn', async () => {
    sockets = socketsOf(rest, { maxReplayBytes: 600 }, 100)
    await rest.channel('channel_2', 'ana', 'bo')
    for (const words of ['1', '2', '3', '4']) {
      await rest.say('channel_1', 'bo', words)
      await rest.say('channel_2', 'bo', words)
    }
    const positions = { channel_1: [0, await epoch()], channel_2: [0, await epoch('channel_2')] }
    const line = await dial('ana', { positions })
    let { pending } = await line.first('ready')
    assert.deepEqual(pending.toSorted(), ['channel_1', 'channel_2'])
    for (let ref = 1; pending.length > 0; ref++) {
      assert.ok(ref < 20)
      // As far as it has heard each.
      for (const id of Object.keys(positions) as (keyof typeof positions)[]) {
        const last = line.heard.findLast(({ type, channel_id }) => type === 'event' && channel_id === id)
        if (last) positions[id] = [last.seq, positions[id][1]!]
      }
      const asked = Object.fromEntries(Object.entries(positions).filter(([id]) => pending.includes(id)))
      ;({ pending } = (await line.ask(ref, 'resume', { positions: asked })).data)
    }
    await rest.say('channel_1', 'bo', '5')
    await rest.say('channel_2', 'bo', '5')
    for (const id of Object.keys(positions)) {
      const seqs = line.heard
        .filter(({ type, channel_id }) => type === 'event' && channel_id === id)
        .map(({ seq }) => seq)
      assert.deepEqual(seqs, [1, 2, 3, 4, 5])
    }
  })

  test('what happens while it is read comes after it, once', async () => {
    for (const words of ['1', '2', '3']) await rest.say('channel_1', 'bo', words)
    const at = await epoch()
    const token = await rest.token('ana')
    const line = new GroupLine(sockets.accept)
    line.send(await hello('ana', { token, positions: { channel_1: [1, at] } }))
    // Under way at the same time as the welcome, the read and the first events.
    await Promise.all([rest.say('channel_1', 'bo', '4'), rest.say('channel_1', 'bo', '5')])
    await line.first('ready')
    await rest.say('channel_1', 'bo', '6')
    const seqs = line.heard.filter(({ type }) => type === 'event').map(({ seq }) => seq)
    assert.deepEqual(seqs, [2, 3, 4, 5, 6])
  })

  test('a connection hears at most so many channels', async () => {
    for (const n of [2, 3, 4, 5]) await rest.channel(`channel_${n}`, 'ana', 'bo')
    const line = await dial('ana')
    assert.equal(Object.keys(line.heard[0].positions).length, 3)
  })
})
