import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Channel, Client, Message, User } from '../../sdk/src/gitple-live.ts'
import { GroupHouse } from '../support/group-house.ts'
import { Heard, next } from '../support/heard.ts'

/** The SDK in Node with a server: what it is let do, and when it is sent away. */

const timeout = 20_000

let house: GroupHouse
let channels = 0
before(async () => {
  house = await GroupHouse.open()
  await house.users('ana', 'bo', 'cy')
})
after(() => house[Symbol.asyncDispose]())

async function newChannel(...members: string[]): Promise<string> {
  const id = `channel_${++channels}`
  await house.channel(id, ...(members.length > 0 ? members : ['ana', 'bo']))
  return id
}

/** Connected for as long as they talk. */
async function among<T>(userIds: readonly string[], talk: (...clients: Client[]) => Promise<T>): Promise<T> {
  const clients = await Promise.all(userIds.map((id) => house.connect(id)))
  try {
    return await talk(...clients)
  } finally {
    for (const client of clients) client.disconnectUser()
  }
}

describe('tokens', () => {
  test('one that expires ends the connection, and is not tried again', { timeout }, async () => {
    const session_token = await house.token('ana', { expires_at: Date.now() + 700 })
    const ana = await house.connect('ana', { session_token })
    const failed = next(ana, 'reconnectFailed')
    const [error] = await next(ana, 'error')
    await failed
    assert.equal((error as { code: number }).code, 60103)
    assert.equal(ana.state, 'closed')
    await assert.rejects(ana.connectUser({ user_id: 'ana' }), { code: 60103 })
  })

  test('one that is fetched is fetched anew when it has expired', { timeout }, async () => {
    const channel = await newChannel()
    let fetched = 0
    const session_token = () => house.token('ana', ++fetched === 1 ? { expires_at: Date.now() + 700 } : {})
    const ana = await house.connect('ana', { session_token })
    const heard = new Heard(ana, channel)
    const back = next(ana, 'reconnectSucceed')
    await next(ana, 'disconnected')
    await house.say(channel, 'bo', 'meanwhile')
    await back
    await heard.reaches(1)
    assert.equal(fetched, 2)
    assert.deepEqual(heard.words, ['meanwhile'])
    ana.disconnectUser()
  })

  test('one that is revoked ends all connections of its user', { timeout }, async () => {
    const session_token = await house.token('ana')
    const clients = await Promise.all([1, 2].map(() => house.connect('ana', { session_token })))
    const bo = await house.connect('bo')
    const errors = clients.map((client) => next(client, 'error'))
    await house.ask('DELETE', '/users/ana/token')
    for (const [error] of await Promise.all(errors)) assert.equal((error as { code: number }).code, 60102)
    await assert.rejects(clients[0]!.connectUser({ user_id: 'ana' }), { code: 60102 })
    assert.equal(bo.state, 'open')
    bo.disconnectUser()
  })

  test('another app’s, another user’s and nonsense are refused', { timeout }, async () => {
    await house.ask('POST', '/users', { user_id: 'ana', name: 'ana' }, 'school')
    for (const session_token of [await house.token('ana', {}, 'school'), await house.token('bo'), 'nonsense']) {
      await assert.rejects(house.client('ana', { session_token }).connectUser({ user_id: 'ana' }), { code: 60102 })
    }
  })
})

describe('channels', () => {
  test('who is brought in hears from then on; who is sent out, no more', { timeout }, async () => {
    const channel = await newChannel()
    await among(['ana', 'cy'], async (ana, cy) => {
      const heard = new Heard(cy!, channel)
      const joined = next(cy!, 'group:channel_join')
      await ana!.joinChannel({ channel_id: channel, member: 'cy' })
      const [where, who] = (await joined) as [Channel, User]
      assert.deepEqual([where.channel_id, who.user_id], [channel, 'cy'])
      await ana!.sendMessage({ channel_id: channel, content: 'welcome' })
      await heard.reaches(1)
      const banned = next(cy!, 'group:channel_ban')
      await house.ask('POST', `/group/channels/${channel}/ban`, { user_id: 'cy', seconds: 60 })
      await banned
      await ana!.sendMessage({ channel_id: channel, content: 'without cy' })
      await assert.rejects(cy!.sendMessage({ channel_id: channel, content: 'x' }), { code: 1019 })
      assert.deepEqual(heard.words, ['welcome'])
    })
  })

  test('one that is reused is not made again, unless somebody else was ever in it', { timeout }, async () => {
    await among(['ana'], async (ana) => {
      const wanted = (channel_id: string) => ({ channel_id, name: 'x', members: ['ana', 'cy'], reuse: true })
      const first = await ana!.createChannel(wanted('reuse_1'))
      assert.equal((await ana!.createChannel(wanted('reuse_2'))).channel_id, first.channel_id)
      await house.ask('PUT', '/group/channels/reuse_1/join', { member: 'bo' })
      await house.ask('PUT', '/group/channels/reuse_1/leave', { member: 'bo' })
      assert.equal((await ana!.createChannel(wanted('reuse_3'))).channel_id, 'reuse_3')
    })
  })

  test('in a frozen one only managers write', { timeout }, async () => {
    const channel = await newChannel()
    await house.ask('POST', `/group/channels/${channel}/managers`, { manager: 'bo' })
    await among(['ana', 'bo'], async (ana, bo) => {
      const frozen = next(ana!, 'group:channel_freeze')
      await bo!.freezeChannel({ channel_id: channel, freeze: true })
      await frozen
      await assert.rejects(ana!.sendMessage({ channel_id: channel, content: 'x' }), { code: 1009 })
      assert.equal((await bo!.sendMessage({ channel_id: channel, content: 'y' })).message_id, 1)
    })
  })

  test('a report is told to managers', { timeout }, async () => {
    const channel = await newChannel()
    await house.ask('POST', `/group/channels/${channel}/managers`, { manager: 'bo' })
    await among(['ana', 'bo'], async (ana, bo) => {
      const told = next(bo!, 'group:report_create')
      await ana!.createReport({ channel_id: channel, target_user_id: 'bo', category: 'spam' })
      const [report, where] = (await told) as [{ category: string }, Channel]
      assert.deepEqual([report.category, where.channel_id], ['spam', channel])
    })
  })
})

