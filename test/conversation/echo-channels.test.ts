import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AuthServer } from '../support/auth-server.ts'
import { clientVersions, EchoPage } from '../support/echo-page.ts'
import { EchoApi } from '../support/echo-api.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { WireCutter } from '../support/wire-cutter.ts'

/** Laravel Echo 2 over Socket.IO, as with laravel-echo-server. */

let auth: AuthServer
let house: LaravelHouse
let shop: EchoApi
let blog: EchoApi
before(async () => {
  auth = await AuthServer.start()
  house = await LaravelHouse.open({ shop: { authEndpoint: auth.url } })
  shop = new EchoApi(house.url, laravelApps.shop)
  blog = new EchoApi(house.url, laravelApps.blog)
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

const ana = { id: 1, name: 'Ana' }
const bo = { id: 2, name: 'Bo' }

for (const version of clientVersions) {
  describe(`Echo with socket.io-client ${version}`, () => {
    test('a public channel: events by class and by name, until it is left', async () => {
      using page = await EchoPage.open(house.url, { version })
      const orders = `orders-${version}`
      page.listen('channel', orders, 'OrderShipped')
      page.listen('channel', orders, '.order.shipped')
      await page.settled()
      await shop.publish({ channel: orders, name: 'App\\Events\\OrderShipped', data: { id: 7, to: '서울' } })
      assert.deepEqual(await page.next(`OrderShipped ${orders}`), { id: 7, to: '서울' })
      await shop.publish({ channels: [orders], name: 'order.shipped', data: '{"id":8}' })
      assert.deepEqual(await page.next(`.order.shipped ${orders}`), { id: 8 })
      page.echo.leave(orders)
      await page.settled()
      await shop.publish({ channel: orders, name: 'order.shipped', data: {} })
      assert.deepEqual(await page.unheard(), [])
      assert.deepEqual(auth.of(orders), [], 'nobody was asked')
    })

    test('a private channel: the application is asked, with the client’s own headers', async () => {
      using page = await EchoPage.open(house.url, { version, as: 'ana' })
      const channel = `private-orders.${version}`
      page.listen('private', `orders.${version}`, 'OrderShipped')
      await shop.joined(channel, 1)
      const [asked] = auth.of(channel)
      assert.ok(asked)
      assert.equal(asked.method, 'POST')
      assert.equal(asked.url, '/broadcasting/auth')
      assert.equal(asked.headers.authorization, 'Bearer ana')
      assert.equal(asked.headers['x-requested-with'], 'XMLHttpRequest')
      assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded')
      assert.equal(asked.socketId, page.socketId)
      await shop.publish({ channel, name: 'App\\Events\\OrderShipped', data: { id: 1 } })
      assert.deepEqual(await page.next(`OrderShipped orders.${version}`), { id: 1 })
    })

    test('who is refused hears nothing', async () => {
      using page = await EchoPage.open(house.url, { version, as: 'ana' })
      using stranger = await EchoPage.open(house.url, { version })
      page.listen('private', 'secret', 'Told')
      assert.deepEqual(await page.next('subscription_error'), ['private-secret', 403])
      stranger.listen('private', 'orders', 'Told')
      assert.deepEqual(await stranger.next('subscription_error'), ['private-orders', 401])
      stranger.echo.private('orders').whisper('typing', { who: 'nobody' })
      await shop.publish({ channels: ['private-secret', 'private-orders'], name: 'App\\Events\\Told', data: {} })
      assert.deepEqual([await page.unheard(), await stranger.unheard()], [[], []])
    })

    test('a presence channel: here, joining, leaving; a user with two tabs comes and goes once', async () => {
      const room = `Chat.${version}`
      using anas = await EchoPage.open(house.url, { version, as: 'ana' })
      using bos = await EchoPage.open(house.url, { version, as: 'bo' })
      assert.deepEqual(await anas.join(room), [ana])
      await shop.joined(`presence-${room}`, 1)
      assert.deepEqual(await bos.join(room), [ana, bo])
      assert.deepEqual(await anas.next(`joining ${room}`), bo)
      using tab = await EchoPage.open(house.url, { version, as: 'bo' })
      assert.deepEqual(await tab.join(room), [ana, bo])
      await shop.joined(`presence-${room}`, 3)
      bos.echo.leave(room)
      await bos.settled()
      await shop.joined(`presence-${room}`, 2)
      assert.deepEqual(await anas.unheard(), [], 'Bo is still there')
      tab.echo.disconnect()
      assert.deepEqual(await anas.next(`leaving ${room}`), bo)
      assert.deepEqual(await bos.unheard(), [])
    })

    test('whispers reach the others, and nobody who is not in the channel', async () => {
      const room = `whispers.${version}`
      using anas = await EchoPage.open(house.url, { version, as: 'ana' })
      using bos = await EchoPage.open(house.url, { version, as: 'bo' })
      const typing = (page: EchoPage) =>
        page.echo.private(room).listenForWhisper('typing', (data: unknown) => page.hear('typing', data))
      typing(anas)
      typing(bos)
      await shop.joined(`private-${room}`, 2)
      anas.echo.private(room).whisper('typing', { name: 'Ana' })
      assert.deepEqual(await bos.next('typing'), { name: 'Ana' })
      assert.deepEqual(await anas.unheard(), [])
      bos.echo.leave(room)
      await bos.settled()
      bos.socket.emit('client event', { channel: `private-${room}`, event: 'client-typing', data: {} })
      await bos.settled()
      assert.deepEqual(await anas.unheard(), [])
    })

    test('toOthers skips the connection that the application names', async () => {
      const channel = `others-${version}`
      using one = await EchoPage.open(house.url, { version })
      using two = await EchoPage.open(house.url, { version })
      for (const page of [one, two]) page.listen('channel', channel, '.said')
      await Promise.all([one.settled(), two.settled()])
      await shop.publish({ channel, name: 'said', data: { text: 'hi' }, socket_id: one.socketId })
      assert.deepEqual(await two.next(`.said ${channel}`), { text: 'hi' })
      assert.deepEqual(await one.unheard(), [])
    })

    test('a connection that was lost subscribes again by itself', async () => {
      await using wire = await WireCutter.to(house.url)
      const room = `lost.${version}`
      using anas = await EchoPage.open(house.url, { version, as: 'ana' })
      using bos = await EchoPage.open(wire.url, { version, as: 'bo', options: { transports: ['websocket'] } })
      await anas.join(room)
      await bos.join(room)
      bos.listen('private', room, '.said')
      await shop.joined(`private-${room}`, 1)
      assert.deepEqual(await anas.next(`joining ${room}`), bo)
      wire.cut()
      assert.deepEqual(await anas.next(`leaving ${room}`), bo)
      wire.mend()
      assert.deepEqual(await anas.next(`joining ${room}`), bo)
      assert.deepEqual(await bos.next(`here ${room}`), [ana, bo])
      await shop.joined(`private-${room}`, 1)
      await shop.publish({ channel: `private-${room}`, name: 'said', data: { n: 1 } })
      assert.deepEqual(await bos.next(`.said ${room}`), { n: 1 })
    })

    test('two applications never hear each other', async () => {
      const channel = `shared-${version}`
      using here = await EchoPage.open(house.url, { version, options: { query: { appId: laravelApps.shop.id } } })
      using there = await EchoPage.open(house.url, { version, options: { query: { key: laravelApps.blog.key } } })
      for (const page of [here, there]) page.listen('channel', channel, '.said')
      await Promise.all([here.settled(), there.settled()])
      await shop.publish({ channel, name: 'said', data: { from: 'shop' } })
      await blog.publish({ channel, name: 'said', data: { from: 'blog' } })
      assert.deepEqual(await here.next(`.said ${channel}`), { from: 'shop' })
      assert.deepEqual(await there.next(`.said ${channel}`), { from: 'blog' })
      assert.deepEqual([await here.unheard(), await there.unheard()], [[], []])
    })
  })
}

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
