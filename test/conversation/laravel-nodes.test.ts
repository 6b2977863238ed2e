import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { AuthServer } from '../support/auth-server.ts'
import { EchoPage } from '../support/echo-page.ts'
import { Inbox } from '../support/inbox.ts'
import type { LaravelHouse } from '../support/laravel-house.ts'
import { LaravelNodes } from '../support/laravel-nodes.ts'
import { hears, pusherApi, PusherClients, reached, subscribed } from '../support/pusher-clients.ts'

/** Two Laravel applications, served by several nodes. */

interface Told {
  readonly name: string
  readonly channel: string
  readonly user_id?: string
}

let auth: AuthServer
let application: Server
let webhooks = newWebhooks()
let callbacks: string[] = []
let nodes: LaravelNodes
let [one, other]: LaravelHouse[] = []

before(async () => {
  auth = await AuthServer.start()
  application = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      if (request.url === '/callback') callbacks.push((JSON.parse(text) as { content: string }).content)
      else for (const event of (JSON.parse(text) as { events: Told[] }).events) webhooks.put(event)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(application, 'listening')
  const url = `http://127.0.0.1:${(application.address() as AddressInfo).port}`
  const presence = { support: { send: 'clients', data: ['message'], stored: true, presence: true } }
  nodes = await LaravelNodes.start({
    authEndpoint: auth.url,
    webhooks: [{ url: `${url}/webhook` }],
    callbackUrl: `${url}/callback`,
    channels: presence,
  })
  one = await nodes.open()
  other = await nodes.open()
  await knowEachOther(both())
})
beforeEach(() => {
  webhooks = newWebhooks()
  callbacks = []
})
after(async () => {
  await nodes[Symbol.asyncDispose]()
  application.closeAllConnections()
  application.close()
  await auth[Symbol.asyncDispose]()
})

function both(): readonly [LaravelHouse, LaravelHouse] {
  if (!one || !other) throw new Error('two were opened')
  return [one, other]
}

function newWebhooks(): Inbox<Told> {
  return new Inbox<Told>((told) => JSON.stringify(told))
}

/** Asks again until it is so. */
async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What each says in a public channel, each hears. */
async function knowEachOther(houses: readonly LaravelHouse[]): Promise<void> {
  for (const house of houses) {
    using clients = new PusherClients(house)
    await subscribed(clients.dial(null), 'meeting')
    for (const from of houses) await sees(from, 'meeting', 1)
  }
  for (const from of houses) await sees(from, 'meeting', 0)
}

/** Resolves when a node knows of so many connections. */
async function sees(house: LaravelHouse, channel: string, count: number): Promise<void> {
  await until(`${channel} has ${count}`, async () => {
    const response = await pusherApi(house).get({
      path: `/channels/${channel}`,
      params: { info: 'subscription_count' },
    })
    return ((await response.json()) as { subscription_count: number }).subscription_count === count
  })
}

async function usersAt(house: LaravelHouse, channel: string): Promise<string[]> {
  const response = await pusherApi(house).get({ path: `/channels/${channel}/users` })
  return ((await response.json()) as { users: { id: string }[] }).users.map(({ id }) => id).toSorted()
}

test('pusher-js on two nodes: members, whispers and events', async () => {
  const [here, there] = both()
  using clientsHere = new PusherClients(here)
  using clientsThere = new PusherClients(there)
  const [ana, bo] = [clientsHere.dial('ana'), clientsThere.dial('bo')]
  const anas = await subscribed(ana, 'presence-town')
  await sees(there, 'presence-town', 1)
  const bos = await subscribed(bo, 'presence-town')
  assert.deepEqual(Object.keys(bos.succeeded.data.members).toSorted(), ['ana', 'bo'])
  assert.equal((await hears(anas.inbox, 'pusher:member_added')).data.id, 'bo')
  bos.channel.trigger('client-typing', { at: 'home' })
  assert.deepEqual(await hears(anas.inbox, 'client-typing'), {
    event: 'client-typing',
    data: { at: 'home' },
    userId: 'bo',
  })
  // Said on one node, but for a connection of the other.
  const socketId = await reached(bo, 'connected')
  await pusherApi(here).trigger('presence-town', 'news', { n: 1 }, { socket_id: socketId })
  await pusherApi(there).trigger('presence-town', 'news', { n: 2 })
  const news = [await hears(anas.inbox, 'news'), await hears(anas.inbox, 'news')].map(({ data }) => data.n as number)
  assert.deepEqual(
    news.toSorted((x, y) => x - y),
    [1, 2],
  )
  assert.deepEqual((await hears(bos.inbox, 'news')).data, { n: 2 })
  assert.deepEqual(bos.inbox.drain(), [])
  for (const house of both()) assert.deepEqual(await usersAt(house, 'presence-town'), ['ana', 'bo'])
  bo.disconnect()
  assert.equal((await hears(anas.inbox, 'pusher:member_removed')).data.id, 'bo')
})

