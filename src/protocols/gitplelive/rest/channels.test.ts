import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { turnsDuring } from '../../../../test/support/event-loop.ts'
import { GitpleliveRest, keysOf, startedAt } from '../../../../test/support/gitplelive-rest.ts'

async function setUp(options = {}): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open(options)
  await rest.users('ana', 'bo', 'cy')
  return rest
}

const ids = (list: readonly { user_id: string }[]): string[] => list.map((one) => one.user_id)

describe('channels', () => {
  test('are made and shown as the tutorial shows them', async () => {
    await using rest = await setUp()
    const { status, json } = await rest.platform('POST', '/group/channels', {
      channel_id: 'channel_1',
      name: 'channel_1',
      profile_url: 'myimage.png',
      members: ['ana', 'bo'],
      reuse: false,
      meta: {},
    })
    assert.equal(status, 201)
    assert.equal(
      JSON.stringify(json),
      JSON.stringify({
        channel_id: 'channel_1',
        name: 'channel_1',
        profile_url: 'myimage.png',
        type: 'group',
        freeze: false,
        total_message_count: 0,
        total_file_count: 0,
        created_at: startedAt,
        updated_at: startedAt,
        members: [
          { user_id: 'ana', name: 'ana' },
          { user_id: 'bo', name: 'bo' },
        ],
      }),
    )
    const { members: _, ...bare } = json
    assert.deepEqual((await rest.platform('GET', '/group/channels/channel_1')).json, bare)
  })

  test('wrong fields are named', async () => {
    await using rest = await setUp()
    const good = { channel_id: 'team', name: 'Team', members: ['ana'] }
    const cases: [object, number, string][] = [
      [{ ...good, channel_id: 'abc' }, 1001, 'channel_id'],
      [{ ...good, channel_id: 'Team' }, 1001, 'channel_id'],
      [{ ...good, channel_id: 'x'.repeat(81) }, 1001, 'channel_id'],
      [{ ...good, name: undefined }, 1001, 'name'],
      [{ ...good, members: undefined }, 1001, 'members'],
      [{ ...good, members: 'ana' }, 1001, 'members'],
      [{ ...good, members: ['a b'] }, 1001, 'members.0'],
      [{ ...good, reuse: 'yes' }, 1001, 'reuse'],
      [{ ...good, members: Array.from({ length: 101 }, (_, index) => `u${index}`) }, 1010, 'members'],
    ]
    for (const [body, code, field] of cases) {
      const { json } = await rest.platform('POST', '/group/channels', body)
      assert.equal(json.code, code, JSON.stringify(body))
      assert.ok(json.message.startsWith(`${field}:`), json.message)
    }
    const strange = await rest.platform('POST', '/group/channels', { ...good, members: ['ana', 'zoe'] })
    assert.equal(strange.json.code, 1004)
    assert.match(strange.json.message, /zoe/)
    assert.deepEqual((await rest.platform('GET', '/group/channels')).json, { channels: [] })
  })

  test('an id is taken once in an app', async () => {
    await using rest = await setUp()
    const ask = () => rest.platform('POST', '/group/channels', { channel_id: 'team', name: 'Team', members: ['ana'] })
    const statuses = (await Promise.all([ask(), ask()])).map(({ status }) => status)
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [201, 400],
    )
    assert.equal((await ask()).json.code, 1007)
    const body = { channel_id: 'team', name: 'Team', members: [] }
    assert.equal((await rest.ask('POST', '/group/channels', { headers: keysOf(1), body })).status, 201)
  })

  test('another app’s are not there', async () => {
    await using rest = await setUp()
    await rest.channel('team', 'ana')
    const headers = keysOf(1)
    for (const [method, path, body] of [
      ['GET', '/group/channels/team', undefined],
      ['PUT', '/group/channels/team', { name: 'Ours now' }],
      ['DELETE', '/group/channels/team', undefined],
      ['GET', '/group/channels/team/messages', undefined],
      ['GET', '/group/channels/team/members', undefined],
    ] as const)
      assert.equal((await rest.ask(method, path, { headers, body })).json.code, 1003, `${method} ${path}`)
    assert.equal((await rest.platform('GET', '/group/channels/team')).status, 200)
  })

  test('are changed; what isn’t said stays', async () => {
    await using rest = await setUp()
    const made = { channel_id: 'team', name: 'Team', profile_url: 'a.png', members: ['ana'], meta: { a: '1' } }
    await rest.platform('POST', '/group/channels', made)
    rest.pass(5)
    const { json } = await rest.platform('PUT', '/group/channels/team', { name: 'Crew' })
    assert.deepEqual([json.name, json.profile_url, json.meta], ['Crew', 'a.png', { a: '1' }])
    assert.deepEqual([json.created_at, json.updated_at], [startedAt, startedAt + 5])
    await rest.platform('PUT', '/group/channels/team', { profile_url: '' })
    await rest.platform('PUT', '/group/channels/team/meta', { meta: { b: '2' } })
    const set = (key: string) => rest.platform('PUT', '/group/channels/team/meta', { meta: { [key]: 'x' } })
    await Promise.all(['c', 'd', 'e'].map(set))
    const after = (await rest.platform('DELETE', '/group/channels/team/meta?keys=a')).json
    assert.deepEqual([after.name, after.profile_url, after.meta], ['Crew', '', { b: '2', c: 'x', d: 'x', e: 'x' }])
    const events = rest.deliveries.length
    await rest.platform('PUT', '/group/channels/team', {})
    assert.equal(rest.deliveries.length, events)
    assert.equal((await rest.platform('PUT', '/group/channels/nowhere', { name: 'x' })).json.code, 1003)
  })

  test('are removed with everything in them', async () => {
    await using rest = await setUp()
    await rest.channel('team', 'ana')
    await rest.say('team', 'ana', 'hello')
    const form = new FormData()
    form.append('user_id', 'ana')
    form.append('file', new File(['words'], 'a.txt'))
    const { json } = await rest.platform('POST', '/group/channels/team/messages', form)
    const [, , , appId, fileId = ''] = new URL(json.file.url).pathname.split('/').with(0, 'x').toSpliced(0, 0, 'x')
    assert.equal(appId, 'shop')
    assert.ok(await rest.shared.files.find('shop' as never, fileId))
    assert.equal((await rest.platform('DELETE', '/group/channels/team')).status, 200)
    assert.equal(await rest.shared.files.find('shop' as never, fileId), null)
    assert.equal((await rest.platform('GET', '/group/channels/team')).json.code, 1003)
    await rest.channel('team', 'bo')
    const again = (await rest.platform('GET', '/group/channels/team?show_members=true')).json
    assert.deepEqual([again.total_message_count, ids(again.members)], [0, ['bo']])
    assert.equal((await rest.as('bo', 'DELETE', '/group/channels/team')).status, 404)
  })

  test('are listed one after the other, with turns for others between them', async () => {
    await using rest = await setUp()
    for (let count = 0; count < 40; count++) await rest.channel(`room_${count}`, 'ana')
    assert.ok((await turnsDuring(() => rest.as('ana', 'GET', '/group/channels?limit=40'))) >= 40)
    assert.ok((await turnsDuring(() => rest.as('ana', 'GET', '/group/channels?include_members=bo'))) >= 40)
  })

  test('are listed, those that changed last first, with what is asked for', async () => {
    await using rest = await setUp()
    for (const [id, ...members] of [
      ['first', 'ana', 'bo'],
      ['second', 'bo'],
      ['third', 'ana', 'cy'],
    ] as const) {
      await rest.channel(id, ...members)
      rest.pass(1)
    }
    await rest.say('first', 'ana', 'hello')
    const names = async (query: string) =>
      (await rest.platform('GET', `/group/channels?${query}`)).json.channels.map(
        (one: { channel_id: string }) => one.channel_id,
      )
    assert.deepEqual(await names(''), ['first', 'third', 'second'])
    assert.deepEqual(await names('name=ir'), ['first', 'third'])
    assert.deepEqual(await names('include_members=ana'), ['first', 'third'])
    assert.deepEqual(await names('include_members=ana,cy'), ['third'])
    assert.deepEqual(await names('include_members='), await names(''))
    assert.equal((await rest.platform('GET', '/group/channels?include_members=zoe')).json.code, 1004)
    const many = Array.from({ length: 21 }, () => 'ana').join()
    assert.equal((await rest.platform('GET', `/group/channels?include_members=${many}`)).json.code, 1001)
    const page = (await rest.platform('GET', '/group/channels?limit=2')).json
    assert.deepEqual(await names(`limit=2&next=${page.next}`), ['second'])
    const shows = ['members', 'managers', 'unread', 'read_receipt', 'delivery_receipt', 'last_message']
    const query = shows.map((one) => `show_${one}=true`).join('&')
    const [first] = (await rest.platform('GET', `/group/channels?limit=1&${query}`)).json.channels
    assert.deepEqual(ids(first.members), ['ana', 'bo'])
    assert.deepEqual(first.managers, [])
    assert.deepEqual(first.unread, { ana: 0, bo: 1 })
    assert.deepEqual([first.read_receipt, first.delivery_receipt], [{ ana: rest.now }, { ana: rest.now }])
    assert.equal(first.last_message.content, 'hello')
    assert.equal((await rest.platform('GET', '/group/channels?show_members=maybe')).json.code, 1001)
  })

  test('a user sees and makes its own', async () => {
    await using rest = await setUp()
    await rest.channel('first', 'ana', 'bo')
    await rest.channel('second', 'bo')
    const { channels } = (await rest.as('ana', 'GET', '/group/channels')).json
    assert.deepEqual(
      channels.map((one: { channel_id: string }) => one.channel_id),
      ['first'],
    )
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/members'],
      ['GET', '/messages'],
      ['PUT', '/messages/read'],
    ] as const) {
      const hidden = await rest.as('ana', method, `/group/channels/second${path}`)
      const absent = await rest.as('ana', method, `/group/channels/absent${path}`)
      assert.deepEqual([hidden.json.code, absent.json.code], [1003, 1003], path)
      assert.equal(hidden.json.message, absent.json.message.replace('absent', 'second'))
    }
    const body = { channel_id: 'third', name: 'Third', members: ['cy'] }
    const made = await rest.as('ana', 'POST', '/group/channels', body)
    assert.deepEqual([made.status, ids(made.json.members)], [201, ['ana', 'cy']])
    assert.equal((await rest.as('ana', 'PUT', '/group/channels/third', { name: 'Mine' })).json.code, 3001)
    assert.equal((await rest.as('ana', 'PUT', '/group/channels/third/freeze', { freeze: true })).json.code, 3001)
    await rest.platform('POST', '/group/channels/third/managers', { manager: 'ana' })
    assert.equal((await rest.as('ana', 'PUT', '/group/channels/third', { name: 'Mine' })).json.name, 'Mine')
  })

  test('a user makes only so many', async () => {
    await using rest = await setUp({ bursts: { channels: 1 } })
    const make = (id: string) => rest.as('ana', 'POST', '/group/channels', { channel_id: id, name: id, members: [] })
    assert.equal((await make('first')).status, 201)
    assert.equal((await make('second')).json.code, 9001)
    await rest.channel('third', 'ana')
    assert.equal((await rest.platform('GET', '/group/channels')).json.channels.length, 2)
  })

  test('a new one is announced to the sockets', async () => {
    await using rest = await setUp()
    await rest.channel('team', 'ana')
    const told = rest.deliveries.map(({ event }) => event).filter(({ type }) => type === 'broadcast')
    assert.equal(told.length, 1)
  })
})
