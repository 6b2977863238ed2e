import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apps, GitpleliveRest, keysOf, startedAt } from '../../../../test/support/gitplelive-rest.ts'
import { removedIn } from '../announcements.ts'

describe('the door', () => {
  test('both keys are needed, and both must be right', async () => {
    await using rest = await GitpleliveRest.open()
    const { APP_ID, APP_API_KEY } = keysOf()
    const cases: [Record<string, string>, number][] = [
      [{}, 4003],
      [{ APP_API_KEY: APP_API_KEY! }, 4003],
      [{ APP_ID: 'nobody', APP_API_KEY: APP_API_KEY! }, 4003],
      [{ APP_ID: '__proto__', APP_API_KEY: APP_API_KEY! }, 4003],
      [{ APP_ID: APP_ID! }, 4001],
      [{ APP_ID: APP_ID!, APP_API_KEY: `${APP_API_KEY}x` }, 4001],
      [{ APP_ID: APP_ID!, APP_API_KEY: keysOf(1)['APP_API_KEY']! }, 4001],
    ]
    for (const [headers, code] of cases) {
      const { status, json } = await rest.ask('GET', '/users', { headers })
      assert.deepEqual([status, json.code], [401, code], JSON.stringify(headers))
    }
    assert.equal((await rest.ask('GET', '/users', { headers: keysOf() })).status, 200)
  })

  test('an API key opens nothing below /v1/client, and a session token nothing above', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana')
    assert.equal((await rest.ask('GET', '/client/users/ana', { headers: keysOf() })).json.code, 4001)
    const authorization = `Bearer ${await rest.token('ana')}`
    assert.equal((await rest.ask('GET', '/users', { headers: { authorization } })).json.code, 4003)
    assert.equal((await rest.ask('GET', '/client/users/ana', { headers: { authorization } })).status, 200)
    const elsewhere = { authorization, APP_ID: 'school_app' }
    assert.equal((await rest.ask('GET', '/client/users/ana', { headers: elsewhere })).json.code, 4003)
  })

  test('an expired token is told apart from a bad one, by the name', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana')
    const authorization = `Bearer ${await rest.token('ana')}`
    rest.pass(25 * 3600 * 1000)
    const expired = await rest.ask('GET', '/client/users/ana', { headers: { authorization } })
    assert.deepEqual([expired.status, expired.json.code, expired.json.name], [401, 4001, 'token_expired'])
    const bad = await rest.ask('GET', '/client/users/ana', { headers: { authorization: `${authorization}x` } })
    assert.deepEqual([bad.status, bad.json.code, bad.json.name], [401, 4001, 'token_invalid'])
  })

  test('who tries keys is stopped; who has the right one isn’t', async () => {
    await using rest = await GitpleliveRest.open({ bursts: { strangers: 3 } })
    const headers = { ...keysOf(), APP_API_KEY: 'a guess' }
    const codes: number[] = []
    for (let tries = 0; tries < 5; tries++) codes.push((await rest.ask('GET', '/users', { headers })).json.code)
    assert.deepEqual(codes, [4001, 4001, 4001, 9001, 9001])
    assert.equal((await rest.platform('GET', '/users')).status, 200)
  })

  test('an app, and a user, may ask only so often', async () => {
    await using rest = await GitpleliveRest.open({ bursts: { platform: 5, reads: 2 } })
    await rest.users('ana')
    const authorization = `Bearer ${await rest.token('ana')}`
    const ask = () => rest.ask('GET', '/client/users/ana', { headers: { authorization } })
    assert.deepEqual([(await ask()).status, (await ask()).status, (await ask()).status], [200, 200, 429])
    const statuses: number[] = []
    for (let asked = 0; asked < 4; asked++) statuses.push((await rest.platform('GET', '/users')).status)
    assert.deepEqual(statuses, [200, 200, 200, 429])
    const { json } = await rest.platform('GET', '/users')
    assert.deepEqual([json.code, json.name], [9001, 'too_many_requests'])
    assert.equal((await rest.ask('GET', '/users', { headers: keysOf(1) })).status, 200)
  })
})

