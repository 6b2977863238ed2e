import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { nodeCount } from '../support/chosen-servers.ts'
import { TownSocket, transports, type Chat } from '../support/town-socket.ts'
import { Town, type Channel, type Townsman } from '../support/town.ts'
import { WireCutter } from '../support/wire-cutter.ts'

let town: Town
let ana: Townsman
let bo: Townsman
let quarter: string
let square: Channel
let market: Channel

before(async () => {
  town = await Town.open()
  ana = await town.settler('ana')
  bo = await town.settler('bo')
  quarter = await town.community(ana, bo)
  square = await town.channel(ana, quarter)
  market = await town.channel(ana, quarter)
})
after(() => town[Symbol.asyncDispose]())

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

for (const name of ['websocket', 'polling', 'upgrade'] as const) {
  describe(`a client that was cut off, over ${name}`, () => {
    const options = { transports: [...transports[name]] }

    for (const end of ['both ends', 'the client alone'] as const) {
      it(`gets all that it missed, once and in order, when ${end} noticed`, async () => {
        await using cutter = await WireCutter.to(town.url)
        using writer = await TownSocket.open(town.namespace(quarter), ana)
        using reader = await TownSocket.open(town.namespace(quarter, cutter.url), bo, options)
        await reader.join(square._id, market._id)
        const heard: string[] = []
        reader.socket.on('new-chat', ({ content }: Chat) => heard.push(content))
        await writer.say(square._id, 'before')
        await reader.hearsChat()
        const { id } = reader.socket

        if (end === 'both ends') cutter.cut()
        else cutter.cutClients()
        await reader.hears('disconnect')
        const written = range(200).map((index) => `${name} ${index}`)
        for (const [index, content] of written.entries()) {
          await writer.say(index % 3 === 0 ? market._id : square._id, content)
        }
        cutter.mend()

        await reader.hears('connect')
        assert.equal(reader.socket.recovered, true)
        assert.equal(reader.socket.id, id)
        await writer.say(square._id, 'after')
        while (heard.at(-1) !== 'after') await reader.hearsChat()
        assert.deepEqual(heard, ['before', ...written, 'after'])
      })
    }

    it('gets what it missed before it had heard anything at all, and what is written while it is told', async () => {
      await using cutter = await WireCutter.to(town.url)
      using writer = await TownSocket.open(town.namespace(quarter), ana)
      await writer.join(square._id)
      await writer.say(square._id, 'long before')
      using reader = await TownSocket.open(town.namespace(quarter, cutter.url), bo, options)
      await reader.join(square._id)
      const heard: string[] = []
      reader.socket.on('new-chat', ({ content }: Chat) => heard.push(content))
      cutter.cut()
      await reader.hears('disconnect')
      await writer.say(square._id, 'missed')
      cutter.mend()
      const written = range(50).map(String)
      const writing = (async () => {
        for (const content of written) await writer.say(square._id, content)
      })()
      await reader.hears('connect')
      await writing
      while (heard.at(-1) !== '49') await reader.hearsChat()
      assert.deepEqual(heard, ['missed', ...written])
    })
  })
}