describe('files', () => {
  test('a file comes with an address that leads to it, on every wire', { timeout }, async () => {
    const channel = await newChannel()
    await among(['ana', 'bo'], async (ana, bo) => {
      const told = next(bo!, 'group:message_send')
      const steps: number[] = []
      const sent = await ana!.sendFile({
        channel_id: channel,
        file: new File(['안녕하세요'], 'hello.txt', { type: 'text/plain' }),
        content: 'a caption',
        on_progress: ({ loaded, total }) => steps.push(loaded / total),
      })
      const [message] = (await told) as [Message]
      for (const { file, content } of [sent, message]) {
        assert.equal(content, 'a caption')
        assert.equal(file?.name, 'hello.txt')
        assert.equal(await (await fetch(file.url)).text(), '안녕하세요')
      }
      assert.deepEqual(steps, [1])
    })
  })

  test('an upload whose answer was lost is not posted again', { timeout }, async () => {
    const channel = await newChannel()
    let lost = 0
    const unreliable: typeof fetch = async (address, init) => {
      const response = await fetch(address, init)
      if (init?.body instanceof FormData && ++lost === 1) throw new TypeError('terminated')
      return response
    }
    const ana = await house.connect('ana', { environment: { fetch: unreliable, random: () => 0 } })
    await ana.sendFile({ channel_id: channel, file: new Blob(['x']), name: 'x.txt' })
    const { messages } = await ana.getMessages({ channel_id: channel })
    assert.equal(lost, 2)
    assert.deepEqual(
      messages.map(({ file }) => file?.name),
      ['x.txt'],
    )
    ana.disconnectUser()
  })
})

test('what was missed and can’t be told again is a gap, after which it goes on', { timeout }, async () => {
  await using small = await GroupHouse.open({ GROUP_RESUME_EVENTS_MAX: '3' })
  await small.users('ana', 'bo')
  await small.channel('channel_1', 'ana', 'bo')
  let isAway = false
  const environment = { dial: (url: string) => new WebSocket(isAway ? 'ws://127.0.0.1:1' : url) as never }
  const reconnect = { min_delay_ms: 1, max_delay_ms: 20, tries: 100_000 }
  const ana = await small.connect('ana', { environment, reconnect })
  const heard = new Heard(ana, 'channel_1')
  await small.say('channel_1', 'bo', '1')
  await heard.reaches(1)
  isAway = true
  const [gap, back] = [next(ana, 'gap'), next(ana, 'reconnectSucceed')]
  await small.restart()
  for (const words of ['2', '3', '4', '5']) await small.say('channel_1', 'bo', words)
  isAway = false
  assert.deepEqual(await gap, [{ channel_id: 'channel_1', from: 1, to: 5, reason: 'too_many' }])
  await back
  await small.say('channel_1', 'bo', '6')
  await heard.reaches(2)
  assert.deepEqual(heard.words, ['1', '6'])
})

test('nothing that is left alone ends the program', { timeout }, async () => {
  let unhandled = 0
  const count = (): void => void unhandled++
  process.on('unhandledRejection', count)
  const ana = await house.connect('ana')
  void ana.getChannel({ channel_id: 'no_such_channel' })
  void ana.markRead({ channel_id: 'no_such_channel' })
  void ana.sendMessage({ channel_id: 'no_such_channel', content: 'x' })
  void house.client('nobody', { session_token: 'nonsense' }).connectUser({ user_id: 'nobody' })
  const failed = next(ana, 'message:failed')
  await failed
  void ana.sendMessage({ channel_id: 'no_such_channel', content: 'x' })
  ana.disconnectUser()
  void ana.updateMessage({ channel_id: 'no_such_channel', message_id: 1, content: 'x' })
  await new Promise(setImmediate)
  process.off('unhandledRejection', count)
  assert.equal(unhandled, 0)
})
