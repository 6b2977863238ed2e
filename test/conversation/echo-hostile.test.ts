import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AuthServer, json } from '../support/auth-server.ts'
import { EchoApi } from '../support/echo-api.ts'
import { clientVersions, EchoPage } from '../support/echo-page.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'

/** Clients of Echo that mean ill, applications that answer nonsense, and pages of elsewhere. */

let auth: AuthServer
let house: LaravelHouse
let api: EchoApi
before(async () => {
  auth = await AuthServer.start()
  house = await LaravelHouse.open({
    shop: { authEndpoint: auth.url },
    env: { PRESENCE_MEMBERS_MAX: '2', CHANNEL_AUTH_TIMEOUT_MS: '500', PUSHER_SUBSCRIPTIONS_MAX: '5' },
  })
  api = new EchoApi(house.url, laravelApps.shop)
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

/** What a page hears to a subscription that fails. */
async function refusal(page: EchoPage, channel: string): Promise<unknown> {
  page.socket.emit('subscribe', { channel, auth: { headers: { Authorization: 'Bearer ana' } } })
  return page.next('subscription_error')
}

describe('what the application answers', () => {
  test('anything but 200 is a refusal, with the status; 0 when nobody answers', async () => {
    using page = await EchoPage.open(house.url)
    auth.answer('private-login', (_request, response) => {
      response.writeHead(302, { Location: new URL('/login', auth.url).href }).end()
    })
    auth.answer('private-broken', (_request, response) => json(response, 500, { message: 'Server Error' }))
    auth.answer('private-cut', (_request, response) => void response.socket?.destroy())
    auth.answer('private-slow', () => {})
    auth.answer('private-long', (_request, response) => void response.end('x'.repeat(1_000_000)))
    assert.deepEqual(await refusal(page, 'private-login'), ['private-login', 302])
    assert.deepEqual(await refusal(page, 'private-broken'), ['private-broken', 500])
    assert.deepEqual(await refusal(page, 'private-cut'), ['private-cut', 0])
    assert.deepEqual(await refusal(page, 'private-slow'), ['private-slow', 0])
    assert.deepEqual(await refusal(page, 'private-long'), ['private-long', 0])
    assert.deepEqual(
      auth.requests.filter(({ url }) => url !== '/broadcasting/auth'),
      [],
      'no redirect was followed',
    )
  })

  test('channel_data may be JSON in a string, as Laravel’s Pusher broadcaster writes it', async () => {
    const channelData = JSON.stringify({ user_id: '7', user_info: { name: 'Di' } })
    auth.answer('presence-string', (_request, response) =>
      json(response, 200, { auth: 'x:y', channel_data: channelData }),
    )
    using page = await EchoPage.open(house.url)
    assert.deepEqual(await page.join('string'), [{ name: 'Di' }])
  })

  test('a member that is none, is too large, or finds no room', async () => {
    using page = await EchoPage.open(house.url)
    const answers: readonly (readonly [unknown, number])[] = [
      [true, 422],
      [{}, 422],
      [{ channel_data: null }, 422],
      [{ channel_data: '{' }, 422],
      [{ channel_data: { user_info: {} } }, 422],
      [{ channel_data: { user_id: '', user_info: {} } }, 422],
      [{ channel_data: { user_id: 1, user_info: 'x'.repeat(3000) } }, 413],
    ]
    for (const [body, status] of answers) {
      auth.answer('presence-odd', (_request, response) => json(response, 200, body))
      assert.deepEqual(await refusal(page, 'presence-odd'), ['presence-odd', status], JSON.stringify(body).slice(0, 80))
    }
    auth.answer('presence-odd', (_request, response) => void response.end('<html>'))
    assert.deepEqual(await refusal(page, 'presence-odd'), ['presence-odd', 422])
    let userId = 0
    auth.answer('presence-full', (_request, response) =>
      json(response, 200, { channel_data: { user_id: ++userId, user_info: {} } }),
    )
    using second = await EchoPage.open(house.url)
    await page.join('full')
    await second.join('full')
    using third = await EchoPage.open(house.url)
    assert.deepEqual(await refusal(third, 'presence-full'), ['presence-full', 429])
  })

  test('who takes a subscription back, or goes, before the answer is not in the channel', async () => {
    const held: (() => void)[] = []
    let asked = (): void => {}
    auth.answer('private-held', (_request, response) => {
      held.push(() => json(response, 200, true))
      asked()
    })
    const question = (): Promise<void> => new Promise((resolve) => (asked = resolve))
    using page = await EchoPage.open(house.url)
    let coming = question()
    page.socket.emit('subscribe', { channel: 'private-held' })
    await coming
    page.socket.emit('unsubscribe', { channel: 'private-held' })
    await page.settled()
    coming = question()
    page.socket.emit('subscribe', { channel: 'private-held' })
    await coming
    // The answer to the question that was taken back is not taken for the other's.
    held[0]?.()
    page.echo.channel('fence')
    await page.settled()
    await api.joined('private-held', 0)
    held[1]?.()
    await api.joined('private-held', 1)
  })
})

describe('whose credentials go to the application', () => {
  test('the browser’s cookie, for a page of the app’s own', async () => {
    await using own = await LaravelHouse.open({ shop: { authEndpoint: auth.url } })
    const shop = new EchoApi(own.url, laravelApps.shop)
    const headers = { Cookie: 'laravel_session=victim' }
    const from = (origin: string, transport: string) => ({
      as: 'ana',
      options: { extraHeaders: { ...headers, Origin: origin }, transports: [transport] },
    })
    for (const transport of ['websocket', 'polling']) {
      using page = await EchoPage.open(own.url, from(own.url, transport))
      page.echo.private(`own-${transport}`)
      await shop.joined(`private-own-${transport}`, 1)
      assert.equal(auth.of(`private-own-${transport}`)[0]?.headers.cookie, 'laravel_session=victim')
      using evil = await EchoPage.open(own.url, from('https://evil.example', transport))
      evil.echo.private(`evil-${transport}`)
      await shop.joined(`private-evil-${transport}`, 1)
      assert.equal(auth.of(`private-evil-${transport}`)[0]?.headers.cookie, undefined)
    }
  })

  test('no header but credentials', async () => {
    using page = await EchoPage.open(house.url)
    const headers = {
      Authorization: 'Bearer ana',
      'X-Forwarded-For': '127.0.0.1',
      'X-HTTP-Method-Override': 'DELETE',
      Host: 'admin.internal',
      'Content-Length': '3',
      'X-CSRF-TOKEN': 'c\r\nX-Admin: 1',
    }
    page.socket.emit('subscribe', { channel: 'private-headers', auth: { headers } })
    await api.joined('private-headers', 1)
    const asked = auth.of('private-headers')[0]?.headers ?? {}
    assert.deepEqual(Object.keys(asked).toSorted(), [
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'x-requested-with',
    ])
    assert.equal(asked.host, new URL(auth.url).host)
  })
})

describe('what clients send', () => {
  test('nonsense is passed over, and the connection lives', async () => {
    using page = await EchoPage.open(house.url, { as: 'ana' })
    const odd = [undefined, null, 7, 'x', [], {}, { channel: 7 }, { channel: {} }, { channel: ['a'] }]
    for (const name of ['subscribe', 'unsubscribe', 'client event', 'constructor', 'toString', 'presence:joining']) {
      for (const value of odd) page.socket.emit(name, value)
    }
    page.socket.emit('client event', { channel: 'private-a', event: 'client-a', data: {} })
    page.socket.emit('unsubscribe', { channel: 'private-a' })
    assert.deepEqual(await page.unheard(), [])
  })

  test('a user’s own channel of the Pusher protocol is not to be had here', async () => {
    using page = await EchoPage.open(house.url)
    for (const channel of ['#server-to-user-7', '', 'a\nb', 'x'.repeat(201)]) {
      assert.deepEqual(await refusal(page, channel), [channel.slice(0, 200), 422])
    }
  })

  test('so many channels, and not one more; those that the application is asked about count', async () => {
    using page = await EchoPage.open(house.url, { as: 'ana' })
    for (let n = 0; n < 3; n++) page.echo.channel(`many-${n}`)
    for (let n = 0; n < 2; n++) page.echo.private(`many-${n}`)
    assert.deepEqual(await refusal(page, 'private-many-2'), ['private-many-2', 429])
    await api.joined('private-many-1', 1)
    page.echo.leave('many-0')
    page.echo.channel('many-9')
    await api.joined('many-9', 1)
  })

  test('whispers only in channels that one is in, under names of their own, and not too many', async () => {
    const small = { env: { CLIENT_EVENTS_PER_SECOND: '3' }, shop: { authEndpoint: auth.url } }
    await using strict = await LaravelHouse.open(small)
    const shop = new EchoApi(strict.url, laravelApps.shop)
    using hears = await EchoPage.open(strict.url, { as: 'ana' })
    using says = await EchoPage.open(strict.url, { as: 'bo' })
    const events = ['client-n', 'App\\Events\\Paid', 'presence:joining'] as const
    for (const page of [hears, says]) {
      page.echo.channel('open')
      page.echo.private('w')
      page.echo.private('encrypted-w')
    }
    for (const event of events) hears.socket.on(event, (...args: unknown[]) => hears.hear(event, args))
    await shop.joined('private-w', 2)
    await shop.joined('private-encrypted-w', 2)
    const whisper = (channel: string, event: string, data: unknown): void => {
      says.socket.emit('client event', { channel, event, data })
    }
    for (const event of events.slice(1)) whisper('private-w', event, {})
    for (const channel of ['open', 'private-encrypted-w', 'private-other']) whisper(channel, 'client-n', {})
    whisper('private-w', 'client-n', 'x'.repeat(20_000))
    for (let n = 0; n < 5; n++) whisper('private-w', 'client-n', n)
    await says.settled()
    for (let n = 0; n < 3; n++) assert.deepEqual(await hears.next('client-n'), ['private-w', n])
    assert.deepEqual(await hears.unheard(), [])
  })

  test('an application may want no whispers', async () => {
    await using quiet = await LaravelHouse.open({ shop: { authEndpoint: auth.url, clientEvents: false } })
    const shop = new EchoApi(quiet.url, laravelApps.shop)
    using one = await EchoPage.open(quiet.url, { as: 'ana' })
    using two = await EchoPage.open(quiet.url, { as: 'bo' })
    for (const page of [one, two]) {
      page.echo.private('w').listenForWhisper('n', () => page.hear('n', null))
    }
    await shop.joined('private-w', 2)
    one.echo.private('w').whisper('n', {})
    await one.settled()
    assert.deepEqual(await two.unheard(), [])
  })
})

describe('whose client it is', () => {
  test('where nothing tells: version 4 is told what to do, version 2 may pass through but hears nothing', async () => {
    await using two = await LaravelHouse.open()
    using newer = EchoPage.dial(two.url, { version: 4 })
    const [error] = (await newer.next('connect_error')) as [Error]
    assert.match(error.message, /query: \{ appId/)
    using older = await EchoPage.open(two.url, { version: 2 })
    assert.deepEqual(await refusal(older, 'orders'), ['orders', 404])
    assert.match(String(await older.next('error')), /query: \{ appId/)
  })

  for (const version of clientVersions) {
    test(`a name that is nobody’s, and too many connections (version ${version})`, async () => {
      await using full = await LaravelHouse.open({ env: { PUSHER_CONNECTIONS_MAX: '1' } })
      const query = { appId: laravelApps.blog.id }
      using first = await EchoPage.open(full.url, { version, options: { query } })
      const said = version === 4 ? 'connect_error' : 'error'
      using second = EchoPage.dial(full.url, { version, options: { query } })
      assert.match(String(await second.next(said)), /Over capacity/)
      first.echo.disconnect()
      using stranger = EchoPage.dial(full.url, { version, options: { query: { appId: 'nobody' } } })
      if (version === 4) assert.match(String(await stranger.next('connect_error')), /no such application/)
      else {
        await stranger.next('connect')
        assert.deepEqual(await refusal(stranger, 'orders'), ['orders', 404])
      }
    })
  }
})

test('who goes leaves nothing behind', async () => {
  await using fresh = await LaravelHouse.open({ shop: { authEndpoint: auth.url } })
  const shop = new EchoApi(fresh.url, laravelApps.shop)
  {
    using page = await EchoPage.open(fresh.url, { as: 'ana' })
    await page.join('room')
    page.echo.private('room')
    page.echo.channel('room')
    await shop.joined('private-room', 1)
  }
  for (const name of ['presence-room', 'private-room', 'room']) await shop.joined(name, 0)
  assert.deepEqual((await shop.call('GET', '/channels')).body, { channels: {} })
  const { subscription_count: left } = (await shop.call('GET', '/status')).body as { subscription_count: number }
  assert.equal(left, 0)
})

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
