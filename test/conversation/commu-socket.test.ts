import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TownSocket, transports, type Chat, type ChatAnswer, type ClientOptions } from '../support/town-socket.ts'
import { Town, type Channel, type Townsman } from '../support/town.ts'

let town: Town
let ana: Townsman
let bo: Townsman
let cy: Townsman
let dora: Townsman
let quarter: string
let square: Channel

before(async () => {
  town = await Town.open()
  ana = await town.settler('ana')
  bo = await town.settler('bo')
  cy = await town.settler('cy')
  dora = await town.settler('dora', 'south')
  quarter = await town.community(ana, bo)
  square = await town.channel(ana, quarter)
})
after(() => town[Symbol.asyncDispose]())

const open = (who: Townsman, options: ClientOptions = {}): Promise<TownSocket> =>
  TownSocket.open(town.namespace(quarter), who, options)

/** What a chat has in the seed. */
const chatKeys = ['channelId', 'communityId', 'content', 'createdAt', 'id', 'senderId', 'type', 'updatedAt']

describe('a chat', () => {
  for (const name of ['websocket', 'polling', 'upgrade'] as const) {
    for (const version of [4, 2] as const) {
      it(`is written, changed and deleted with socket.io-client ${version} over ${name}`, async () => {
        const dial = version === 4 ? TownSocket.dial : TownSocket.dial2
        const options = { transports: [...transports[name]] }
        using sender = await dial(town.namespace(quarter), ana.token, options).connected()
        using receiver = await dial(town.namespace(quarter), bo.token, options).connected()
        assert.deepEqual(await sender.join(square._id), { joined: [square._id], refused: [] })
        assert.deepEqual(await receiver.join(square._id), { joined: [square._id], refused: [] })

        const written = await sender.say(square._id, '안녕 hi')
        const chat = chatOf(written)
        assert.deepEqual(Object.keys(chat).sort(), chatKeys)
        assert.equal(chat.content, '안녕 hi')
        assert.equal(chat.type, 'TEXT')
        assert.equal(chat.senderId, ana._id)
        assert.equal(chat.channelId, square._id)
        assert.equal(chat.communityId, quarter)
        assert.deepEqual(await receiver.hearsChat(), chat)

        const change = { chatType: 'modify', channelId: square._id, chatId: String(chat.id), content: 'changed' }
        const changed = chatOf(await sender.ask('chat', change))
        assert.deepEqual(changed, { ...chat, content: 'changed', updatedAt: changed.updatedAt })
        assert.deepEqual(await receiver.hearsChat('modify-chat'), changed)

        const removal = { chatType: 'delete', channelId: square._id, chatId: chat.id }
        const deleted = chatOf(await sender.ask('chat', removal))
        assert.equal(deleted.content, 'changed')
        assert.match(deleted.deletedAt ?? '', /^\d{4}-.*Z$/)
        assert.deepEqual(await receiver.hearsChat('delete-chat'), deleted)
        assert.deepEqual(await sender.unheard(), [], 'the sender has its answers')
      })
    }
  }

  it('is heard by the sender’s other sockets, not by those who did not join', async () => {
    using sender = await open(ana)
    using tablet = await open(ana)
    using passer = await open(bo)
    await tablet.join(square._id)
    const chat = chatOf(await sender.say(square._id, 'from the telephone'))
    assert.deepEqual(await tablet.hearsChat(), chat)
    assert.deepEqual(await passer.unheard(), [])
  })

  it('is written in order, whoever doesn’t wait for answers', async () => {
    using sender = await open(ana)
    using receiver = await open(bo)
    await receiver.join(square._id)
    const contents = Array.from({ length: 50 }, (_, index) => `flood ${index}`)
    for (const content of contents) sender.socket.emit('chat', { chatType: 'new', channelId: square._id, content })
    const heard: string[] = []
    while (heard.length < contents.length) heard.push((await receiver.hearsChat()).content)
    assert.deepEqual(heard, contents)
  })

  it('may have 300 characters', async () => {
    using sender = await open(ana)
    assert.equal((await sender.say(square._id, '가'.repeat(300))).written, true)
    const tooLong = await sender.say(square._id, '가'.repeat(301))
    assert.deepEqual(tooLong, { written: false, message: 'a chat has at most 300 characters' })
  })

  it('is changed and deleted beyond the hundredth', async () => {
    const channel = await town.channel(ana, quarter)
    using sender = await open(ana)
    for (let count = 0; count < 120; count++) await sender.say(channel._id, `chat ${count}`)
    const change = { chatType: 'modify', channelId: channel._id, chatId: 105, content: 'changed' }
    const changed = chatOf(await sender.ask('chat', change))
    assert.equal(changed.id, 105)
    assert.equal(changed.content, 'changed')
    const deleted = chatOf(await sender.ask('chat', { chatType: 'delete', channelId: channel._id, chatId: '110' }))
    assert.equal(deleted.id, 110)
    assert.equal(deleted.content, 'chat 109')
  })

  for (const [what, change, message] of [
    ['of somebody else, changed', { chatType: 'modify', content: 'mine now' }, 'only its author may change a message'],
    ['of somebody else, deleted', { chatType: 'delete' }, 'only its author may delete a message'],
    ['that is not there', { chatType: 'modify', content: 'x', chatId: 4711 }, 'there is no such message'],
    ['without a number', { chatType: 'delete', chatId: '__proto__' }, 'there is no such message'],
    ['in a channel that is not there', { chatType: 'new', content: 'x', channelId: 'a' }, 'there is no such room'],
    ['with nothing in it', { chatType: 'new', content: '' }, 'a chat has something in it'],
  ] as const) {
    it(`${what}: refused, with the reason`, async () => {
      using author = await open(ana)
      using other = await open(bo)
      const { id } = chatOf(await author.say(square._id, 'mine'))
      const answer = await other.ask('chat', { channelId: square._id, chatId: id, ...change })
      assert.deepEqual(answer, { written: false, chatInfo: false, message })
    })
  }

  for (const [what, value] of [
    ['an unknown chatType', { chatType: 'shout', content: 'x' }],
    ['no content', { chatType: 'new' }],
    ['a content that is no text', { chatType: 'new', content: { toString: 'x' } }],
    ['no object', 'hello'],
    ['nothing', null],
  ] as const) {
    it(`${what}: failed-to-send-message`, async () => {
      using sender = await open(ana)
      const answered: unknown[] = []
      const whole = value !== null && typeof value === 'object' ? { channelId: square._id, ...value } : value
      sender.socket.emit('chat', whole, (answer: unknown) => answered.push(answer))
      const [{ message }] = (await sender.hears('failed-to-send-message')) as [{ message: string }]
      assert.ok(message.length > 0)
      assert.deepEqual(answered, [])
    })
  }

  it('that is refused and asks for no answer is told of by an event', async () => {
    using sender = await open(ana)
    sender.socket.emit('chat', { chatType: 'new', channelId: 'nowhere', content: 'x' })
    assert.deepEqual(await sender.hears('failed-to-send-message'), [{ message: 'there is no such room' }])
  })
})

