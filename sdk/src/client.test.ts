import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { messageFrame, SdkClients } from '../../test/support/sdk-clients.ts'

/** What a client sends and asks, in a world in which nothing happens by itself. */

let world: SdkClients
beforeEach(() => {
  world = new SdkClients()
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
    const client = await world.connected()
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
    const client = await world.connected()
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
    const client = await world.connected()
    const heard: unknown[] = []
    client.on('group:message_send', ({ message_id, client_id }) => void heard.push([message_id, client_id]))
    const mine = { user: { user_id: 'ana' } }
    const first = client.sendMessage({ channel_id: 'room', content: 'a' })
    // Another device of hers says something too; which one is ours is known only by the acknowledgement.
    world.socket.say(messageFrame(1, mine), messageFrame(2, mine), messageFrame(3))
    assert.deepEqual(heard, [])
    world.socket.say(reply(1, 2))
    assert.deepEqual(heard, [
      [1, undefined],
      [2, first.pending.client_id],
      [3, undefined],
    ])
    const second = client.sendMessage({ channel_id: 'room', content: 'b' })
    world.socket.say(reply(2, 4), messageFrame(4, mine))
    assert.deepEqual(heard.at(-1), [4, second.pending.client_id])
  })

  test('what is cut off is sent again under the same name, before what came later', async () => {
    const client = await world.connected()
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
    const client = await world.connected()
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
    const client = await world.connected()
    void client.sendMessage({ channel_id: 'room', content: 'a' })
    for (let i = 0; i < 10; i++) {
      await world.pass(1000)
      world.socket.say({ type: 'pong' })
    }
    assert.equal(client.state, 'connecting')
  })

  test('there is an end to what waits, and to waiting', async () => {
    const client = await world.connected({ max_queued_messages: 2 })
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
    const client = world.client()
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
    const client = await world.connected()
    const marked = client.markRead({ channel_id: 'room' })
    world.socket.say({ type: 'reply', ref: 1, ok: true }, { type: 'reply', ref: 1, ok: false, error: { code: 1 } })
    await marked
  })

  test('frames of a later server are passed over', async () => {
    const client = await world.connected()
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
