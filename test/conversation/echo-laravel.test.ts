import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { clientVersions, EchoPage } from '../support/echo-page.ts'
import { EchoApi } from '../support/echo-api.ts'
import { applicationPrefix, LaravelApplication } from '../support/laravel-application.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { RedisServer } from '../support/redis-server.ts'

/** A real Laravel: its events come through its Redis, and it says itself who may hear them. */

let redis: RedisServer
let application: LaravelApplication
let house: LaravelHouse
let api: EchoApi
before(async () => {
  redis = await RedisServer.start()
  application = await LaravelApplication.start(redis)
  house = await LaravelHouse.open({
    env: { REDIS_URL: redis.url },
    shop: { redisPrefix: applicationPrefix, authEndpoint: `${application.url}/broadcasting/auth` },
    blog: { redisPrefix: 'another_database_' },
  })
  api = new EchoApi(house.url, laravelApps.shop)
  while (!house.log.lines.some(({ message }) => message === 'listening to Redis')) await house.log.next('info')
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await application[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const ana = { id: 7, name: 'Ana' }
const bo = { id: 9, name: 'Bo' }

for (const version of clientVersions) {
  /** A page on which somebody is logged in: the browser's cookie says who. */
  const page = (userId: number): Promise<EchoPage> =>
    EchoPage.open(house.url, { version, options: { extraHeaders: { Cookie: `user=${userId}` } } })

  describe(`socket.io-client ${version}`, () => {
    test('an event on a public channel, by its own name', async () => {
      using anas = await page(7)
      anas.listen('channel', 'orders', '.order.shipped')
      await anas.settled()
      assert.equal((await application.post('/ship', { number: '1', to: '서울' })).status, 200)
      const order = { number: '1', to: '서울' }
      assert.deepEqual(await anas.next('.order.shipped orders'), { order, socket: null })
    })

    test('an event on a private and a presence channel; toOthers spares its sender', async () => {
      const room = `room${version}`
      using anas = await page(7)
      using bos = await page(9)
      assert.deepEqual(await anas.join(`Chat.${room}`), [ana])
      assert.deepEqual(await bos.join(`Chat.${room}`), [ana, bo])
      assert.deepEqual(await anas.next(`joining Chat.${room}`), bo)
      for (const one of [anas, bos]) {
        one.listen('join', `Chat.${room}`, 'ChatMessageSent')
        one.echo.private(`Chat.${room}`).listen('ChatMessageSent', (data: unknown) => one.hear('in private', data))
      }
      await api.joined(`private-Chat.${room}`, 2)
      const send = (message: string, others: string, from: EchoPage): Promise<unknown> =>
        application.post(
          '/rpc/chat/send_message_echo',
          { message, room, others },
          { as: 7, headers: { 'X-Socket-ID': from.socketId } },
        )
      await send('to all', '0', anas)
      for (const one of [anas, bos]) {
        for (const heard of [`ChatMessageSent Chat.${room}`, 'in private']) {
          const { message, user } = (await one.next(heard)) as { message: string; user: object }
          assert.deepEqual([message, user], ['to all', ana])
        }
      }
      await send('to others', '1', anas)
      for (const heard of [`ChatMessageSent Chat.${room}`, 'in private']) {
        assert.equal(((await bos.next(heard)) as { message: string }).message, 'to others')
      }
      assert.deepEqual(await anas.unheard(), [])
      bos.echo.disconnect()
      assert.deepEqual(await anas.next(`leaving Chat.${room}`), bo)
    })

    test('whom Laravel refuses', async () => {
      using cys = await page(8)
      cys.echo.join('Chat.room1')
      assert.deepEqual(await cys.next('subscription_error'), ['presence-Chat.room1', 403])
      cys.echo.private('TestChannel.7')
      assert.deepEqual(await cys.next('subscription_error'), ['private-TestChannel.7', 403])
      using nobodys = await EchoPage.open(house.url, { version })
      nobodys.echo.join('Chat.room1')
      assert.deepEqual(await nobodys.next('subscription_error'), ['presence-Chat.room1', 401])
    })
  })
}

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