describe('a namespace', () => {
  for (const [what, token] of [
    ['without a token', () => null],
    ['with a broken token', () => 'Bearer broken'],
    ['with a token that isn’t a bearer’s', () => ana.token.replace('Bearer ', '')],
    ['for who isn’t in the community', () => cy.token],
    ['for somebody of another app', () => dora.token],
  ] as const) {
    it(`${what}: Unauthorized`, async () => {
      using stranger = TownSocket.dial(town.namespace(quarter), token())
      assert.equal(((await stranger.hears('connect_error'))[0] as Error).message, 'Unauthorized')
      using older = TownSocket.dial2(town.namespace(quarter), token())
      assert.deepEqual(await older.hears('error'), ['Unauthorized'])
    })
  }

  it('that is no community’s: Unauthorized; that is nobody’s: Invalid namespace', async () => {
    using guesser = TownSocket.dial(town.namespace('0123456789abcdef01234567'), ana.token)
    assert.equal(((await guesser.hears('connect_error'))[0] as Error).message, 'Unauthorized')
    using stranger = TownSocket.dial(`${town.url}/nobody`, ana.token)
    assert.equal(((await stranger.hears('connect_error'))[0] as Error).message, 'Invalid namespace')
  })

  it('takes the token from a header too', async () => {
    using socket = TownSocket.dial(town.namespace(quarter), null, { extraHeaders: { token: ana.token } })
    await socket.connected()
  })

  it('shares a connection with another', async () => {
    const other = await town.community(ana)
    using manager = await open(ana, { forceNew: false, multiplex: true })
    using second = await TownSocket.open(town.namespace(other), ana, { forceNew: false, multiplex: true })
    assert.equal(manager.socket.io.engine.id, second.socket.io.engine.id)
    second.socket.disconnect()
    assert.deepEqual(await manager.join(square._id), { joined: [square._id], refused: [] })
  })

  it('never hears another, in the same app or in another', async () => {
    const south = await town.community(dora)
    const pier = await town.channel(dora, south)
    const harbour = await town.community(bo, ana)
    const quay = await town.channel(bo, harbour)
    using here = await open(ana)
    using there = await TownSocket.open(town.namespace(harbour), ana)
    using away = await TownSocket.open(town.namespace(south), dora)
    assert.deepEqual(await here.join(square._id, quay._id, pier._id), {
      joined: [square._id],
      refused: [quay._id, pier._id],
    })
    assert.deepEqual((await there.join(square._id, quay._id)).joined, [quay._id])
    assert.deepEqual((await away.join(square._id, quay._id, pier._id)).joined, [pier._id])
    for (const [socket, channel] of [
      [here, quay],
      [there, square],
      [away, square],
      [here, pier],
    ] as const) {
      const answer = await socket.say(channel._id, 'across')
      assert.deepEqual(answer, { written: false, chatInfo: false, message: 'there is no such room' })
    }
    using speaker = await open(bo)
    await speaker.say(square._id, 'only here')
    assert.equal((await here.hearsChat()).content, 'only here')
    assert.deepEqual([...(await there.unheard()), ...(await away.unheard())], [])
  })
})

