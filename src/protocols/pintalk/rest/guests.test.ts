import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { adminOrigin, otherAdminOrigin, PintalkRest } from '../../../../test/support/pintalk-rest.ts'
import { guestIdentity, roomKey } from '../host.ts'

describe('a guest', () => {
  test('asks who the host is', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    for (const path of ['/api/users/client', '/api/users/client/']) {
      for (const scheme of ['http', 'https']) {
        const headers = { ...mina.keys, origin: `${scheme}://${mina.domain}`, accept: 'application/json; version=1.0' }
        const { status, json } = await rest.ask('GET', path, { headers })
        assert.equal(status, 200)
        assert.deepEqual(json, {
          email: 'mina@mail.example',
          uuid: (mina.user.meta as { uuid?: string }).uuid,
          profileName: 'mina',
          description: '',
          serviceName: 'mina',
          profileImage: null,
          configs: { useOnlineStatus: true },
        })
      }
    }
    for (const origin of [
      'https://evil.example',
      `https://www.${mina.domain}`,
      `https://${mina.domain}:444`,
      'null',
      '',
    ]) {
      const { status, json, headers } = await rest.ask('GET', '/api/users/client/', {
        headers: { ...mina.keys, origin },
      })
      assert.deepEqual([status, json], [403, { code: 403, detail: 'request domain not allowed' }])
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
    assert.equal((await rest.ask('GET', '/api/users/client/', { headers: mina.keys })).status, 403)
  })

  test('opens a room', async () => {
    await using rest = await PintalkRest.open({ publicUrl: 'https://chat.example' })
    const mina = await rest.host('mina')
    const { status, json } = await rest.ask('POST', '/api/chat/', { headers: mina.keys })
    assert.equal(status, 201)
    const { host, guest, name, ...times } = json
    assert.deepEqual(Object.keys(host), [
      'email',
      'uuid',
      'profileName',
      'description',
      'serviceName',
      'profileImage',
      'configs',
    ])
    assert.match(name, /^[-\w]{22}$/)
    assert.ok(guest.length > 0 && guest.length <= 20)
    const at = '2023-03-23T03:22:12.000Z'
    assert.deepEqual(times, { isClosed: false, closedAt: null, createdAt: at, updatedAt: at })
    const found = await rest.shared.directory.roomByName(name)
    assert.deepEqual([found?.room.kind, found?.room.ownerId, found?.room.state], ['guest_chat', mina.user.id, 'active'])
    const roomful = await rest.store.rooms.withMembers(mina.user.appId, found!.room.id)
    const user = await rest.store.users.byIdentity(mina.user.appId, guestIdentity(name))
    assert.deepEqual(
      [...roomful!.members.values()].map(({ userId, role }) => [userId, role]),
      [
        [mina.user.id, 'agent'],
        [user!.id, 'customer'],
      ],
    )
    assert.deepEqual([user!.name, user!.meta], [guest, { language: 'ko' }])
  })

  test('with any body that a client may send, and an address for answers', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const open = (body: unknown, more = {}) =>
      rest.ask('POST', '/api/chat', { headers: { ...mina.keys, ...more }, body })
    for (const body of [undefined, {}, { email: '' }, { email: null }, { name: 'x' }])
      assert.equal((await open(body)).status, 201)
    assert.equal((await open('', { 'content-type': 'application/json' })).status, 201)
    const { json } = await open({ email: 'guest@mail.example' }, { 'accept-language': 'ja' })
    const guest = await rest.store.users.byIdentity(mina.user.appId, guestIdentity(json.name))
    assert.deepEqual(guest!.meta, { language: 'ja', email: 'guest@mail.example' })
    const wrong = await open({ email: 'guest' })
    assert.deepEqual([wrong.status, Object.keys(wrong.json.detail)], [400, ['email']])
    assert.equal((await open([])).status, 400)
    assert.equal((await open('{', { 'content-type': 'application/json' })).status, 400)
  })

  test('with both keys of one host, from no other page than the host’s', async () => {
    await using rest = await PintalkRest.open()
    const [mina, juno] = [await rest.host('mina'), await rest.host('juno', 1)]
    const { 'x-pintalk-access-key': accessKey = '', 'x-pintalk-secret-key': secretKey = '' } = mina.keys
    const open = (headers: Record<string, string>) => rest.ask('POST', '/api/chat/', { headers })
    for (const keys of [
      {},
      { 'x-pintalk-access-key': accessKey },
      { 'x-pintalk-secret-key': secretKey },
      { ...mina.keys, 'x-pintalk-secret-key': juno.keys['x-pintalk-secret-key']! },
      { ...mina.keys, 'x-pintalk-secret-key': '' },
      { ...mina.keys, 'x-pintalk-secret-key': secretKey.toUpperCase() },
      { ...mina.keys, 'x-pintalk-access-key': 'x'.repeat(5000) },
      { ...mina.keys, 'x-pintalk-access-key': '__proto__' },
    ]) {
      const { status, json } = await open(keys)
      assert.deepEqual([status, json], [401, { code: 401, detail: 'User not registered' }])
    }
    const other = await open({ ...mina.keys, origin: 'https://evil.example' })
    assert.deepEqual([other.status, other.json.detail], [403, 'request domain not allowed'])
    assert.equal((await open({ ...mina.keys, origin: `https://${mina.domain}` })).status, 201)
    const { json } = await open(juno.keys)
    assert.ok(await rest.store.rooms.byKey(juno.user.appId, roomKey(json.name)))
    assert.equal((await rest.store.rooms.find({ appId: mina.user.appId, limit: 10 })).total, 1)
  })

  test('new rooms are limited by address, and by host over all addresses', async () => {
    const open = async (rest: PintalkRest, keys: Readonly<Record<string, string>>) =>
      (await rest.ask('POST', '/api/chat/', { headers: keys })).status
    await using byAddress = await PintalkRest.open({ bursts: { newcomers: 2 } })
    const [mina, juno] = [await byAddress.host('mina'), await byAddress.host('juno')]
    assert.deepEqual(
      [await open(byAddress, mina.keys), await open(byAddress, juno.keys), await open(byAddress, juno.keys)],
      [201, 201, 429],
    )
    await using byHost = await PintalkRest.open({ bursts: { rooms: 2 } })
    const [sora, hana] = [await byHost.host('sora'), await byHost.host('hana')]
    const statuses = [await open(byHost, sora.keys), await open(byHost, sora.keys), await open(byHost, sora.keys)]
    assert.deepEqual([...statuses, await open(byHost, hana.keys)], [201, 201, 429, 201])
  })

  test('requests without a token are limited by address', async () => {
    await using rest = await PintalkRest.open({ bursts: { visits: 2 } })
    const statusOf = async () => (await rest.ask('POST', '/api/chat/')).status
    assert.deepEqual([await statusOf(), await statusOf(), await statusOf()], [401, 401, 429])
  })
})