describe('while a client is away', () => {
  it('it is invited to a channel: it hears of it, and what was said there', async () => {
    await using cutter = await WireCutter.to(town.url)
    const secret = await town.channel(ana, quarter, true)
    using host = await TownSocket.open(town.namespace(quarter), ana)
    using guest = await TownSocket.open(town.namespace(quarter, cutter.url), bo)
    await guest.join(square._id)
    cutter.cut()
    await guest.hears('disconnect')
    await host.say(secret._id, 'not for the guest yet')
    await host.say(square._id, 'first')
    const invitation = { community_id: quarter, channel_id: secret._id, users: [bo._id] }
    assert.deepEqual(await host.ask('invite-users-to-channel', invitation), { isSuccess: true })
    await host.say(secret._id, 'welcome')
    cutter.mend()
    assert.equal((await guest.hearsChat()).content, 'first')
    const [channel] = (await guest.hears('invited-to-channel')) as [Channel]
    assert.equal(channel._id, secret._id)
    assert.equal((await guest.hearsChat()).content, 'welcome')
    await host.say(secret._id, 'and on')
    assert.equal((await guest.hearsChat()).content, 'and on')
  })

  it('it is taken out of a channel: it hears no more of that', async () => {
    await using cutter = await WireCutter.to(town.url)
    const channel = await town.channel(ana, quarter)
    using writer = await TownSocket.open(town.namespace(quarter), ana)
    using leaver = await TownSocket.open(town.namespace(quarter, cutter.url), bo)
    await leaver.join(channel._id, square._id)
    cutter.cut()
    await leaver.hears('disconnect')
    await writer.say(channel._id, 'before it left')
    await town.ask(bo, 'DELETE', `/api/channels/${channel._id}/me`)
    await writer.say(channel._id, 'among ourselves')
    await writer.say(square._id, 'for all')
    cutter.mend()
    assert.equal((await leaver.hearsChat()).content, 'for all')
    assert.deepEqual(await leaver.unheard(), [])
    assert.equal(leaver.socket.recovered, true)
  })

  it('it is taken out of the community: it is not let in again', async () => {
    await using cutter = await WireCutter.to(town.url)
    const other = await town.community(ana, bo)
    using leaver = await TownSocket.open(town.namespace(other, cutter.url), bo)
    cutter.cut()
    await leaver.hears('disconnect')
    await town.ask(bo, 'DELETE', `/api/communities/${other}/me`)
    cutter.mend()
    const reason = async () => ((await leaver.hears('connect_error'))[0] as Error).message
    let heard = await reason()
    // It may have tried while it was still cut off.
    while (/^(?:xhr poll|websocket) error$/.test(heard)) heard = await reason()
    assert.equal(heard, 'Unauthorized')
  })

  it('what it wrote itself is not told to it, what its user wrote elsewhere is', async () => {
    await using cutter = await WireCutter.to(town.url)
    using phone = await TownSocket.open(town.namespace(quarter, cutter.url), ana)
    using tablet = await TownSocket.open(town.namespace(quarter), ana)
    await phone.join(square._id)
    await tablet.say(square._id, 'heard')
    await phone.hearsChat()
    await phone.say(square._id, 'mine')
    cutter.cutClients()
    await phone.hears('disconnect')
    await tablet.say(square._id, 'from the tablet')
    cutter.mend()
    assert.equal((await phone.hearsChat()).content, 'from the tablet')
    assert.deepEqual(await phone.unheard(), [])
  })

  it('edits and deletions are told as such', async () => {
    await using cutter = await WireCutter.to(town.url)
    using writer = await TownSocket.open(town.namespace(quarter), ana)
    using reader = await TownSocket.open(town.namespace(quarter, cutter.url), bo)
    await reader.join(square._id)
    const { chatInfo: first } = (await writer.say(square._id, 'one')) as { chatInfo: Chat }
    const { chatInfo: second } = (await writer.say(square._id, 'two')) as { chatInfo: Chat }
    await reader.hearsChat()
    await reader.hearsChat()
    cutter.cut()
    await reader.hears('disconnect')
    await writer.ask('chat', { chatType: 'modify', channelId: square._id, chatId: first.id, content: 'one, changed' })
    await writer.ask('chat', { chatType: 'delete', channelId: square._id, chatId: second.id })
    cutter.mend()
    assert.equal((await reader.hearsChat('modify-chat')).content, 'one, changed')
    const gone = await reader.hearsChat('delete-chat')
    assert.equal(gone.id, second.id)
    assert.ok(gone.deletedAt)
  })

  it('more happens than it can be told: it starts again, and knows it', async () => {
    await using cutter = await WireCutter.to(town.url)
    using writer = await TownSocket.open(town.namespace(quarter), ana)
    using reader = await TownSocket.open(town.namespace(quarter, cutter.url), bo)
    await reader.join(square._id)
    cutter.cut()
    await reader.hears('disconnect')
    await Promise.all(range(1001).map((index) => writer.say(square._id, String(index))))
    cutter.mend()
    await reader.hears('connect')
    assert.equal(reader.socket.recovered, false)
    assert.deepEqual(await reader.unheard(), [])
    // Its new socket hears, and can be cut off again. The client still names the position of the old one.
    await reader.join(square._id)
    cutter.cut()
    await reader.hears('disconnect')
    await writer.say(square._id, 'missed')
    cutter.mend()
    assert.equal((await reader.hearsChat()).content, 'missed')
    assert.equal(reader.socket.recovered, true)
  })
})