describe('joining', () => {
  it('needs membership of the channel', async () => {
    const secret = await town.channel(ana, quarter, true)
    using member = await open(bo)
    using manager = await open(ana)
    assert.deepEqual(await member.join(secret._id, square._id, 'a'), {
      joined: [square._id],
      refused: [secret._id, 'a'],
    })
    await manager.say(secret._id, 'between us')
    assert.deepEqual(await member.unheard(), [])
  })

  it('works without a callback', async () => {
    using socket = await open(bo)
    using speaker = await open(ana)
    socket.socket.emit('join', { channels: [square._id] })
    await socket.join()
    await speaker.say(square._id, 'heard')
    assert.equal((await socket.hearsChat()).content, 'heard')
  })

  for (const value of [null, 'x', {}, { channels: 'x' }, { channels: Array.from({ length: 2000 }, () => 'x') }]) {
    it(`with ${JSON.stringify(value)?.slice(0, 30)}: failed-to-send-message`, async () => {
      using socket = await open(bo)
      socket.socket.emit('join', value)
      await socket.hears('failed-to-send-message')
    })
  }
})

it('thousands of ids in a row are too much', async () => {
  await using strict = await Town.open({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '30' })
  const eva = await strict.settler('eva')
  const place = await strict.community(eva)
  using socket = await TownSocket.open(strict.namespace(place), eva)
  const channels = Array.from({ length: 1000 }, (_, index) => String(index).padStart(24, '0'))
  for (let count = 0; count < 4; count++) socket.socket.emit('join', { channels })
  const slowDown = 'Too many requests, slow down.'
  assert.deepEqual(await socket.hears('failed-to-send-message'), [{ message: slowDown }])
  const invitation = { community_id: place, channel_id: channels[0], users: channels }
  assert.deepEqual(await socket.ask('invite-users-to-channel', invitation), { isSuccess: false, message: slowDown })
  assert.deepEqual(await socket.join('one'), { joined: [], refused: ['one'] })
})