describe('refusals', () => {
  test('have the form that was agreed', async () => {
    await using rest = await GitpleliveRest.open()
    const { status, json, headers } = await rest.platform('POST', '/users?x=1', { user_id: 'ana' })
    assert.equal(status, 400)
    assert.deepEqual(json, {
      status: 400,
      timestamp: startedAt,
      path: '/v1/users',
      name: 'parameters',
      code: 1001,
      message: 'name: is required',
      reference: headers['x-request-id'],
    })
  })

  test('also of addresses that lead nowhere, and of bodies that can’t be read', async () => {
    await using rest = await GitpleliveRest.open()
    const lost = await rest.platform('GET', '/nothing')
    assert.deepEqual([lost.status, lost.json.code, lost.json.path], [404, 1002, '/v1/nothing'])
    const json = { ...keysOf(), 'content-type': 'application/json' }
    const broken = await rest.ask('POST', '/users', { headers: json, body: '{"user_id":' })
    assert.deepEqual([broken.status, broken.json.code], [400, 1001])
    const poisoned = await rest.ask('POST', '/users', { headers: json, body: '{"__proto__":{"user_id":"x"}}' })
    assert.deepEqual([poisoned.status, poisoned.json.code], [400, 1001])
    const text = await rest.ask('POST', '/users', {
      headers: { ...keysOf(), 'content-type': 'application/xml' },
      body: 'x',
    })
    assert.deepEqual([text.status, text.json.code], [415, 1001])
    const large = await rest.ask('POST', '/users', { headers: json, body: `{"x":"${'x'.repeat(70_000)}"}` })
    assert.deepEqual([large.status, large.json.code], [413, 1001])
    for (const body of [[], 'null', '5', '"x"', '[1]'])
      assert.equal((await rest.ask('POST', '/users', { headers: json, body })).json.code, 1001)
  })

  test('a fault of ours says nothing and is logged under the reference', async () => {
    await using rest = await GitpleliveRest.open()
    rest.store.users.byIdentity = () => Promise.reject(new Error('the disk says no'))
    const { status, json } = await rest.platform('GET', '/users/ana')
    assert.deepEqual([status, json.code, json.name], [500, 9999, 'internal'])
    assert.doesNotMatch(JSON.stringify(json), /disk/)
    const [line] = rest.log.of('error')
    assert.equal((line?.fields as { id?: string } | undefined)?.id, json.reference)
  })
})

test('the health check is open', async () => {
  await using rest = await GitpleliveRest.open()
  const { status, text } = await rest.ask('GET', '/health')
  assert.deepEqual([status, text], [200, 'Health!'])
})

