import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import Echo from 'laravel-echo'
import { LaravelHouse } from '../support/laravel-house.ts'
import {
  hears,
  joined,
  listenTo,
  PusherClients,
  pusherApi,
  RawPusher,
  reached,
  subscribed,
} from '../support/pusher-clients.ts'

/** Pages with pusher-js and Laravel Echo, and an application with Pusher's own library. */

let house: LaravelHouse
let clients: PusherClients
before(async () => (house = await LaravelHouse.open()))
after(() => house[Symbol.asyncDispose]())
beforeEach(() => void (clients = new PusherClients(house)))
afterEach(() => clients[Symbol.dispose]())

describe('pusher-js', () => {
  test('a public channel', async () => {
    const { inbox } = await subscribed(clients.dial(null), 'orders')
    await pusherApi(house).trigger('orders', 'App\\Events\\OrderShipped', { id: 7, note: '도착 😀' })
    assert.deepEqual((await hears(inbox, 'App\\Events\\OrderShipped')).data, { id: 7, note: '도착 😀' })
  })

  test('a text that is no JSON stays one', async () => {
    const { inbox } = await subscribed(clients.dial(null), 'orders')
    await pusherApi(house).trigger('orders', 'said', 'hello "you"')
    assert.equal((await hears(inbox, 'said')).data, 'hello "you"')
  })

  test('many channels at once, and a batch', async () => {
    const client = clients.dial('ana')
    const [one, two] = [await subscribed(client, 'one'), await subscribed(client, 'private-two')]
    await pusherApi(house).trigger(['one', 'private-two', 'three'], 'said', 1)
    assert.equal((await hears(one.inbox, 'said')).data, 1)
    assert.equal((await hears(two.inbox, 'said')).data, 1)
    await pusherApi(house).triggerBatch([
      { channel: 'one', name: 'first', data: 1 },
      { channel: 'private-two', name: 'second', data: { a: 2 } },
    ])
    assert.equal((await hears(one.inbox, 'first')).data, 1)
    assert.deepEqual((await hears(two.inbox, 'second')).data, { a: 2 })
    assert.deepEqual([one.inbox.drain(), two.inbox.drain()], [[], []])
  })

  test('who may not, and who left, hears nothing', async () => {
    const stranger = clients.dial(null)
    const refused = listenTo(stranger.subscribe('private-room'))
    assert.equal((await hears(refused, 'pusher:subscription_error')).data.type, 'AuthError')
    const { inbox } = await subscribed(clients.dial('ana'), 'private-room')
    const gone = clients.dial('bo')
    const left = await subscribed(gone, 'private-room')
    const fence = await subscribed(gone, 'fence')
    gone.unsubscribe('private-room')
    // The library's own order: what it says now comes after the good-bye.
    await subscribed(gone, 'fence-2')
    await pusherApi(house).trigger('private-room', 'said', 1)
    await hears(inbox, 'said')
    await pusherApi(house).trigger('fence', 'fence', 1)
    await hears(fence.inbox, 'fence')
    assert.deepEqual([left.inbox.drain(), refused.drain()], [[], []])
  })

  test('presence: each user once, whatever the number of its pages', async () => {
    const ana = await subscribed(clients.dial('ana'), 'presence-room')
    assert.deepEqual(ana.succeeded.data.members, { ana: { name: 'name of ana' } })
    assert.deepEqual(ana.succeeded.data.me, { id: 'ana', info: { name: 'name of ana' } })
    const page = clients.dial('bo')
    await joined(house, 'presence-room', 1)
    const bo = await subscribed(page, 'presence-room')
    assert.equal(bo.succeeded.data.count, 2)
    assert.deepEqual((await hears(ana.inbox, 'pusher:member_added')).data, {
      id: 'bo',
      info: { name: 'name of bo' },
    })
    const otherPage = clients.dial('bo')
    assert.equal((await subscribed(otherPage, 'presence-room')).succeeded.data.count, 2)
    await joined(house, 'presence-room', 3)
    page.disconnect()
    const cy = clients.dial('cy')
    await subscribed(cy, 'presence-room')
    assert.equal((await hears(ana.inbox, 'pusher:member_added')).data.id, 'cy')
    otherPage.unsubscribe('presence-room')
    assert.equal((await hears(ana.inbox, 'pusher:member_removed')).data.id, 'bo')
    cy.disconnect()
    assert.equal((await hears(ana.inbox, 'pusher:member_removed')).data.id, 'cy')
    assert.deepEqual(ana.inbox.drain(), [])
    assert.deepEqual(
      bo.inbox.drain().map(({ event }) => event),
      [],
      'the newcomer was not told of itself',
    )
  })

  test('whispers reach the others, with who it is on presence channels', async () => {
    const [ana, bo] = [clients.dial('ana'), clients.dial('bo')]
    for (const name of ['private-room', 'presence-room']) {
      const [hers, his] = [await subscribed(ana, name), await subscribed(bo, name)]
      hers.channel.trigger('client-typing', { keys: ['a', 1, null] })
      const { data, userId } = await hears(his.inbox, 'client-typing')
      assert.deepEqual(data, { keys: ['a', 1, null] })
      assert.equal(userId, name === 'presence-room' ? 'ana' : undefined)
      his.channel.trigger('client-fence', 'text')
      assert.equal((await hears(hers.inbox, 'client-fence')).data, 'text')
      assert.deepEqual(
        hers.inbox.drain().filter(({ event }) => event.startsWith('client-')),
        [],
        'nobody hears itself',
      )
    }
  })

  test('encrypted channels are passed through', async () => {
    const { inbox } = await subscribed(clients.dial('ana'), 'private-encrypted-room')
    const api = pusherApi(house, 'shop', { encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString('base64') })
    await api.trigger('private-encrypted-room', 'said', { secret: '비밀' })
    assert.deepEqual((await hears(inbox, 'said')).data, { secret: '비밀' })
  })

  test('cache channels say the last event to those who come later', async () => {
    const first = await subscribed(clients.dial(null), 'cache-news')
    await hears(first.inbox, 'pusher:cache_miss')
    await pusherApi(house).trigger('cache-news', 'headline', { n: 1 })
    await pusherApi(house).trigger('cache-news', 'headline', { n: 2 })
    await hears(first.inbox, 'headline')
    await hears(first.inbox, 'headline')
    const second = await subscribed(clients.dial(null), 'cache-news')
    assert.deepEqual((await hears(second.inbox, 'headline')).data, { n: 2 })
    assert.deepEqual(second.inbox.drain(), [])
  })

  test('a user who signed in hears what is for that user, and can be sent away', async () => {
    const ana = clients.dial('ana')
    const [signedIn, notForHim] = [clients.dial('bo'), clients.dial('bo')]
    const heard = Promise.withResolvers<unknown>()
    signedIn.user.bind('news', heard.resolve)
    notForHim.user.bind('news', () => assert.fail('did not sign in'))
    ana.user.bind('news', () => assert.fail('another user'))
    ana.signin()
    signedIn.signin()
    const done = Promise.all([ana.user.signinDonePromise, signedIn.user.signinDonePromise])
    await Promise.all([reached(notForHim, 'connected'), reached(ana, 'connected'), reached(signedIn, 'connected')])
    await done
    // What is subscribed after the sign-in is answered after it.
    await subscribed(signedIn, 'fence')
    await pusherApi(house).sendToUser('bo', 'news', { n: 1 })
    assert.deepEqual(await heard.promise, { n: 1 })
    // Without the library: after a refusal it keeps a timer of half a minute.
    const raw = await RawPusher.dial(house)
    raw.says('pusher:signin', pusherApi(house).authenticateUser(raw.socketId, { id: 'cy' }))
    await raw.hears('pusher:signin_success')
    await pusherApi(house).terminateUserConnections('cy')
    assert.deepEqual((await raw.hears('pusher:error')).data, {
      code: 4009,
      message: 'Connection terminated by the application',
    })
    assert.equal((await raw.closed).code, 4009)
    await Promise.all([subscribed(ana, 'fence'), subscribed(notForHim, 'fence')])
  })

  test('an unknown key is refused for good', async () => {
    const { hostname, port } = new URL(house.url)
    const client = clients.dial(null, 'shop', { wsHost: hostname, wsPort: Number(port) })
    client.disconnect()
    client.switchCluster({ appKey: 'nobody', cluster: 'mt1' })
    client.connect()
    await reached(client, 'disconnected')
  })

  test('two applications never hear each other', async () => {
    const shop = await subscribed(clients.dial('ana'), 'presence-room')
    const blog = await subscribed(clients.dial('bo', 'blog'), 'presence-room')
    assert.deepEqual(Object.keys(blog.succeeded.data.members), ['bo'])
    await pusherApi(house, 'blog').trigger('presence-room', 'said', 'blog')
    assert.equal((await hears(blog.inbox, 'said')).data, 'blog')
    blog.channel.trigger('client-typing', {})
    await pusherApi(house).trigger('presence-room', 'said', 'shop')
    assert.equal((await hears(shop.inbox, 'said')).data, 'shop')
    await pusherApi(house, 'blog').trigger('presence-room', 'fence', 1)
    await hears(blog.inbox, 'fence')
    assert.deepEqual([shop.inbox.drain(), blog.inbox.drain()], [[], []])
  })
})

