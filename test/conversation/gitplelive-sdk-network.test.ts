import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ClientOptions } from '../../sdk/src/gitple-live.ts'
import { FrameProxy } from '../support/frame-proxy.ts'
import { GroupHouse } from '../support/group-house.ts'
import { Heard, next } from '../support/heard.ts'
import { NetworkProxy } from '../support/network-proxy.ts'

/** What networks do, and what the SDK makes of it: nothing is lost, nothing comes twice, nothing out of order. */

const timeout = 30_000
const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

let house: GroupHouse
let channels = 0
before(async () => {
  house = await GroupHouse.open()
  await house.users('ana', 'bo')
})
after(() => house[Symbol.asyncDispose]())

/** A channel of its own for each test. */
async function newChannel(): Promise<string> {
  const id = `channel_${++channels}`
  await house.channel(id, 'ana', 'bo')
  return id
}

function through(proxy: FrameProxy): Partial<ClientOptions> {
  const dial = (url: string) => new WebSocket(url.replace(/^ws:\/\/[^/]+/, proxy.url)) as never
  return { environment: { dial } }
}

describe('a network that cuts', () => {
  test('what was said meanwhile is told in order when it is back', { timeout }, async () => {
    const channel = await newChannel()
    await using network = await NetworkProxy.to(house.url)
    const bo = await house.connect('bo', { url: network.url })
    const heard = new Heard(bo, channel)
    await house.say(channel, 'ana', '1')
    await heard.reaches(1)
    network.down()
    for (const words of ['2', '3', '4']) await house.say(channel, 'ana', words)
    const back = next(bo, 'reconnectSucceed')
    network.mend()
    await back
    await house.say(channel, 'ana', '5')
    await heard.reaches(5)
    assert.deepEqual(heard.words, ['1', '2', '3', '4', '5'])
    bo.disconnectUser()
  })

  test('a message that was accepted before the cut is not posted again', { timeout }, async () => {
    const channel = await newChannel()
    await using proxy = await FrameProxy.to(house.url)
    const ana = await house.connect('ana', through(proxy))
    const heard = new Heard(ana, channel)
    let cuts = 0
    // Its own copy and the acknowledgement are lost with the connection, several times.
    proxy.fromServer = (text) => {
      const isAbout = text.includes('"type":"reply"') && text.includes('once and for all')
      return isAbout && ++cuts <= 3 ? 'cut' : 'pass'
    }
    const sent = await ana.sendMessage({ channel_id: channel, content: 'once and for all' })
    assert.equal(cuts, 4)
    const { messages } = await ana.getMessages({ channel_id: channel })
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['once and for all'],
    )
    assert.equal(sent.message_id, 1)
    await heard.reaches(1)
    assert.deepEqual(heard.ids, [1])
    assert.equal(heard.messages[0]?.client_id, sent.client_id)
    ana.disconnectUser()
  })

  test('messages sent without a connection wait, and keep their order', { timeout }, async () => {
    const channel = await newChannel()
    await using network = await NetworkProxy.to(house.url)
    const ana = await house.connect('ana', { url: network.url })
    const bo = await house.connect('bo')
    const heard = new Heard(bo, channel)
    const lost = next(ana, 'disconnected')
    network.down()
    await lost
    const sending = ['a', 'b', 'c', 'd'].map((content) => ana.sendMessage({ channel_id: channel, content }))
    network.mend()
    const sent = await Promise.all(sending)
    assert.deepEqual(
      sent.map(({ message_id }) => message_id),
      [1, 2, 3, 4],
    )
    await heard.reaches(4)
    assert.deepEqual(heard.words, ['a', 'b', 'c', 'd'])
    ana.disconnectUser()
    bo.disconnectUser()
  })

  test('the server restarts', { timeout }, async () => {
    await using own = await GroupHouse.open()
    await own.users('ana', 'bo')
    await own.channel('channel_1', 'ana', 'bo')
    const [ana, bo] = [await own.connect('ana'), await own.connect('bo')]
    const heard = new Heard(bo, 'channel_1')
    await ana.sendMessage({ channel_id: 'channel_1', content: 'before' })
    const back = Promise.all([next(ana, 'reconnectSucceed'), next(bo, 'reconnectSucceed')])
    const restarted = own.restart()
    const during = ana.sendMessage({ channel_id: 'channel_1', content: 'during' })
    await restarted
    await Promise.all([back, during])
    await ana.sendMessage({ channel_id: 'channel_1', content: 'after' })
    await heard.reaches(3)
    assert.deepEqual(heard.words, ['before', 'during', 'after'])
  })
})

describe('a network that stalls', () => {
  test(
    'a connection through which nothing comes is given up, and the message is sent on the next',
    { timeout },
    async () => {
      const channel = await newChannel()
      await using network = await NetworkProxy.to(house.url)
      const ana = await house.connect('ana', { url: network.url, timeout_ms: 150 })
      network.stall()
      const lost = next(ana, 'disconnected')
      const sending = ana.sendMessage({ channel_id: channel, content: 'through' })
      await lost
      assert.equal((await sending).message_id, 1)
      ana.disconnectUser()
    },
  )

  test('a dial that nobody answers is given up', { timeout }, async () => {
    await using network = await NetworkProxy.to(house.url)
    network.stall({ newOnes: true })
    const ana = house.client('ana', { url: network.url, timeout_ms: 100 })
    const trying = next(ana, 'reconnectTry')
    const connected = ana.connectUser({ user_id: 'ana' })
    await trying
    network.mend()
    await connected
    assert.ok(network.dials > 1)
    ana.disconnectUser()
  })

  test('requests that were under way are rejected, not repeated', { timeout }, async () => {
    const channel = await newChannel()
    await using network = await NetworkProxy.to(house.url)
    const ana = await house.connect('ana', { url: network.url, timeout_ms: 100 })
    network.stall()
    await assert.rejects(ana.markRead({ channel_id: channel }), { code: 60901 })
    ana.disconnectUser()
  })
})