describe('an invitation', () => {
  for (const [manner, words] of [
    ['snake_case', (channel: Channel) => ({ community_id: quarter, channel_id: channel._id })],
    ['camelCase', (channel: Channel) => ({ communityId: quarter, channelId: channel._id })],
  ] as const) {
    it(`in ${manner} brings all sockets of the invited into the channel`, async () => {
      const secret = await town.channel(ana, quarter, true)
      using host = await open(ana)
      using phone = await open(bo)
      using tablet = await open(bo, { transports: ['polling'] })
      const invitation = { ...words(secret), users: [bo._id] }
      assert.deepEqual(await host.ask('invite-users-to-channel', invitation), { isSuccess: true })
      const chat = chatOf(await host.say(secret._id, 'welcome'))
      for (const socket of [phone, tablet]) {
        const [channel] = (await socket.hears('invited-to-channel')) as [Record<string, unknown>]
        assert.deepEqual(Object.keys(channel).sort(), [...channelKeys, 'existUnreadChat', 'users'].sort())
        assert.equal(channel['_id'], secret._id)
        assert.equal(channel['communityId'], quarter)
        assert.equal(channel['isPrivate'], true)
        assert.equal(channel['existUnreadChat'], false)
        assert.deepEqual(channel['users'], [ana._id, bo._id])
        assert.deepEqual(await socket.hearsChat(), chat)
      }
      assert.deepEqual(await host.unheard(), [])
    })
  }

  it('is refused to who isn’t in the channel, for who isn’t in the community, and for nobody', async () => {
    const secret = await town.channel(ana, quarter, true)
    using host = await open(ana)
    using outsider = await open(bo)
    const invite = (socket: TownSocket, fields: object): Promise<unknown> =>
      socket.ask('invite-users-to-channel', {
        community_id: quarter,
        channel_id: secret._id,
        users: [bo._id],
        ...fields,
      })
    for (const [socket, fields] of [
      [outsider, {}],
      [host, { users: [cy._id] }],
      [host, { users: [dora._id] }],
      [host, { users: [] }],
      [host, { users: [null] }],
      [host, { channel_id: 'x' }],
      [host, { community_id: undefined }],
    ] as const) {
      const { isSuccess, message } = (await invite(socket, fields)) as { isSuccess: boolean; message: string }
      assert.equal(isSuccess, false)
      assert.ok(message)
    }
    assert.deepEqual((await outsider.join(secret._id)).refused, [secret._id])
  })

  const channelKeys = [
    '_id',
    'name',
    'communityId',
    'managerId',
    'description',
    'type',
    'isPrivate',
    'createdAt',
    'updatedAt',
  ]
})

describe('who leaves', () => {
  it('a channel hears no more of it', async () => {
    const channel = await town.channel(ana, quarter)
    using leaver = await open(bo)
    using stayer = await open(ana)
    await leaver.join(channel._id)
    await town.ask(bo, 'DELETE', `/api/channels/${channel._id}/me`)
    await stayer.say(channel._id, 'among ourselves')
    assert.deepEqual(await leaver.unheard(), [])
    assert.equal((await leaver.say(channel._id, 'me too')).written, false)
  })

  it('the community is disconnected, and does not come back', async () => {
    const other = await town.community(ana, bo)
    using leaver = await TownSocket.open(town.namespace(other), bo)
    await town.ask(bo, 'DELETE', `/api/communities/${other}/me`)
    assert.deepEqual((await leaver.hears('disconnect'))[0], 'io server disconnect')
    leaver.socket.connect()
    assert.equal(((await leaver.hears('connect_error'))[0] as Error).message, 'Unauthorized')
  })

  it('does so with everybody when the community is deleted; a deleted channel falls silent', async () => {
    const other = await town.community(ana, bo)
    const channel = await town.channel(ana, other)
    using member = await TownSocket.open(town.namespace(other), bo)
    using manager = await TownSocket.open(town.namespace(other), ana)
    await member.join(channel._id)
    await town.ask(ana, 'DELETE', `/api/channels/${channel._id}`)
    assert.equal((await manager.say(channel._id, 'too late')).written, false)
    assert.deepEqual(await member.unheard(), [])
    await town.ask(ana, 'DELETE', `/api/communities/${other}`)
    assert.deepEqual((await member.hears('disconnect'))[0], 'io server disconnect')
    assert.deepEqual((await manager.hears('disconnect'))[0], 'io server disconnect')
  })
})

it('what is written over REST is heard by all sockets', async () => {
  using socket = await open(ana)
  await socket.join(square._id)
  const chat = await town.ask<Chat>(ana, 'POST', `/api/channels/${square._id}/chat`, { type: 'TEXT', content: 'REST' })
  assert.deepEqual(await socket.hearsChat(), chat)
})

it('a server that stops hangs up, so that clients come back by themselves', async () => {
  await using other = await Town.open()
  const eva = await other.settler('eva')
  const place = await other.community(eva)
  for (const name of ['websocket', 'polling', 'upgrade'] as const) {
    using socket = await TownSocket.open(other.namespace(place), eva, { transports: [...transports[name]] })
    const restarted = other.restart()
    assert.match(String((await socket.hears('disconnect'))[0]), /^transport (close|error)$/)
    await restarted
    await socket.hears('connect')
  }
})

function chatOf(answer: unknown): Chat {
  const { written, chatInfo } = answer as ChatAnswer
  assert.equal(written, true, JSON.stringify(answer))
  return chatInfo as Chat
}