describe('Laravel Echo', () => {
  const echoOf = (id: string): Echo<'pusher'> =>
    new Echo<'pusher'>({ broadcaster: 'pusher', key: 'shop-key', client: clients.dial(id) })
  const heardBy = (on: (hear: (value: unknown) => void) => void): Promise<unknown> => new Promise((heard) => on(heard))

  test('listen, with the namespace and without', async () => {
    const echo = echoOf('ana')
    const channel = echo.private('Chat.room1')
    const events = [
      heardBy((hear) => channel.listen('ChatMessageSent', hear)),
      heardBy((hear) => channel.listen('.literal', hear)),
      heardBy((hear) => echo.channel('orders').listen('OrderShipped', hear)),
    ]
    await Promise.all([
      heardBy((hear) => channel.subscribed(() => hear(null))),
      heardBy((hear) => echo.channel('orders').subscribed(() => hear(null))),
    ])
    const api = pusherApi(house)
    await api.trigger('private-Chat.room1', 'App\\Events\\ChatMessageSent', { message: 'hi', user: { id: 1 } })
    await api.trigger('private-Chat.room1', 'literal', 2)
    await api.trigger('orders', 'App\\Events\\OrderShipped', 3)
    assert.deepEqual(await Promise.all(events), [{ message: 'hi', user: { id: 1 } }, 2, 3])
  })

  test('here, joining, leaving, whisper', async () => {
    const [ana, bo] = [echoOf('ana'), echoOf('bo')]
    const hers = ana.join('Chat.room2')
    const joining = heardBy((hear) => hers.joining(hear))
    const leaving = heardBy((hear) => hers.leaving(hear))
    assert.deepEqual(await heardBy((hear) => hers.here(hear)), [{ name: 'name of ana' }])
    await joined(house, 'presence-Chat.room2', 1)
    const his = bo.join('Chat.room2')
    assert.deepEqual(await heardBy((hear) => his.here(hear)), [{ name: 'name of ana' }, { name: 'name of bo' }])
    assert.deepEqual(await joining, { name: 'name of bo' })
    const typing = heardBy((hear) => hers.listenForWhisper('typing', hear))
    his.whisper('typing', { name: 'bo' })
    assert.deepEqual(await typing, { name: 'bo' })
    bo.leave('Chat.room2')
    assert.deepEqual(await leaving, { name: 'name of bo' })
  })

  test('toOthers: the one with the socket id hears nothing', async () => {
    const [ana, bo] = [echoOf('ana'), echoOf('bo')]
    const hers: unknown[] = []
    const fenced = heardBy((hear) => ana.private('room').listen('.fence', hear))
    ana.private('room').listen('.said', (data: unknown) => hers.push(data))
    const his = heardBy((hear) => bo.private('room').listen('.said', hear))
    const both = [ana, bo].map((echo) => heardBy((hear) => echo.private('room').subscribed(() => hear(null))))
    await Promise.all(both)
    const socketId = ana.socketId()
    assert.match(socketId ?? '', /^\d+\.\d+$/)
    await pusherApi(house).trigger('private-room', 'said', 1, { socket_id: socketId! })
    assert.equal(await his, 1)
    await pusherApi(house).trigger('private-room', 'fence', 1)
    await fenced
    assert.deepEqual(hers, [])
  })
})

test('a server that goes is looked for at once, and found', async () => {
  const own = await LaravelHouse.open()
  using there = new PusherClients(own)
  const client = there.dial('ana')
  await reached(client, 'connected')
  const error = Promise.withResolvers<{ data?: { code?: number } }>()
  client.connection.bind('error', error.resolve)
  const away = reached(client, 'connecting')
  await own[Symbol.asyncDispose]()
  assert.equal((await error.promise).data?.code, 4200)
  await away
})