describe('a network that is slow', () => {
  test('messages that come in small pieces are whole and in order', { timeout }, async () => {
    const channel = await newChannel()
    await using network = await NetworkProxy.to(house.url)
    network.slow(7)
    const bo = await house.connect('bo', { url: network.url })
    const heard = new Heard(bo, channel)
    const ana = await house.connect('ana')
    await Promise.all(all(30).map((n) => ana.sendMessage({ channel_id: channel, content: `메시지 ${n} 😀` })))
    await heard.reaches(30)
    assert.deepEqual(
      heard.words,
      all(30).map((n) => `메시지 ${n} 😀`),
    )
    ana.disconnectUser()
    bo.disconnectUser()
  })
})

describe('a network that duplicates', () => {
  test(
    'one who is there twice, because the server doesn’t know of the cut, hears each message once',
    { timeout },
    async () => {
      const channel = await newChannel()
      await using network = await NetworkProxy.to(house.url)
      const bo = await house.connect('bo', { url: network.url })
      const heard = new Heard(bo, channel)
      for (let round = 1; round <= 5; round++) {
        await house.say(channel, 'ana', String(round))
        const back = next(bo, 'reconnectSucceed')
        network.orphan()
        await back
      }
      await house.say(channel, 'ana', '6')
      await heard.reaches(6)
      assert.deepEqual(heard.ids, all(6))
      bo.disconnectUser()
    },
  )

  test('every frame comes twice, in both directions', { timeout }, async () => {
    const channel = await newChannel()
    await using proxy = await FrameProxy.to(house.url)
    // Two greetings are no greeting: the rest is doubled.
    proxy.fromClient = (text) => (text.includes('"type":"hello"') ? 'pass' : 'twice')
    proxy.fromServer = () => 'twice'
    const [ana, bo] = await Promise.all(['ana', 'bo'].map((id) => house.connect(id, through(proxy))))
    const heard = new Heard(bo!, channel)
    for (const n of all(20)) await ana!.sendMessage({ channel_id: channel, content: String(n) })
    await heard.reaches(20)
    assert.deepEqual(heard.words, all(20).map(String))
    const { messages } = await bo!.getMessages({ channel_id: channel, limit: 100 })
    assert.deepEqual(
      messages.map(({ content }) => content),
      all(20).map(String),
    )
    ana!.disconnectUser()
    bo!.disconnectUser()
  })

  test('a frame that is lost is noticed by the next one, and told again', { timeout }, async () => {
    const channel = await newChannel()
    await using proxy = await FrameProxy.to(house.url)
    const bo = await house.connect('bo', through(proxy))
    const heard = new Heard(bo, channel)
    let drops = 0
    proxy.fromServer = (text) => (text.includes('"content":"2"') && ++drops <= 2 ? 'drop' : 'pass')
    for (const words of ['1', '2', '3', '4']) await house.say(channel, 'ana', words)
    await heard.reaches(4)
    assert.deepEqual(heard.words, ['1', '2', '3', '4'])
    bo.disconnectUser()
  })
})

describe('all of it at once', () => {
  test('two who write while their networks break hear everything once, in one order', { timeout: 60_000 }, async () => {
    const channel = await newChannel()
    await using mine = await NetworkProxy.to(house.url)
    await using hers = await NetworkProxy.to(house.url)
    const ana = await house.connect('ana', { url: mine.url, timeout_ms: 500 })
    const bo = await house.connect('bo', { url: hers.url, timeout_ms: 500 })
    const heard = [new Heard(ana, channel), new Heard(bo, channel)]
    const gaps: unknown[] = []
    for (const client of [ana, bo]) client.on('gap', (gap) => gaps.push(gap))
    const troubles = [() => mine.cut(), () => hers.orphan(), () => mine.orphan(), () => hers.cut(), () => hers.stall()]
    const each = 60
    const say = async (client: typeof ana, name: string): Promise<void> => {
      for (const n of all(each)) {
        const sending = client.sendMessage({ channel_id: channel, content: `${name} ${n}` })
        // Sometimes several are under way when it happens.
        if (n % 3 === 0) await sending
        if (n % 7 === 0) troubles[(n + name.length) % troubles.length]?.()
      }
    }
    await Promise.all([say(ana, 'ana'), say(bo, 'bo')])
    await Promise.all(heard.map((one) => one.reaches(2 * each)))
    for (const one of heard) assert.deepEqual(one.ids, all(2 * each))
    assert.deepEqual(heard[0]?.words, heard[1]?.words)
    for (const name of ['ana', 'bo']) {
      const own = heard[0]?.words.filter((words) => words?.startsWith(`${name} `))
      assert.deepEqual(
        own,
        all(each).map((n) => `${name} ${n}`),
      )
    }
    assert.deepEqual(gaps, [])
    ana.disconnectUser()
    bo.disconnectUser()
  })
})