test('Laravel Echo over Socket.IO on one node, pusher-js on the other', async () => {
  const [here, there] = both()
  using page = await EchoPage.open(here.url, { as: 'ana' })
  using clients = new PusherClients(there)
  await page.join('Mixed')
  await sees(there, 'presence-Mixed', 1)
  const bos = await subscribed(clients.dial('2'), 'presence-Mixed')
  assert.deepEqual(Object.keys(bos.succeeded.data.members), ['1', '2'])
  assert.deepEqual(await page.next('joining Mixed'), { name: 'name of 2' })
  page.echo.join('Mixed').whisper('typing', { who: 'Ana' })
  assert.deepEqual((await hears(bos.inbox, 'client-typing')).data, { who: 'Ana' })
})

test('a user on both nodes comes once and goes once, and the application is told so once', async () => {
  const [here, there] = both()
  using clientsHere = new PusherClients(here)
  using clientsThere = new PusherClients(there)
  const watcher = await subscribed(clientsHere.dial('watcher'), 'presence-once')
  const tabs = [clientsHere.dial('ana'), clientsThere.dial('ana')]
  await Promise.all(tabs.map((tab) => subscribed(tab, 'presence-once')))
  for (const house of both()) await sees(house, 'presence-once', 3)
  assert.equal((await hears(watcher.inbox, 'pusher:member_added')).data.id, 'ana')
  for (const tab of tabs) tab.disconnect()
  assert.equal((await hears(watcher.inbox, 'pusher:member_removed')).data.id, 'ana')
  assert.deepEqual(watcher.inbox.drain(), [])
  const gone = (told: Told): boolean => told.name === 'member_removed' && told.user_id === 'ana'
  await webhooks.take('ana went', gone)
  const told = webhooks.drain().filter(({ channel }) => channel === 'presence-once')
  assert.deepEqual(
    told.map(({ name, user_id: id }) => [name, id]),
    [
      ['channel_occupied', undefined],
      ['member_added', 'watcher'],
      ['member_added', 'ana'],
    ],
  )
})

test('a user’s connections are ended on every node', async () => {
  const [here, there] = both()
  using clients = new PusherClients(there)
  const ana = clients.dial('ana')
  await reached(ana, 'connected')
  ana.signin()
  await ana.user.signinDonePromise
  const ended = new Promise<number>((resolve) => {
    ana.connection.bind('error', ({ data }: { data: { code: number } }) => resolve(data.code))
  })
  await pusherApi(here).terminateUserConnections('ana')
  assert.equal(await ended, 4009)
})

test('a cache channel has its last event on a node that was not there yet', async () => {
  const [here] = both()
  using clientsHere = new PusherClients(here)
  const first = await subscribed(clientsHere.dial('ana'), 'cache-weather')
  await hears(first.inbox, 'pusher:cache_miss')
  await pusherApi(here).trigger('cache-weather', 'rain', { mm: 3 })
  await hears(first.inbox, 'rain')
  await using third = await nodes.open()
  using clientsThere = new PusherClients(third)
  const late = await subscribed(clientsThere.dial('bo'), 'cache-weather')
  assert.deepEqual((await hears(late.inbox, 'rain')).data, { mm: 3 })
  const response = await pusherApi(third).get({ path: '/channels/cache-weather', params: { info: 'cache' } })
  assert.equal(((await response.json()) as { cache: { data: string } }).cache.data, '{"mm":3}')
})

