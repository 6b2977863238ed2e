import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import LaravelEcho from 'laravel-echo'
import { AuthServer } from '../support/auth-server.ts'
import { EchoApi } from '../support/echo-api.ts'
import { EchoPage } from '../support/echo-page.ts'
import { eventually } from '../support/eventually.ts'
import { Inbox } from '../support/inbox.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { pusherApi, PusherClients } from '../support/pusher-clients.ts'

/** One channel on both of Echo's wires, and the two HTTP APIs side by side. */

const { id, key, secret } = laravelApps.shop
/** As the wires' own applications describe them. */
const nameOfAna = { name: 'name of 1' }
const bo = { id: 2, name: 'Bo' }

let auth: AuthServer
let house: LaravelHouse
let api: EchoApi
let pusher: ReturnType<typeof pusherApi>
before(async () => {
  auth = await AuthServer.start()
  house = await LaravelHouse.open({ shop: { authEndpoint: auth.url } })
  api = new EchoApi(house.url, laravelApps.shop)
  pusher = pusherApi(house)
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

/** A page with Echo on pusher-js. */
class PusherPage implements Disposable {
  readonly echo: InstanceType<typeof LaravelEcho<'pusher'>>
  readonly #clients = new PusherClients(house)
  readonly #inbox = new Inbox<{ what: string; value: unknown }>(({ what, value }) => `${what} ${JSON.stringify(value)}`)

  constructor(userId: string) {
    this.echo = new LaravelEcho({ broadcaster: 'pusher', key, cluster: 'mt1', client: this.#clients.dial(userId) })
  }

  hear(what: string): (value: unknown) => void {
    return (value) => this.#inbox.put({ what, value })
  }

  async next(what: string): Promise<unknown> {
    return (await this.#inbox.take(what, (heard) => heard.what === what)).value
  }

  unheard(): readonly string[] {
    return this.#inbox.drain().map(({ what }) => what)
  }

  [Symbol.dispose](): void {
    this.#clients[Symbol.dispose]()
  }
}

describe('one presence channel on both wires', () => {
  test('its members see each other come and go, and hear each other', async () => {
    using there = new PusherPage('1')
    const room = there.echo.join('Chat.1')
    room.here(there.hear('here')).joining(there.hear('joining')).leaving(there.hear('leaving'))
    room.listenForWhisper('typing', there.hear('typing')).listen('Said', there.hear('said'))
    assert.deepEqual(await there.next('here'), [nameOfAna])

    using here = await EchoPage.open(house.url, { as: 'bo' })
    assert.deepEqual(await here.join('Chat.1'), [nameOfAna, bo])
    assert.deepEqual(await there.next('joining'), bo)
    here.listen('join', 'Chat.1', 'Said')
    here.echo.join('Chat.1').listenForWhisper('typing', (data: unknown) => here.hear('typing', data))

    here.echo.join('Chat.1').whisper('typing', { who: 'Bo' })
    assert.deepEqual(await there.next('typing'), { who: 'Bo' })
    room.whisper('typing', { who: 'Ana' })
    assert.deepEqual(await here.next('typing'), { who: 'Ana' })

    for (const publish of [
      (data: object) => pusher.trigger('presence-Chat.1', 'App\\Events\\Said', data),
      (data: object) => api.publish({ channel: 'presence-Chat.1', name: 'App\\Events\\Said', data }),
    ]) {
      await publish({ text: '안녕' })
      assert.deepEqual(await here.next('Said Chat.1'), { text: '안녕' })
      assert.deepEqual(await there.next('said'), { text: '안녕' })
    }

    // One user on both wires is one member.
    using again = await EchoPage.open(house.url, { as: 'ana' })
    assert.deepEqual(await again.join('Chat.1'), [nameOfAna, bo])
    again.echo.leave('Chat.1')
    await again.settled()
    assert.deepEqual(await here.unheard(), [])

    there.echo.leave('Chat.1')
    assert.deepEqual(await here.next('leaving Chat.1'), nameOfAna)
    assert.deepEqual(there.unheard(), [])
  })

  test('the application leaves out whoever it names, on either wire, by either API', async () => {
    using there = new PusherPage('1')
    const said = there.echo.private('others')
    said.listen('.said', there.hear('said'))
    using here = await EchoPage.open(house.url, { as: 'bo' })
    here.listen('private', 'others', '.said')
    await api.joined('private-others', 2)
    const ids = [there.echo.socketId() ?? '', here.socketId]
    const apis = [
      (n: number, socketId: string) => pusher.trigger('private-others', 'said', { n }, { socket_id: socketId }),
      (n: number, socketId: string) =>
        api.publish({ channel: 'private-others', name: 'said', data: { n }, socket_id: socketId }),
    ]
    for (const [n, publish] of apis.entries()) {
      await publish(n, ids[0] ?? '')
      assert.deepEqual(await here.next('.said others'), { n })
      await publish(n + 10, ids[1] ?? '')
      assert.deepEqual(await there.next('said'), { n: n + 10 })
    }
    assert.deepEqual([there.unheard(), await here.unheard()], [[], []])
  })
})

describe('laravel-echo-server’s HTTP API', () => {
  test('status, channels, and who is in them', async () => {
    using anas = await EchoPage.open(house.url, { as: 'ana' })
    using bos = await EchoPage.open(house.url, { as: 'bo' })
    await anas.join('Api')
    await bos.join('Api')
    bos.listen('channel', 'api', '.x')
    await bos.settled()
    await eventually(async () => {
      const status = (await api.call('GET', '/status')).body as Record<string, unknown>
      assert.equal(status['subscription_count'], 2)
      assert.ok(typeof status['uptime'] === 'number' && typeof status['memory_usage'] === 'object')
      assert.deepEqual((await api.call('GET', '/channels')).body, {
        channels: {
          'presence-Api': { subscription_count: 2, occupied: true },
          api: { subscription_count: 1, occupied: true },
        },
      })
      const filtered = (await api.call('GET', '/channels?filter_by_prefix=presence-')).body as { channels: object }
      assert.deepEqual(Object.keys(filtered.channels), ['presence-Api'])
      assert.deepEqual((await api.call('GET', '/channels/presence-Api')).body, {
        subscription_count: 2,
        occupied: true,
        user_count: 2,
      })
      assert.deepEqual((await api.call('GET', '/channels/presence-Api/users')).body, {
        users: [
          { id: '1', user_info: { id: 1, name: 'Ana' } },
          { id: '2', user_info: bo },
        ],
      })
    })
    assert.deepEqual((await api.call('GET', '/channels/nobody')).body, { subscription_count: 0, occupied: false })
    assert.deepEqual(await api.call('GET', '/channels/api/users'), {
      status: 400,
      body: { error: 'User list is only possible for Presence Channels' },
    })
    assert.deepEqual(await api.call('POST', '/events', { channel: 'api', name: 'x', data: {} }), {
      status: 200,
      body: { message: 'ok' },
    })
    assert.deepEqual(await api.call('POST', '/events', '{'), {
      status: 400,
      body: { error: 'The body must be a JSON object' },
    })
  })

  test('the secret opens it, in a header or in the address; the key in the pages doesn’t', async () => {
    const refused = { status: 403, body: { error: 'Unauthorized' } }
    for (const path of ['/status', '/channels', '/channels/a', '/channels/presence-a/users']) {
      assert.deepEqual(await api.call('GET', path, undefined, key), refused)
    }
    for (const wrong of [laravelApps.blog.secret, '', secret.toUpperCase()]) {
      assert.deepEqual(await api.call('GET', '/status', undefined, wrong), refused)
    }
    assert.deepEqual(await api.call('POST', '/events', { channel: 'a', name: 'x', data: {} }, key), refused)
    const inAddress = await fetch(`${house.url}/apps/${id}/status?auth_key=${encodeURIComponent(secret)}`)
    assert.equal(inAddress.status, 200)
    const nobody = await fetch(`${house.url}/apps/nobody/status?auth_key=${encodeURIComponent(secret)}`)
    assert.equal(nobody.status, 403)
  })

  test('who guesses is kept out, and nobody else', async () => {
    await using small = await LaravelHouse.open({ env: { LOGIN_ATTEMPTS: '3' } })
    const shop = new EchoApi(small.url, laravelApps.shop)
    const blog = new EchoApi(small.url, laravelApps.blog)
    for (const guess of ['a', 'b', 'c']) {
      assert.equal((await shop.call('GET', '/status', undefined, guess)).status, 403)
    }
    await eventually(async () => assert.equal((await shop.call('GET', '/status')).status, 403))
    assert.equal((await blog.call('GET', '/status')).status, 200)
  })

  test('Pusher’s own requests, which are signed, are Pusher’s', async () => {
    const response = await pusher.get({ path: '/channels' })
    assert.equal(response.status, 200)
    assert.deepEqual(Object.keys((await response.json()) as object), ['channels'])
  })
})

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
