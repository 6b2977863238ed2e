import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { sign } from '../../src/wire/pusher/signatures.ts'
import { eventually } from '../support/eventually.ts'
import { Inbox } from '../support/inbox.ts'
import { LaravelHouse, laravelApps, type LaravelAppName } from '../support/laravel-house.ts'
import { hears, PusherClients, pusherApi, RawPusher, subscribed } from '../support/pusher-clients.ts'

/** The HTTP API by Pusher's own library, and by hand where the library wouldn't. */

let house: LaravelHouse
before(async () => (house = await LaravelHouse.open()))
after(() => house[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly text: string
  readonly type: string | null
}

interface Asked {
  readonly app?: LaravelAppName
  readonly body?: string | object
  readonly query?: Readonly<Record<string, string>>
}

/** A signed request. `query` may overwrite what is signed. */
async function ask(method: string, path: string, { app = 'shop', body, query = {} }: Asked = {}): Promise<Answer> {
  const { key, secret } = laravelApps[app]
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const parameters: Record<string, string> = {
    auth_key: key,
    auth_timestamp: String(Math.floor(Date.now() / 1000)),
    auth_version: '1.0',
    ...(text !== undefined && { body_md5: createHash('md5').update(text).digest('hex') }),
    ...query,
  }
  const canonical = Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&')
  const auth_signature = sign(secret, `${method}\n${path}\n${canonical}`)
  return fetched(method, `${path}?${new URLSearchParams({ ...parameters, auth_signature })}`, text)
}

async function fetched(method: string, path: string, body?: string): Promise<Answer> {
  const response = await fetch(house.url + path, {
    method,
    ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
  })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

const events = '/apps/shop-id/events'
const event = { name: 'said', data: '{}', channels: ['orders'] }

describe('the library', () => {
  test('what is asked of the channels of an event', async () => {
    using clients = new PusherClients(house)
    await subscribed(clients.dial('ana'), 'presence-asked')
    await subscribed(clients.dial('ana'), 'presence-asked')
    const api = pusherApi(house)
    const both = { info: 'user_count,subscription_count' }
    await eventually(async () => {
      const answer = await api.trigger(['presence-asked', 'nobody', 'presence-nobody'], 'said', {}, both)
      assert.equal(answer.status, 200)
      assert.deepEqual(await answer.json(), {
        channels: {
          'presence-asked': { user_count: 1, subscription_count: 2 },
          nobody: { subscription_count: 0 },
          'presence-nobody': { user_count: 0, subscription_count: 0 },
        },
      })
    })
    assert.equal(await (await api.trigger('orders', 'said', {})).text(), '{}')
    const batch = await api.triggerBatch([
      { channel: 'presence-asked', name: 'said', data: 1, info: 'user_count' },
      { channel: 'orders', name: 'said', data: 1 },
    ])
    assert.deepEqual(await batch.json(), { batch: [{ user_count: 1 }, {}] })
    assert.equal(await (await api.triggerBatch([{ channel: 'orders', name: 'said', data: 1 }])).text(), '{}')
  })

  test('channels and users', async () => {
    using clients = new PusherClients(house)
    const [ana, bo] = [clients.dial('ana', 'blog'), clients.dial('bo', 'blog')]
    await Promise.all([subscribed(ana, 'presence-x'), subscribed(bo, 'presence-x')])
    await Promise.all([subscribed(ana, 'private-x'), subscribed(ana, 'cache-x')])
    const api = pusherApi(house, 'blog')
    const get = async (path: string, params: Record<string, string> = {}): Promise<unknown> =>
      (await api.get({ path, params })).json()
    await eventually(async () => {
      assert.deepEqual(await get('/channels'), { channels: { 'presence-x': {}, 'private-x': {}, 'cache-x': {} } })
      assert.deepEqual(await get('/channels', { filter_by_prefix: 'presence-', info: 'user_count' }), {
        channels: { 'presence-x': { user_count: 2 } },
      })
      assert.deepEqual(await get('/channels', { filter_by_prefix: 'nothing-' }), { channels: {} })
      assert.deepEqual(await get('/channels/presence-x', { info: 'user_count,subscription_count' }), {
        occupied: true,
        user_count: 2,
        subscription_count: 2,
      })
      assert.deepEqual(await get('/channels/private-x'), { occupied: true })
      assert.deepEqual(
        ((await get('/channels/presence-x/users')) as { users: { id: string }[] }).users.map(({ id }) => id).sort(),
        ['ana', 'bo'],
      )
      assert.deepEqual(await get('/connections'), { connections: 2 })
    })
    assert.deepEqual(await get('/channels/nobody'), { occupied: false })
    await api.trigger('cache-x', 'said', { n: 1 })
    const { cache } = (await get('/channels/cache-x', { info: 'cache' })) as { cache: { data: string; ttl: number } }
    assert.equal(cache.data, '{"n":1}')
    assert.ok(cache.ttl > 1790 && cache.ttl <= 1800)
    assert.deepEqual(await get('/channels/presence-nobody/users'), { users: [] })
    assert.deepEqual(await (await pusherApi(house).get({ path: '/channels' })).json(), { channels: {} }, 'another app')
  })

  test('a user with any name is sent away', async () => {
    const raw = await RawPusher.dial(house)
    const id = 'ana bo@shop/1'
    raw.says('pusher:signin', pusherApi(house).authenticateUser(raw.socketId, { id }))
    await raw.hears('pusher:signin_success')
    // Another application's user of that name.
    await pusherApi(house, 'blog').terminateUserConnections('ana')
    assert.deepEqual(await raw.unheard(), [])
    const path = `/apps/shop-id/users/${encodeURIComponent(id)}/terminate_connections`
    assert.deepEqual(await ask('POST', path, { body: '{}' }), {
      status: 200,
      text: '{}',
      type: 'application/json; charset=utf-8',
    })
    assert.equal((await raw.closed).code, 4009)
  })
})

describe('refusals, as text', () => {
  for (const [what, method, path, asked, status, text] of [
    ['an unknown app', 'POST', '/apps/nobody/events', { body: event }, 404, /No such app/],
    ['another app’s key', 'POST', events, { app: 'blog', body: event }, 401, /Invalid auth_key/],
    ['an old request', 'POST', events, { body: event, query: { auth_timestamp: '1' } }, 401, /^Timestamp expired/],
    ['another body', 'POST', events, { body: event, query: { body_md5: 'x' } }, 401, /Invalid body_md5/],
    ['no JSON', 'POST', events, { body: '{' }, 400, /not JSON/],
    ['no object', 'POST', events, { body: '[]' }, 400, /JSON object/],
    ['no channel', 'POST', events, { body: { name: 'x', data: '' } }, 400, /channel/],
    ['no channels', 'POST', events, { body: { ...event, channels: [] } }, 400, /channels/],
    ['channels of another kind', 'POST', events, { body: { ...event, channels: 'orders' } }, 400, /channels/],
    ['a wrong channel', 'POST', events, { body: { ...event, channels: ['a b'] } }, 400, /Invalid channel name/],
    ['a long channel', 'POST', events, { body: { ...event, channels: ['x'.repeat(201)] } }, 400, /too long/],
    [
      'too many channels',
      'POST',
      events,
      { body: { ...event, channels: Array.from({ length: 101 }, (_, n) => `c${n}`) } },
      400,
      /at most 100/,
    ],
    ['no name', 'POST', events, { body: { ...event, name: undefined } }, 400, /name/],
    ['a long name', 'POST', events, { body: { ...event, name: 'x'.repeat(201) } }, 400, /Event name too long/],
    ['a reserved name', 'POST', events, { body: { ...event, name: 'pusher_internal:x' } }, 400, /reserved/],
    ['data that is no text', 'POST', events, { body: { ...event, data: {} } }, 400, /data/],
    [
      'too much data',
      'POST',
      events,
      { body: { ...event, data: 'x'.repeat(10_241) } },
      413,
      /^The data content of this event exceeds the allowed maximum \(10240 bytes\)/,
    ],
    ['a wrong socket id', 'POST', events, { body: { ...event, socket_id: 'x' } }, 400, /Invalid socket id/],
    ['a body past all bounds', 'POST', events, { body: 'x'.repeat(300_000) }, 413, /too large/],
    [
      'a large batch',
      'POST',
      '/apps/shop-id/batch_events',
      { body: { batch: Array.from({ length: 11 }, () => ({ name: 'x', data: '', channel: 'x' })) } },
      400,
      /^Batch too large/,
    ],
    ['no batch', 'POST', '/apps/shop-id/batch_events', { body: {} }, 400, /batch/],
    ['a batch of nothing', 'POST', '/apps/shop-id/batch_events', { body: { batch: [null] } }, 400, /JSON object/],
    [
      'counting the users of all channels',
      'GET',
      '/apps/shop-id/channels',
      { query: { info: 'user_count' } },
      400,
      /^user_count may only be requested for presence channels/,
    ],
    [
      'counting the users of a private channel',
      'GET',
      '/apps/shop-id/channels/private-x',
      { query: { info: 'user_count' } },
      400,
      /^user_count may only/,
    ],
    [
      'the cache of another channel',
      'GET',
      '/apps/shop-id/channels/x',
      { query: { info: 'cache' } },
      400,
      /^cache may only/,
    ],
    ['users of a private channel', 'GET', '/apps/shop-id/channels/private-x/users', {}, 400, /presence channels/],
  ] as const) {
    test(what, async () => {
      const answer = await ask(method, path, asked)
      assert.equal(answer.status, status, answer.text)
      assert.match(answer.text, text)
      assert.equal(answer.type, 'text/plain; charset=utf-8')
    })
  }

  test('no signature', async () => {
    for (const path of ['/apps/shop-id/batch_events', '/apps/shop-id/users/1/terminate_connections']) {
      assert.equal((await fetched('POST', path, '{}')).status, 401)
    }
    assert.equal((await fetched('GET', '/apps/shop-id/connections')).status, 401)
  })

  test('the largest event goes through, each byte of it', async () => {
    using clients = new PusherClients(house)
    const { inbox } = await subscribed(clients.dial(null), 'large')
    const said = JSON.stringify('"\\ü'.repeat(3))
    const data = said + ' '.repeat(10_240 - Buffer.byteLength(said))
    assert.equal((await ask('POST', events, { body: { name: 'said', data, channel: 'large' } })).status, 200)
    assert.equal((await hears(inbox, 'said')).data, '"\\ü'.repeat(3))
  })

  test('names of prototypes are names', async () => {
    const raw = await RawPusher.dial(house)
    for (const name of ['__proto__', 'constructor', 'toString']) {
      raw.says('pusher:subscribe', { channel: name })
      await raw.hears('pusher_internal:subscription_succeeded')
      const body = `{"name":"${name}","data":"1","channels":["${name}"],"info":"subscription_count","__proto__":{"name":"y"}}`
      await eventually(async () => {
        assert.equal((await ask('POST', events, { body })).text, `{"channels":{"${name}":{"subscription_count":1}}}`)
      })
      assert.deepEqual(await raw.hears(name), { event: name, channel: name, data: '1' })
    }
    raw.socket.close()
  })
})

describe('webhooks', () => {
  test('what happened, signed, in batches, once for whoever only came back', async () => {
    const inbox = new Inbox<Record<string, unknown>>((one) => JSON.stringify(one))
    const faults: string[] = []
    const hooks = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const rawBody = Buffer.concat(chunks).toString()
        const webhook = pusherApi(house).webhook({ headers: request.headers, rawBody })
        if (!webhook.isValid()) faults.push(`${rawBody} has a wrong signature`)
        if (Math.abs(webhook.getTime().getTime() - Date.now()) > 60_000) faults.push('another time')
        for (const one of webhook.getEvents()) inbox.put({ ...one, url: request.url })
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(hooks, 'listening')
    const url = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`
    const told = await LaravelHouse.open({
      shop: {
        webhooks: [{ url: `${url}/all` }, { url: `${url}/members`, events: ['member_added', 'member_removed'] }],
      },
    })
    using clients = new PusherClients(told)
    const takes = (name: string, path = '/all'): Promise<Record<string, unknown>> =>
      inbox.take(`${name} at ${path}`, (one) => one['name'] === name && one['url'] === path)
    const ana = clients.dial('ana')
    const { channel } = await subscribed(ana, 'presence-x')
    await subscribed(ana, 'cache-x')
    channel.trigger('client-typing', { n: 1 })
    assert.equal((await takes('channel_occupied'))['channel'], 'presence-x')
    assert.deepEqual(await takes('member_added', '/members'), {
      name: 'member_added',
      channel: 'presence-x',
      user_id: 'ana',
      url: '/members',
    })
    assert.equal((await takes('channel_occupied'))['channel'], 'cache-x')
    assert.equal((await takes('cache_miss'))['channel'], 'cache-x')
    assert.deepEqual(await takes('client_event'), {
      name: 'client_event',
      channel: 'presence-x',
      event: 'client-typing',
      data: '{"n":1}',
      socket_id: ana.connection.socket_id,
      user_id: 'ana',
      url: '/all',
    })
    await takes('member_added')
    // Away and back again at once.
    ana.unsubscribe('presence-x')
    await subscribed(ana, 'presence-x')
    ana.disconnect()
    const fence = clients.dial('fence')
    await subscribed(fence, 'presence-y')
    assert.equal((await takes('member_added'))['user_id'], 'fence', 'who came back was never away')
    assert.equal((await takes('member_removed'))['user_id'], 'ana')
    const vacated = [await takes('channel_vacated'), await takes('channel_vacated')]
    assert.deepEqual(new Set(vacated.map(({ channel: name }) => name)), new Set(['cache-x', 'presence-x']))
    // What is not told yet when the server goes is kept: the next one may start somewhere else.
    await told[Symbol.asyncDispose]()
    hooks.close()
    assert.deepEqual(faults, [])
  })
})
