import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Echo from 'laravel-echo'
import { Inbox } from '../support/inbox.ts'
import { applicationPrefix, LaravelApplication } from '../support/laravel-application.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { PusherClients } from '../support/pusher-clients.ts'
import { RedisServer } from '../support/redis-server.ts'

/** A real Laravel, which broadcasts through its Redis, to clients of the JWT socket and to Echo. */

let redis: RedisServer
let application: LaravelApplication
let house: LaravelHouse
before(async () => {
  redis = await RedisServer.start()
  application = await LaravelApplication.start(redis)
  house = await LaravelHouse.open({
    env: { REDIS_URL: redis.url },
    shop: { redisPrefix: applicationPrefix, authEndpoint: `${application.url}/broadcasting/auth` },
    blog: { redisPrefix: 'another_database_' },
  })
  while (!house.log.lines.some(({ message }) => message === 'listening to Redis')) await house.log.next('info')
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await application[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

test('Redis::publish reaches the page’s socket', async () => {
  const [ana, stranger] = await Promise.all([
    house.dial(7, 'Ana', 'chat:room1'),
    house.dial(7, 'Ana', 'chat:room1', 'blog'),
  ])
  const { status } = await application.post(
    '/rpc/chat/send_message',
    { message: '안녕 / 😀', room: 'room1' },
    { as: 7 },
  )
  assert.equal(status, 200)
  const frame = '{"type":"message","sender":{"name":"System","id":0},"data":{"message":"안녕 / 😀","name":"Ana"}}'
  assert.equal(await ana.next(), frame)
  await application.post('/rpc/chat/send_message', { message: 'second', room: 'room1' }, { as: 7 })
  assert.match(await ana.next(), /second/)
  assert.deepEqual(stranger.drain(), [])
})

test('a broadcast event reaches Echo over the Pusher protocol, and toOthers() spares its sender', async () => {
  using pages = new PusherClients(house)
  const [first, second] = await Promise.all([echoOverPusher(pages), echoOverPusher(pages)])
  assert.equal((await application.post('/ship', { number: '1' })).status, 200)
  const one = { order: { number: '1' }, socket: null }
  assert.deepEqual([await first.shipped.take('1', () => true), await second.shipped.take('1', () => true)], [one, one])
  const socketId = first.echo.socketId()
  assert.ok(socketId)
  await application.post('/ship', { number: '2' }, { headers: { 'X-Socket-ID': socketId } })
  await application.post('/ship', { number: '3' })
  assert.deepEqual(await second.shipped.take('2', () => true), { order: { number: '2' }, socket: socketId })
  assert.deepEqual(await first.shipped.take('3', () => true), { order: { number: '3' }, socket: null })
})

/** A page that listens to the channel `orders`. */
async function echoOverPusher(pages: PusherClients): Promise<{ echo: Echo<'pusher'>; shipped: Inbox<unknown> }> {
  const client = pages.dial(null)
  const echo = new Echo({ broadcaster: 'pusher', client, key: laravelApps.shop.key })
  const shipped = new Inbox<unknown>((event) => JSON.stringify(event))
  const channel = echo.channel('orders')
  channel.listen('.order.shipped', (event: unknown) => shipped.put(event))
  await new Promise<void>((resolve) => channel.subscribed(resolve))
  return { echo, shipped }
}

describe('its /broadcasting/auth, as its clients and we rely on it', () => {
  const ask = (channel_name: string, as?: number) =>
    application.post('/broadcasting/auth', { channel_name, socket_id: '1.2' }, as === undefined ? {} : { as })

  test('200 with the member or true, 403, 401', async () => {
    assert.deepEqual(await ask('presence-Chat.room1', 7), {
      status: 200,
      body: { channel_data: { user_id: 7, user_info: { id: 7, name: 'Ana' } } },
    })
    assert.deepEqual(await ask('private-TestChannel.7', 7), { status: 200, body: true })
    assert.equal((await ask('private-TestChannel.9', 7)).status, 403)
    assert.equal((await ask('presence-Chat.room1', 8)).status, 403)
    assert.deepEqual(await ask('presence-Chat.room1'), { status: 401, body: { message: 'Unauthenticated.' } })
  })
})
