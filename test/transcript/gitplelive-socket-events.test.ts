import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { GitpleliveRest } from '../support/gitplelive-rest.ts'
import { GroupLine } from '../support/group-line.ts'
import { GroupSockets, socketsOf } from '../support/group-sockets.ts'

/** The SDK's protocol frame by frame: what is told to whom, and to one who comes back. */

let house: GroupSockets
let rest: GitpleliveRest
beforeEach(async () => {
  house = await GroupSockets.open()
  rest = house.rest
})
afterEach(() => house[Symbol.asyncDispose]())

describe('what is told', () => {
  test('everything that happens in a channel, with its seq, to everyone in it', async () => {
    const [ana, bo] = [await house.dial('ana'), await house.dial('bo')]
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
    const cy = await house.dial('cy')
    await rest.say('channel_1', 'ana', 'unheard')
    await rest.platform('PUT', '/group/channels/channel_1/join', { member: 'cy' })
    await rest.say('channel_1', 'ana', 'heard')
    await rest.platform('PUT', '/group/channels/channel_1/leave', { member: 'cy' })
    await rest.say('channel_1', 'ana', 'unheard')
    assert.deepEqual(cy.events, ['2 group:channel_join', '3 group:message_send', '4 group:channel_leave'])
  })

  test('who is banned hears it, and nothing more', async () => {
    const bo = await house.dial('bo')
    await rest.platform('POST', '/group/channels/channel_1/ban', { user_id: 'bo', seconds: 60, reason: 'spam' })
    await rest.say('channel_1', 'ana', 'unheard')
    assert.deepEqual(bo.events, ['1 group:channel_leave', '2 group:channel_ban'])
  })

  test('the members of a channel that is made while they are connected hear it at once', async () => {
    const ana = await house.dial('ana')
    await rest.channel('channel_2', 'ana', 'bo')
    await ana.first('event')
    await rest.say('channel_2', 'bo', 'first')
    assert.deepEqual(ana.events, ['group:channel_join', '1 group:message_send'])
  })

  test('signals come to those who asked for them, and typing not to who types', async () => {
    const [ana, bo] = [await house.dial('ana'), await house.dial('bo', { capabilities: ['typing'] })]
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
    const [ana, bo] = [await house.dial('ana'), await house.dial('bo')]
    await ana.ask(1, 'create_report', { channel_id: 'channel_1', category: 'spam' })
    const told = await bo.first('event')
    assert.equal(told.event, 'group:report_create')
    assert.equal(told.data.report.category, 'spam')
    assert.deepEqual(ana.events, [])
  })

  test('a changed account is told to those who share a channel with it, once', async () => {
    await rest.channel('channel_2', 'ana', 'bo')
    const lines = [
      await house.dial('ana'),
      await house.dial('bo'),
      await house.dial('cy'),
      await house.dial('bo', { capabilities: [] }),
    ]
    await rest.platform('PUT', '/users/ana', { name: 'An' })
    await rest.platform('PUT', '/users/ana', { name: 'Ana' })
    house.sockets.sweep(rest.now)
    assert.equal((await lines[1]!.first('event')).data.user.name, 'Ana')
    assert.deepEqual(
      lines.map(({ events }) => events),
      [['user_update'], ['user_update'], [], []],
    )
  })

  test('what changes while its channels are looked up is not missed', async () => {
    await rest.channel('channel_2', 'ana', 'bo')
    await rest.channel('channel_3', 'bo')
    const { rooms } = rest.store
    const find = rooms.find.bind(rooms)
    const looked = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    rooms.find = async (query) => {
      const found = await find(query)
      looked.resolve()
      await gate.promise
      return found
    }
    const line = new GroupLine(house.sockets.accept)
    line.send(await house.hello('ana'))
    await looked.promise
    await rest.platform('PUT', '/group/channels/channel_3/join', { member: 'ana' })
    await rest.platform('PUT', '/group/channels/channel_2/leave', { member: 'ana' })
    await rest.platform('POST', '/group/channels/channel_1/ban', { user_id: 'ana', seconds: 60 })
    gate.resolve()
    await line.first('ready')
    for (const id of ['channel_1', 'channel_2', 'channel_3']) await rest.say(id, 'bo', 'x')
    const told = line.heard.filter(({ type }) => type === 'event').map(({ event, channel_id }) => [event, channel_id])
    assert.deepEqual(told, [
      ['group:channel_join', 'channel_3'],
      ['group:channel_leave', 'channel_2'],
      ['group:channel_leave', 'channel_1'],
      ['group:channel_ban', 'channel_1'],
      ['group:message_send', 'channel_3'],
    ])
  })

  test('nothing is told across apps', async () => {
    const ana = await house.dial('ana')
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
    const line = await house.dial('ana', { positions: { channel_1: [2, await epoch()] } })
    await rest.say('channel_1', 'bo', '5')
    assert.deepEqual(line.heard[0].positions, {})
    assert.deepEqual(line.events, ['3 group:message_send', '4 group:message_send', '5 group:message_send'])
  })

  test('many who missed the same are served by one look into the store', async () => {
    for (const words of ['1', '2', '3']) await rest.say('channel_1', 'bo', words)
    const positions = { channel_1: [1, await epoch()] }
    const lines = await Promise.all(Array.from({ length: 50 }, () => house.dial('ana', { positions })))
    await rest.say('channel_1', 'bo', '4')
    lines.push(await house.dial('bo', { positions }))
    for (const { events } of lines)
      assert.deepEqual(events, ['2 group:message_send', '3 group:message_send', '4 group:message_send'])
    assert.equal(house.sockets.backlogReads, 1)
  })

  test('one who missed more than is told again hears of a gap, and then what happens', async () => {
    for (const words of ['1', '2', '3', '4', '5', '6', '7']) await rest.say('channel_1', 'bo', words)
    const at = await epoch()
    const line = await house.dial('ana', { positions: { channel_1: [1, at] } })
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
      const line = await house.dial('ana', { positions: { channel_1: position } })
      assert.deepEqual((await line.first('gap')).position, [1, at])
      assert.equal(line.heard.at(-2).reason, 'unknown')
    }
  })

  test('a channel that one is in no longer is a gap without an end', async () => {
    const at = await epoch()
    await rest.platform('PUT', '/group/channels/channel_1/leave', { member: 'ana' })
    const line = await house.dial('ana', { positions: { channel_1: [0, at], no_such_one: [3, at] } })
    assert.deepEqual(
      line.heard.slice(1, 3).map(({ channel_id, position, reason }) => [channel_id, position, reason]),
      [
        ['channel_1', null, 'left'],
        ['no_such_one', null, 'left'],
      ],
    )
  })

  test('what is more than fits is asked for in its turn', async () => {
    house.sockets = socketsOf(rest, { maxReplayBytes: 600 }, 100)
    await rest.channel('channel_2', 'ana', 'bo')
    for (const words of ['1', '2', '3', '4']) {
      await rest.say('channel_1', 'bo', words)
      await rest.say('channel_2', 'bo', words)
    }
    const positions = { channel_1: [0, await epoch()], channel_2: [0, await epoch('channel_2')] }
    const line = await house.dial('ana', { positions })
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
    const line = new GroupLine(house.sockets.accept)
    line.send(await house.hello('ana', { token, positions: { channel_1: [1, at] } }))
    // Under way at the same time as the welcome, the read and the first events.
    await Promise.all([rest.say('channel_1', 'bo', '4'), rest.say('channel_1', 'bo', '5')])
    await line.first('ready')
    await rest.say('channel_1', 'bo', '6')
    const seqs = line.heard.filter(({ type }) => type === 'event').map(({ seq }) => seq)
    assert.deepEqual(seqs, [2, 3, 4, 5, 6])
  })

  test('a connection hears at most so many channels', async () => {
    for (const n of [2, 3, 4, 5]) await rest.channel(`channel_${n}`, 'ana', 'bo')
    const line = await house.dial('ana')
    assert.equal(Object.keys(line.heard[0].positions).length, 3)
  })
})