test('who comes and goes on the JWT socket, and what is kept there', async () => {
  const [here, there] = both()
  const ana = await here.dial(7, 'Ana', 'support:1')
  assert.equal(await ana.next(), '{"type":"connected","users":[{"id":7,"name":"Ana"}]}')
  await ana.hears('connectOther')
  let bo = await there.dial(9, 'Bo', 'support:1')
  assert.match(await ana.hears('connectOther'), /"name":"Bo"/)
  await bo.leave()
  assert.match(await ana.hears('disconnectOther'), /"name":"Bo"/)
  bo = await there.dial(9, 'Bo', 'support:1')
  assert.match(await bo.next(), /"users":\[.*"id":7/)
  bo.says({ message: 'hello' })
  await bo.hears('sended')
  assert.match(await ana.hears('hello'), /"id":9/)
  assert.equal((await here.publish({ channel: 'support:1', data: { message: 'psst', target_user_id: 9 } })).status, 200)
  assert.match(await bo.hears('psst'), /"System"/)
  await until('the application is told', () => Promise.resolve(callbacks.length > 0))
  assert.deepEqual(callbacks, ['hello'])
  await Promise.all([ana.leave(), bo.leave()])
})

test('what is published to Redis arrives once, on whatever node, and is kept once', async () => {
  const [here, there] = both()
  using clients = new PusherClients(there)
  const [ana, bo] = [await here.dial(7, 'Ana', 'chat:redis'), await there.dial(9, 'Bo', 'chat:redis')]
  const { inbox } = await subscribed(clients.dial('ana'), 'orders')
  const texts = Array.from({ length: 50 }, (_, n) => `m${n}`)
  for (const message of texts) {
    await nodes.redis.publish('shop_database_broadcast', JSON.stringify({ channel: 'chat:redis', data: { message } }))
    await nodes.redis.publish('shop_database_orders', JSON.stringify({ event: 'shipped', data: { message } }))
  }
  for (const client of [ana, bo]) for (const text of texts) assert.match(await client.next(), new RegExp(`"${text}"`))
  for (const text of texts) assert.equal((await hears(inbox, 'shipped')).data.message, text)
  const history = await fetch(`${there.url}/api/laravel/messages?limit=200`, {
    headers: { Authorization: `Bearer ${await there.token({ id: 7, name: 'Ana', channel: 'chat:redis' })}` },
  })
  const { messages } = (await history.json()) as { messages: { data: { message: string } }[] }
  assert.deepEqual(
    messages.map(({ data }) => data.message),
    texts,
  )
  assert.deepEqual([ana.drain(), bo.drain(), inbox.drain()], [[], [], []])
  await Promise.all([ana.leave(), bo.leave()])
})

test('a node that leaves hands over what it did: nothing from Redis is lost or doubled', async () => {
  const [here] = both()
  const leaving = await nodes.open()
  await knowEachOther([here, leaving])
  using clients = new PusherClients(here)
  const { inbox } = await subscribed(clients.dial('ana'), 'handover')
  // Whichever it is that brings them on.
  const [first, second] = [leaving, other!]
  let n = 0
  const publish = async (): Promise<void> => {
    await nodes.redis.publish('shop_database_handover', JSON.stringify({ event: 'n', data: { n: n++ } }))
  }
  let isOver = false
  const closing = first
    .close()
    .then(() => second.close())
    .then(() => (isOver = true))
  while (!isOver) await publish()
  await closing
  for (let i = 0; i < 20; i++) await publish()
  const heard: number[] = []
  while (heard.length < n) heard.push((await hears(inbox, 'n')).data.n as number)
  assert.deepEqual(
    heard.toSorted((a, b) => a - b),
    Array.from({ length: n }, (_, i) => i),
  )
  assert.deepEqual(inbox.drain(), [])
})

test(
  'the members of a node that is killed are gone soon, and the application is told',
  { timeout: 60_000 },
  async () => {
    const [here] = both()
    const victim = await nodes.spawn()
    const there = { url: victim.url } as LaravelHouse
    await knowEachOther([here, there])
    using clientsHere = new PusherClients(here)
    using clientsThere = new PusherClients(there)
    const ana = await subscribed(clientsHere.dial('ana'), 'presence-killed')
    await subscribed(clientsThere.dial('bo', 'shop', { enabledTransports: ['ws'] }), 'presence-killed')
    await hears(ana.inbox, 'pusher:member_added')
    await victim.end('SIGKILL')
    const removed = await ana.inbox.take('bo goes', ({ event }) => event === 'pusher:member_removed', 30_000)
    assert.equal(removed.data.id, 'bo')
    await webhooks.take('bo went', ({ name, user_id: id }) => name === 'member_removed' && id === 'bo')
    await sees(here, 'presence-killed', 1)
    await nodes.redis.publish('shop_database_presence-killed', JSON.stringify({ event: 'still', data: {} }))
    await hears(ana.inbox, 'still')
  },
)