describe('users', () => {
  test('are made, shown, changed', async () => {
    await using rest = await GitpleliveRest.open()
    const made = await rest.platform('POST', '/users', {
      user_id: 'Ana.1@x-y',
      name: '안나',
      profile_url: '',
      meta: { grade: 'gold', age: 3, vip: true },
    })
    const meta = { grade: 'gold', age: 3, vip: true }
    const times = { created_at: startedAt, updated_at: startedAt }
    assert.equal(made.status, 201)
    assert.deepEqual(made.json, { user_id: 'Ana.1@x-y', name: '안나', profile_url: '', meta, ...times })
    assert.deepEqual(Object.keys(made.json), ['user_id', 'name', 'profile_url', 'meta', 'created_at', 'updated_at'])
    rest.pass(10)
    const changed = await rest.platform('PUT', '/users/Ana.1@x-y', { name: 'Ana' })
    const now = { created_at: startedAt, updated_at: startedAt + 10 }
    assert.deepEqual(changed.json, { user_id: 'Ana.1@x-y', name: 'Ana', profile_url: '', meta, ...now })
    assert.deepEqual((await rest.platform('GET', '/users/Ana.1@x-y')).json, changed.json)
    assert.deepEqual((await rest.platform('PUT', '/users/Ana.1@x-y', { meta: { a: 'b' } })).json.meta, { a: 'b' })
    assert.equal('meta' in (await rest.platform('PUT', '/users/Ana.1@x-y', { meta: {} })).json, false)
  })

  test('wrong fields are named', async () => {
    await using rest = await GitpleliveRest.open()
    const good = { user_id: 'ana', name: 'Ana' }
    const cases: [object, string][] = [
      [{}, 'user_id'],
      [{ ...good, user_id: '' }, 'user_id'],
      [{ ...good, user_id: 'with space' }, 'user_id'],
      [{ ...good, user_id: 'x'.repeat(81) }, 'user_id'],
      [{ ...good, user_id: 'ana\n' }, 'user_id'],
      [{ ...good, user_id: 5 }, 'user_id'],
      [{ ...good, name: 'x'.repeat(151) }, 'name'],
      [{ ...good, name: '' }, 'name'],
      [{ ...good, name: ' \n' }, 'name'],
      [{ ...good, profile_url: 'x'.repeat(2049) }, 'profile_url'],
      [{ ...good, profile_url: null }, 'profile_url'],
      [{ ...good, meta: [] }, 'meta'],
      [{ ...good, meta: { a: null } }, 'meta.a'],
      [{ ...good, meta: { a: { b: 1 } } }, 'meta.a'],
      [{ ...good, meta: { 'a\nb': { b: 1 } } }, 'meta.a\nb'],
      [{ ...good, meta: { ['가'.repeat(34)]: 'x' } }, 'meta'],
      [{ ...good, meta: { a: '가'.repeat(67) } }, 'meta'],
      [{ ...good, meta: { '': 'x' } }, 'meta'],
    ]
    for (const [body, field] of cases) {
      const { status, json } = await rest.platform('POST', '/users', body)
      assert.deepEqual([status, json.code], [400, 1001], JSON.stringify(body))
      assert.ok(json.message.startsWith(`${field}:`), `${json.message} names ${field}`)
    }
    const pairs = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key ${index}`, 'x']))
    assert.equal((await rest.platform('POST', '/users', { ...good, meta: pairs })).json.code, 1014)
    assert.deepEqual((await rest.platform('GET', '/users')).json, { users: [] })
  })

  test('an id is taken once, however many ask at once', async () => {
    await using rest = await GitpleliveRest.open()
    const ask = () => rest.platform('POST', '/users', { user_id: 'ana', name: 'Ana' })
    const statuses = (await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [201, 400, 400],
    )
    assert.equal((await ask()).json.code, 1007)
    const other = await rest.ask('POST', '/users', { headers: keysOf(1), body: { user_id: 'ana', name: 'Ana' } })
    assert.equal(other.status, 201)
  })

  test('are listed in pages, the newest first', async () => {
    await using rest = await GitpleliveRest.open()
    const names = Array.from({ length: 17 }, (_, index) => `user_${index}`)
    await rest.users(...names)
    const first = await rest.platform('GET', '/users')
    assert.equal(first.json.users.length, 15)
    const second = await rest.platform('GET', `/users?next=${first.json.next}`)
    assert.deepEqual(
      second.json.users.map((user: { user_id: string }) => user.user_id),
      ['user_1', 'user_0'],
    )
    assert.equal('next' in second.json, false)
    assert.equal((await rest.platform('GET', '/users?limit=2')).json.users.length, 2)
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'next=!', 'next='])
      assert.equal((await rest.platform('GET', `/users?${query}`)).json.code, 1001, query)
    assert.deepEqual((await rest.ask('GET', '/users', { headers: keysOf(1) })).json, { users: [] })
  })

  test('pairs of meta are set and removed, ten at most', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana')
    await rest.platform('PUT', '/users/ana/meta', { meta: { a: '1', b: '2', c: '3' } })
    const merged = await rest.platform('PUT', '/users/ana/meta', { meta: { a: '4' } })
    assert.deepEqual(merged.json.meta, { a: '4', b: '2', c: '3' })
    const less = await rest.platform('DELETE', '/users/ana/meta', { keys: ['a', 'nothing'] })
    assert.deepEqual(less.json.meta, { b: '2', c: '3' })
    const more = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`key ${index}`, 'x']))
    assert.equal((await rest.platform('PUT', '/users/ana/meta', { meta: more })).json.code, 1014)
    assert.equal('meta' in (await rest.platform('DELETE', '/users/ana/meta')).json, false)
    assert.equal((await rest.platform('PUT', '/users/ana/meta', {})).json.code, 1001)
    // Two at once that set different pairs.
    const set = (key: string) => rest.platform('PUT', '/users/ana/meta', { meta: { [key]: 'x' } })
    await Promise.all(['a', 'b', 'c', 'd'].map(set))
    const { meta } = (await rest.platform('GET', '/users/ana')).json
    assert.deepEqual(Object.keys(meta).toSorted(), ['a', 'b', 'c', 'd'])
  })

  test('are removed with their memberships; what they wrote stays without a name', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana', 'bo')
    await rest.channel('team', 'ana', 'bo')
    await rest.say('team', 'ana', 'I was here')
    assert.equal((await rest.platform('DELETE', '/users/ana')).status, 200)
    assert.equal((await rest.platform('GET', '/users/ana')).json.code, 1004)
    assert.equal((await rest.platform('DELETE', '/users/ana')).json.code, 1004)
    const members = await rest.platform('GET', '/group/channels/team/members')
    assert.deepEqual(
      members.json.map((user: { user_id: string }) => user.user_id),
      ['bo'],
    )
    const [message] = (await rest.platform('GET', '/group/channels/team/messages')).json.messages
    assert.equal(message.content, 'I was here')
    assert.match(message.user.user_id, /^#\d+$/)
    assert.equal(message.user.name, '')
    const events = rest.deliveries.map(({ event }) => event)
    assert.ok(events.some(({ type }) => type === 'user_removed'))
    const [team] = events.flatMap((event) => (event.type === 'member_left' ? [event.roomId] : []))
    assert.deepEqual(removedIn(events.at(-1)!), { userId: 'ana', roomIds: [team] })
  })

  test('who goes while others take it into channels is in none', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana', 'bo')
    const make = (channelId: string, reuse: boolean) =>
      rest.platform('POST', '/group/channels', { channel_id: channelId, name: 'New', members: ['ana', 'bo'], reuse })
    const making = Promise.all([make('plain', false), make('reused', true)])
    await new Promise(setImmediate)
    assert.equal((await rest.platform('DELETE', '/users/ana')).status, 200)
    for (const { status, json } of await making) {
      assert.equal(status, 201)
      const room = await rest.shared.directory.room(apps[0].app.id, json.channel_id)
      assert.equal((await rest.store.rooms.withMembers(room!.appId, room!.id))?.members.size, 1)
    }
  })

  test('act for themselves, and only so', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana', 'bo')
    assert.equal((await rest.as('ana', 'PUT', '/users/ana', { name: 'Anna' })).json.name, 'Anna')
    assert.equal((await rest.as('ana', 'GET', '/users/bo')).json.name, 'bo')
    assert.equal((await rest.as('ana', 'PUT', '/users/bo', { name: 'Beau' })).json.code, 3001)
    assert.equal((await rest.as('ana', 'PUT', '/users/bo/meta', { meta: { a: '1' } })).json.code, 3001)
    assert.equal((await rest.as('ana', 'DELETE', '/users/bo/token')).json.code, 3001)
    for (const [method, path] of [
      ['POST', '/users'],
      ['GET', '/users'],
      ['DELETE', '/users/ana'],
      ['POST', '/users/ana/token'],
    ] as const)
      assert.equal((await rest.as('ana', method, path, {})).status, 404, `${method} ${path}`)
    const token = await rest.token('ana')
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await rest.ask('DELETE', '/client/users/ana/token', { headers })).status, 200)
    assert.equal((await rest.ask('GET', '/client/users/ana', { headers })).json.name, 'token_invalid')
  })

  test('tokens are for a day, unless something else is said', async () => {
    await using rest = await GitpleliveRest.open()
    await rest.users('ana')
    for (const [wanted, code] of [
      [startedAt, 1001],
      [startedAt + 1.5, 1001],
      ['soon', 1001],
      [startedAt + 400 * 24 * 3600 * 1000, 1001],
    ]) {
      const { json } = await rest.platform('POST', '/users/ana/token', { expires_at: wanted })
      assert.equal(json.code, code)
      assert.match(json.message, /^expires_at: /)
    }
    assert.equal((await rest.platform('POST', '/users/bo/token', {})).json.code, 1004)
    assert.equal((await rest.platform('POST', '/users/ana/token')).json.expires_at, startedAt + 24 * 3600 * 1000)
  })
})