describe('pages of other origins', () => {
  const preflight = (rest: PintalkRest, url: string, origin: string) =>
    rest.ask('OPTIONS', url, {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'version, x-pintalk-access-key, x-pintalk-secret-key',
      },
    })

  test('any may ask whether it may ask; only the host’s own reads the answer', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const [own, evil] = [`https://${mina.domain}`, 'https://evil.example']
    for (const url of ['/api/chat', '/api/chat/', '/api/users/client', '/api/users/client/']) {
      for (const origin of [own, evil]) {
        const { status, headers } = await preflight(rest, url, origin)
        assert.equal(status, 204, url)
        assert.equal(headers['access-control-allow-origin'], origin)
        assert.equal(headers['access-control-allow-credentials'], 'true')
        assert.match(headers['access-control-allow-headers']!, /version.*X-PinTalk-Access-Key.*X-PinTalk-Secret-Key/)
        assert.equal(headers['vary'], 'Origin')
      }
      const method = url.startsWith('/api/chat') ? 'POST' : 'GET'
      const allowed = async (origin: string) =>
        (await rest.ask(method, url, { headers: { ...mina.keys, origin } })).headers['access-control-allow-origin']
      assert.deepEqual(
        [await allowed(own), await allowed(evil), await allowed(adminOrigin)],
        [own, undefined, undefined],
      )
    }
    assert.equal((await preflight(rest, '/api/chat/', 'null')).headers['access-control-allow-origin'], undefined)
  })

  test('hosts’ routes are for the pages of the apps', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const urls = [
      '/api/chat/chatrooms/',
      '/api/chat/chatrooms/1/restore/',
      '/api/users/1/',
      '/api/auth/login/',
      '/api/auth/token/refresh',
    ]
    for (const url of urls) {
      for (const [origin, allowed] of [
        [adminOrigin, adminOrigin],
        [otherAdminOrigin, otherAdminOrigin],
        [`https://${mina.domain}`, undefined],
        [`${adminOrigin}.evil.example`, undefined],
        ['null', undefined],
      ] as const) {
        const { status, headers } = await preflight(rest, url, origin)
        assert.equal(status, 204, url)
        assert.equal(headers['access-control-allow-origin'], allowed)
        assert.match(headers['access-control-allow-methods']!, /PATCH/)
        assert.match(headers['access-control-allow-headers']!, /Authorization/)
      }
    }
    const list = await rest.ask('GET', '/api/chat/chatrooms/', { as: mina.token, headers: { origin: adminOrigin } })
    assert.equal(list.headers['access-control-allow-origin'], adminOrigin)
    assert.equal(list.headers['access-control-allow-credentials'], 'true')
    // Refusals can be read too.
    const refused = await rest.ask('GET', '/api/chat/chatrooms/', { headers: { origin: adminOrigin } })
    assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [401, adminOrigin])
  })
})

test('the health check answers everybody', async () => {
  await using rest = await PintalkRest.open({ bursts: { visits: 1 } })
  for (const path of ['/health-check', '/health-check/', '/health-check']) {
    const { status, json } = await rest.ask('GET', path)
    assert.deepEqual([status, json], [200, { status: 'ok' }])
  }
})

test('an address that leads nowhere answers in the form of the others', async () => {
  await using rest = await PintalkRest.open()
  const { status, json } = await rest.ask('GET', '/api/chat/nowhere')
  assert.deepEqual([status, json.code, typeof json.detail], [404, 404, 'string'])
})