describe('a server that is restarted', () => {
  for (const name of ['websocket', 'polling'] as const) {
    it(`tells its clients what they missed before, while it was away and after, over ${name}`, async () => {
      await using old = await Town.open()
      const [eva, finn] = [await old.settler('eva'), await old.settler('finn')]
      const place = await old.community(eva, finn)
      const [plaza, alley] = [await old.channel(eva, place), await old.channel(eva, place)]
      await using cutter = await WireCutter.to(old.url)
      const options = { transports: [...transports[name]] }
      const say = async (channel: Channel, content: string): Promise<void> => {
        await old.ask(eva, 'POST', `/api/channels/${channel._id}/chat`, { type: 'TEXT', content })
      }
      await say(plaza, 'nobody was there')
      using reader = await TownSocket.open(old.namespace(place, cutter.url), finn, options)
      using deaf = await TownSocket.open(old.namespace(place, cutter.url), finn, options)
      using bystander = await TownSocket.open(old.namespace(place), eva)
      await reader.join(plaza._id, alley._id)
      await deaf.join(alley._id)
      const heard: string[] = []
      reader.socket.on('new-chat', ({ content }: Chat) => heard.push(content))
      await say(plaza, 'heard')
      await reader.hearsChat()
      cutter.cut()
      await reader.hears('disconnect')
      await deaf.hears('disconnect')
      await bystander.join(plaza._id)
      for (const index of range(10)) await say(index % 2 === 0 ? plaza : alley, `before ${index}`)
      await old.restart()
      for (const index of range(10)) await say(index % 2 === 0 ? plaza : alley, `after ${index}`)
      cutter.mend()
      await reader.hears('connect')
      assert.equal(reader.socket.recovered, true)
      await say(plaza, 'over')
      while (heard.at(-1) !== 'over') await reader.hearsChat()
      const missed = ['before', 'after'].flatMap((when) => range(10).map((index) => `${when} ${index}`))
      assert.deepEqual(heard, ['heard', ...missed, 'over'])
      await deaf.hears('connect')
      assert.equal(deaf.socket.recovered, true)
      for (const content of missed.filter((_, index) => index % 2 === 1)) {
        assert.equal((await deaf.hearsChat()).content, content)
      }
      await bystander.hears('connect')
      assert.equal(bystander.socket.recovered, true)
    })
  }
})

describe('a seat is not kept', () => {
  it('for more clients than may be away', async () => {
    await using small = await Town.open({ RECOVERIES_MAX: '1' })
    const eva = await small.settler('eva')
    const place = await small.community(eva)
    await using cutter = await WireCutter.to(small.url)
    using first = await TownSocket.open(small.namespace(place, cutter.url), eva)
    await using otherCutter = await WireCutter.to(small.url)
    using second = await TownSocket.open(small.namespace(place, otherCutter.url), eva)
    cutter.cut()
    await first.hears('disconnect')
    otherCutter.cut()
    await second.hears('disconnect')
    otherCutter.mend()
    await second.hears('connect')
    cutter.mend()
    await first.hears('connect')
    assert.deepEqual([first.socket.recovered, second.socket.recovered], [false, true])
  })

  it('for more than 32 clients of one user', async () => {
    await using cutter = await WireCutter.to(town.url)
    const url = town.namespace(quarter, cutter.url)
    // Each node counts its own.
    const most = 32 * nodeCount
    const sockets = await Promise.all(
      range(most + 2).map(() => TownSocket.open(url, bo, { transports: ['websocket'] })),
    )
    cutter.cut()
    await Promise.all(sockets.map((socket) => socket.hears('disconnect')))
    cutter.mend()
    await Promise.all(sockets.map((socket) => socket.hears('connect')))
    assert.equal(sockets.filter(({ socket }) => socket.recovered).length, most)
    for (const socket of sockets) socket[Symbol.dispose]()
  })

  it('for somebody else, or who said goodbye', async () => {
    using socket = await TownSocket.open(town.namespace(quarter), bo)
    const { _pid: pid } = socket.socket as unknown as { _pid: string }
    using thief = TownSocket.dial(town.namespace(quarter), ana.token, { auth: { token: ana.token, pid, offset: '' } })
    await thief.connected()
    assert.deepEqual(await socket.unheard(), [])
    assert.notEqual(thief.socket.id, socket.socket.id)
    socket.socket.disconnect()
    using late = TownSocket.dial(town.namespace(quarter), bo.token, { auth: { token: bo.token, pid, offset: '' } })
    await late.connected()
    assert.notEqual((late.socket as unknown as { _pid: string })._pid, pid)
  })
})
