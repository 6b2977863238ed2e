import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JwtClient } from '../support/jwt-client.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { pusherApi, RawPusher } from '../support/pusher-clients.ts'
import { RedisServer } from '../support/redis-server.ts'

/** What a Laravel application publishes to its Redis, to the sockets of its clients. */

let redis: RedisServer
let house: LaravelHouse
before(async () => {
  redis = await RedisServer.start()
  house = await LaravelHouse.open({ env: { REDIS_URL: redis.url } })
  await listening(house)
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

async function listening({ log }: LaravelHouse): Promise<void> {
  const isListening = ({ message }: { message: string }): boolean => message === 'listening to Redis'
  while (!log.lines.some(isListening)) await log.next('info')
}

const said = (data: object): string => JSON.stringify({ type: 'message', sender: { name: 'System', id: 0 }, data })

test('as PHP writes it, to everyone in the channel, from System', async () => {
  const [ana, bo, other] = await Promise.all([
    house.dial(7, 'Ana', 'chat:room1'),
    house.dial(9, 'Bo', 'chat:room1'),
    house.dial(9, 'Bo', 'chat:room2'),
  ])
  const php = '{"channel":"chat:room1","data":{"message":"\\uc548\\ub155 \\/ \\ud83d\\ude00","name":"Ana","more":1}}'
  assert.equal(await redis.publish('shop_database_broadcast', php), 1)
  for (const client of [ana, bo]) assert.equal(await client.next(), said({ message: '안녕 / 😀', name: 'Ana' }))
  const targeted = { channel: 'chat:room1', data: { message: 'for bo', target_user_id: 9 }, type: 'message' }
  await redis.publish('shop_database_broadcast', JSON.stringify(targeted))
  assert.equal(await bo.next(), said({ message: 'for bo' }))
  await redis.publish('shop_database_broadcast', JSON.stringify({ channel: 'chat:room2', data: { message: 'last' } }))
  assert.equal(await other.next(), said({ message: 'last' }))
  assert.deepEqual(ana.drain(), [])
})

test('tweets, progress and kinds that nobody set', async () => {
  const info = { type: 'sample_job_progress', title: 'sample', detail: { cursor: 1, total: 100 } }
  for (const [channel, data, out] of [
    ['tweet:', { tweet: { id: 1 }, x: 1 }, { tweet: { id: 1 } }],
    ['progress:7', { info }, { info }],
    ['orders:5', { a: [1], b: {} }, { a: [1], b: {} }],
  ] as const) {
    const ana = await house.dial(7, 'Ana', channel)
    await redis.publish('shop_database_broadcast', JSON.stringify({ channel, data }))
    assert.equal(await ana.next(), said(out))
  }
})

test('what is to be kept is kept, in the order in which it was published', async () => {
  const channel = 'chat:kept'
  const ana = await house.dial(7, 'Ana', channel)
  const texts = Array.from({ length: 200 }, (_, index) => `m${index}`)
  for (const message of texts)
    void redis.publish('shop_database_broadcast', JSON.stringify({ channel, data: { message } }))
  const heard: string[] = []
  while (heard.length < texts.length) heard.push(JSON.parse(await ana.next()).data.message)
  assert.deepEqual(heard, texts)
  const token = await house.token({ id: 7, name: 'Ana', channel })
  const response = await fetch(`${house.url}/api/laravel/messages?limit=200`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  const { messages } = (await response.json()) as { messages: { data: { message: string } }[] }
  assert.deepEqual(
    messages.map(({ data }) => data.message),
    texts,
  )
})

describe('several applications on one Redis', () => {
  test('the longest prefix says whose a channel is', async () => {
    const [shop, blog] = await Promise.all([
      house.dial(7, 'Ana', 'chat:both'),
      house.dial(7, 'Ana', 'chat:both', 'blog'),
    ])
    const words = (message: string): string => JSON.stringify({ channel: 'chat:both', data: { message } })
    // Heard by both patterns: `shop_database_*` and `shop_database_blog_*`.
    assert.equal(await redis.publish('shop_database_blog_broadcast', words('for the blog')), 2)
    await redis.publish('shop_database_broadcast', words('for the shop'))
    assert.equal(await blog.next(), said({ message: 'for the blog' }))
    assert.equal(await shop.next(), said({ message: 'for the shop' }))
    assert.deepEqual([shop.drain(), blog.drain()], [[], []])
  })

  test('of all that dial it, under whatever database number: Redis publishes to all of them', async () => {
    await using split = await LaravelHouse.open({
      shop: { redisUrl: `${redis.url}/0` },
      blog: { redisUrl: `${redis.url}/1` },
    })
    const isListening = ({ message }: { message: string }): boolean => message === 'listening to Redis'
    while (split.log.lines.filter(isListening).length < 2) await split.log.next('info')
    const [outsider, insider] = [await RawPusher.dial(split), await RawPusher.dial(split, 'blog')]
    // Were it the shop's, it would be a public channel there, which anybody may subscribe to.
    for (const channel of ['blog_private-orders', 'fence']) outsider.says('pusher:subscribe', { channel })
    const auth = pusherApi(split, 'blog').authorizeChannel(insider.socketId, 'private-orders')
    insider.says('pusher:subscribe', { channel: 'private-orders', ...auth })
    for (const one of [outsider, outsider, insider]) await one.hears('pusher_internal:subscription_succeeded')
    const { redisPrefix } = laravelApps.blog
    await redis.publish(`${redisPrefix}private-orders`, '{"event":"Shipped","data":{},"socket":null}')
    await insider.hears('Shipped')
    // Comes on the connection on which the other would have come.
    await redis.publish(`${laravelApps.shop.redisPrefix}fence`, '{"event":"reached","data":{}}')
    await outsider.hears('reached')
    assert.deepEqual(await outsider.unheard(), [])
  })
})

test('hostile and broken payloads are dropped and counted, and the next one is heard', async () => {
  const ana = await house.dial(7, 'Ana', 'chat:hostile')
  const good = { channel: 'chat:hostile', data: { message: 'still there' } }
  const payloads: (string | Buffer)[] = [
    '',
    'null',
    '[]',
    '"text"',
    '{',
    '{"channel":"chat:hostile"}',
    '{"data":{}}',
    '{"channel":["chat:hostile"],"data":{"message":"x"}}',
    '{"channel":"chat:hostile","data":"x"}',
    '{"channel":"chat:hostile","data":null}',
    '{"channel":"chat:hostile","data":{"message":"x"},"type":"error"}',
    '{"channel":"chat:hostile","data":{"message":"x"},"type":{}}',
    '{"__proto__":{"channel":"chat:hostile","data":{"message":"x"}}}',
    `{"channel":"${'c'.repeat(201)}","data":{"message":"x"}}`,
    `{"channel":"chat:hostile","data":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    JSON.stringify({ channel: 'chat:hostile', data: { message: 'x'.repeat(10_001) } }),
    JSON.stringify({ channel: 'chat:hostile', data: { message: 'x'.repeat(300_000) } }),
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.concat([
      Buffer.from('{"channel":"chat:hostile","data":{"message":"'),
      Buffer.from([0xc3]),
      Buffer.from('"}}'),
    ]),
  ]
  for (const payload of payloads) await redis.publish('shop_database_broadcast', payload)
  for (const channel of ['shop_database_', `shop_database_${'c'.repeat(300)}`, 'shop_database_private-x']) {
    for (const payload of ['{"event":""}', '{"event":5}', '{"event":"x","socket":{}}', '{}', '[', '\u0000']) {
      await redis.publish(channel, payload)
    }
  }
  await redis.publish('shop_database_broadcast', JSON.stringify(good))
  assert.equal(await ana.next(), said({ message: 'still there' }))
  const metrics = await (await fetch(`${house.url}/metrics`)).text()
  assert.equal(/^parlance_redis_dropped_total (\d+)$/m.exec(metrics)?.[1], String(payloads.length + 18))
})

test('Redis goes away and comes back while 100 clients listen: all that is published then arrives', async () => {
  const channel = 'tweet:outage'
  const clients: JwtClient[] = []
  for (let id = 1; id <= 100; id++) clients.push(await house.dial(id, `user ${id}`, channel))
  const tell = (tweet: number): Promise<number> =>
    redis.publish('shop_database_broadcast', JSON.stringify({ channel, data: { tweet } }))
  const hears = async (tweet: number): Promise<void> => {
    for (const client of clients) assert.equal(await client.next(), said({ tweet }))
  }
  await tell(0)
  await hears(0)
  for (let outage = 1; outage <= 3; outage++) {
    const lost = house.log.next('warn', 'not connected to Redis, trying again until it is there')
    await redis.stop()
    await lost
    const { status, redis: told } = await house.health()
    assert.deepEqual([status, told?.state], ['ok', 'waiting'], 'clients are served all the same')
    assert.ok(Date.parse(told?.since ?? '') <= Date.now())
    const back = house.log.next('info', 'listening to Redis')
    await redis.start()
    await back
    assert.equal((await house.health()).redis?.state, 'ready')
    for (let count = 0; count < 10; count++) await tell(outage * 100 + count)
    for (let count = 0; count < 10; count++) await hears(outage * 100 + count)
  }
  await Promise.all(clients.map((client) => client.leave()))
})

test('a server starts while its Redis is away, and listens when it comes', async () => {
  await using late = await RedisServer.start()
  await late.stop()
  await using second = await LaravelHouse.open({ shop: { redisUrl: late.url } })
  assert.equal((await second.health()).redis?.state, 'waiting')
  const ana = await second.dial(7, 'Ana', 'tweet:')
  const back = second.log.next('info')
  await late.start()
  await back
  await late.publish('shop_database_broadcast', '{"channel":"tweet:","data":{"tweet":1}}')
  assert.equal(await ana.next(), said({ tweet: 1 }))
})

test('without a Redis nothing is said of one', async () => {
  await using alone = await LaravelHouse.open()
  assert.deepEqual(await alone.health(), { status: 'ok' })
})
