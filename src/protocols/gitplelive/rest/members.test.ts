import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GitpleliveRest, startedAt } from '../../../../test/support/gitplelive-rest.ts'

const team = '/group/channels/team'

/** A channel of ana and bo, whom ana manages where it is said; cy is outside. */
async function setUp({ managed = false, maxMembers = 50 } = {}): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open({ maxMembers })
  await rest.users('ana', 'bo', 'cy')
  await rest.channel('team', 'ana', 'bo')
  if (managed) await rest.platform('POST', `${team}/managers`, { manager: 'ana' })
  return rest
}

const code = ({ json, status }: { json: { code: number } | null; status: number }): number => json?.code ?? status
const ids = (list: readonly { user_id: string }[]): string[] => list.map((one) => one.user_id)

describe('members', () => {
  test('join and leave, and hear that it is done', async () => {
    await using rest = await setUp()
    const join = await rest.platform('PUT', `${team}/join`, { member: 'cy' })
    assert.deepEqual([join.status, join.text], [200, '{}'])
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'cy' })), 1006)
    const { json } = await rest.platform('GET', `${team}/members`)
    assert.deepEqual(ids(json), ['ana', 'bo', 'cy'])
    assert.deepEqual(json[2], {
      user_id: 'cy',
      name: 'cy',
      created_at: startedAt,
      updated_at: startedAt,
      joined_at: startedAt,
    })
    const leave = await rest.platform('PUT', `${team}/leave`, { member: 'cy' })
    assert.deepEqual([leave.status, leave.text], [200, '{}'])
    assert.equal(code(await rest.platform('PUT', `${team}/leave`, { member: 'cy' })), 1008)
    const types = rest.deliveries.map(({ event }) => event.type).filter((type) => type.startsWith('member_'))
    assert.deepEqual(types, ['member_joined', 'member_left'])
  })

  test('what is wrong is told', async () => {
    await using rest = await setUp()
    assert.equal(code(await rest.platform('PUT', `${team}/join`, {})), 1001)
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'zoe' })), 1004)
    assert.equal(code(await rest.platform('PUT', '/group/channels/nowhere/join', { member: 'cy' })), 1003)
    assert.equal(code(await rest.platform('PUT', `${team}/leave`, { member: 'cy' })), 1008)
  })

  test('of two who let somebody in at once, one does', async () => {
    await using rest = await setUp()
    const join = () => rest.platform('PUT', `${team}/join`, { member: 'cy' })
    assert.deepEqual(
      [code(await join()), code(await join())].toSorted((a, b) => a - b),
      [200, 1006],
    )
    await rest.platform('PUT', `${team}/leave`, { member: 'cy' })
    const codes = (await Promise.all([join(), join(), join()])).map(code)
    assert.deepEqual(
      codes.toSorted((a, b) => a - b),
      [200, 1006, 1006],
    )
  })

  test('a full channel takes nobody', async () => {
    await using rest = await setUp({ maxMembers: 2 })
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'cy' })), 1010)
    const members = ['ana', 'bo', 'cy']
    const full = { channel_id: 'full', name: 'Full' }
    assert.equal(code(await rest.platform('POST', '/group/channels', { ...full, members })), 1010)
    assert.equal(code(await rest.as('cy', 'POST', '/group/channels', { ...full, members: ['ana', 'bo'] })), 1010)
  })

  test('of many who come at once, only as many as there is room for are let in', async () => {
    await using rest = await setUp({ maxMembers: 3 })
    await rest.users('dan', 'eve')
    const join = (member: string) => rest.platform('PUT', `${team}/join`, { member })
    const codes = (await Promise.all(['cy', 'dan', 'eve'].map(join))).map(code)
    assert.deepEqual(
      codes.toSorted((a, b) => a - b),
      [200, 1010, 1010],
    )
    assert.equal((await rest.platform('GET', `${team}/members`)).json.length, 3)
  })

  test('users bring others in and go themselves, and don’t come in by themselves', async () => {
    await using rest = await setUp()
    assert.equal(code(await rest.as('cy', 'PUT', `${team}/join`, { member: 'cy' })), 1003)
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/join`, { member: 'cy' })), 200)
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/leave`, { member: 'cy' })), 3001)
    assert.equal(code(await rest.as('cy', 'PUT', `${team}/leave`, { member: 'cy' })), 200)
    assert.equal(code(await rest.as('cy', 'GET', `${team}/members`)), 1003)
  })

  test('who is online', async () => {
    await using rest = await setUp()
    assert.deepEqual((await rest.platform('GET', `${team}/online_members`)).json, [])
    const { directory, presence, apps } = rest.shared
    const bo = await directory.user(apps[0]!, 'bo')
    presence.enter(bo.appId, bo.id)
    assert.deepEqual(ids((await rest.platform('GET', `${team}/online_members`)).json), ['bo'])
    assert.deepEqual(ids((await rest.as('ana', 'GET', `${team}/online_members`)).json), ['bo'])
  })
})

describe('managers', () => {
  test('are appointed among members, and dismissed', async () => {
    await using rest = await setUp()
    assert.deepEqual((await rest.platform('GET', `${team}/managers`)).json, [])
    const added = await rest.platform('POST', `${team}/managers`, { manager: 'ana' })
    assert.deepEqual([added.status, ids(added.json)], [200, ['ana']])
    assert.deepEqual(ids((await rest.platform('POST', `${team}/managers`, { manager: 'ana' })).json), ['ana'])
    assert.equal(code(await rest.platform('POST', `${team}/managers`, { manager: 'cy' })), 1008)
    assert.equal(code(await rest.platform('POST', `${team}/managers`, { manager: 'zoe' })), 1004)
    assert.equal(code(await rest.platform('DELETE', `${team}/managers`, { manager: 'bo' })), 1016)
    assert.deepEqual(ids((await rest.as('ana', 'POST', `${team}/managers`, { manager: 'bo' })).json), ['ana', 'bo'])
    assert.deepEqual((await rest.as('ana', 'DELETE', `${team}/managers`, { manager: 'bo' })).json.length, 1)
    assert.equal(code(await rest.as('bo', 'DELETE', `${team}/managers`, { manager: 'ana' })), 3001)
    assert.deepEqual((await rest.platform('DELETE', `${team}/managers?manager=ana`)).json, [])
  })

  test('are at most a hundred', async () => {
    await using rest = await GitpleliveRest.open({ maxMembers: 200 })
    const names = Array.from({ length: 101 }, (_, index) => `user_${index}`)
    await rest.users(...names)
    await rest.channel('team', ...names.slice(0, 100))
    await rest.platform('PUT', `${team}/join`, { member: 'user_100' })
    for (const manager of names.slice(0, 100)) await rest.platform('POST', `${team}/managers`, { manager })
    assert.equal(code(await rest.platform('POST', `${team}/managers`, { manager: 'user_100' })), 1011)
  })

  test('write in a frozen channel, where others don’t', async () => {
    await using rest = await setUp({ managed: true })
    const frozen = await rest.platform('PUT', `${team}/freeze`, { freeze: true })
    assert.deepEqual([frozen.status, frozen.json.freeze], [200, true])
    assert.equal(code(await rest.say('team', 'bo', 'hello')), 1009)
    assert.equal(code(await rest.as('bo', 'POST', `${team}/messages`, { content: 'hello' })), 1009)
    assert.equal((await rest.say('team', 'ana', 'hello')).status, 201)
    assert.equal(code(await rest.as('bo', 'PUT', `${team}/freeze`, { freeze: false })), 3001)
    assert.equal((await rest.as('ana', 'PUT', `${team}/freeze`, { freeze: false })).json.freeze, false)
    assert.equal((await rest.say('team', 'bo', 'hello')).status, 201)
    assert.equal(code(await rest.platform('PUT', `${team}/freeze`, { freeze: 'yes' })), 1001)
  })

  test('expel members, and not each other', async () => {
    await using rest = await setUp({ managed: true })
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/leave`, { member: 'bo' })), 200)
    await rest.platform('PUT', `${team}/join`, { member: 'bo' })
    await rest.platform('POST', `${team}/managers`, { manager: 'bo' })
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/leave`, { member: 'bo' })), 3001)
  })
})

describe('bans', () => {
  test('end a membership and keep out for their time', async () => {
    await using rest = await setUp()
    const banned = await rest.platform('POST', `${team}/ban`, { user_id: 'bo', seconds: 60, reason: 'spam' })
    const user = { user_id: 'bo', name: 'bo', created_at: startedAt, updated_at: startedAt }
    const ban = { user, reason: 'spam', created_at: startedAt, expires_at: startedAt + 60_000 }
    assert.deepEqual([banned.status, banned.json], [200, ban])
    assert.deepEqual((await rest.platform('GET', `${team}/banned_list`)).json, [ban])
    assert.deepEqual(ids((await rest.platform('GET', `${team}/members`)).json), ['ana'])
    assert.equal(code(await rest.say('team', 'bo', 'hello')), 1019)
    assert.equal(code(await rest.as('bo', 'POST', `${team}/messages`, { content: 'hello' })), 1019)
    assert.equal(code(await rest.as('bo', 'GET', `${team}/messages`)), 1019)
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'bo' })), 1019)
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/join`, { member: 'bo' })), 1019)
    rest.pass(60_000)
    assert.deepEqual((await rest.platform('GET', `${team}/banned_list`)).json, [])
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'bo' })), 200)
    assert.equal((await rest.say('team', 'bo', 'hello')).status, 201)
  })

  test('are lifted', async () => {
    await using rest = await setUp()
    await rest.platform('POST', `${team}/ban`, { user_id: 'cy', seconds: 60 })
    assert.equal('reason' in (await rest.platform('GET', `${team}/banned_list`)).json[0], false)
    assert.equal(code(await rest.platform('DELETE', `${team}/ban/cy`)), 200)
    assert.equal(code(await rest.platform('DELETE', `${team}/ban/cy`)), 1002)
    assert.equal(code(await rest.platform('PUT', `${team}/join`, { member: 'cy' })), 200)
  })

  test('are for managers, and not on each other or themselves', async () => {
    await using rest = await setUp({ managed: true })
    const ban = (userId: string) => ({ user_id: userId, seconds: 60 })
    assert.equal(code(await rest.as('bo', 'POST', `${team}/ban`, ban('ana'))), 3001)
    assert.equal(code(await rest.as('bo', 'GET', `${team}/banned_list`)), 3001)
    assert.equal(code(await rest.as('bo', 'DELETE', `${team}/ban/cy`)), 3001)
    assert.equal(code(await rest.as('ana', 'POST', `${team}/ban`, ban('ana'))), 1018)
    await rest.platform('POST', `${team}/managers`, { manager: 'bo' })
    assert.equal(code(await rest.as('ana', 'POST', `${team}/ban`, ban('bo'))), 1017)
    assert.equal(code(await rest.as('ana', 'POST', `${team}/ban`, ban('cy'))), 200)
    assert.equal(code(await rest.platform('POST', `${team}/ban`, ban('bo'))), 200)
    for (const body of [{}, { user_id: 'cy' }, { user_id: 'cy', seconds: 0 }, { user_id: 'cy', seconds: 1.5 }])
      assert.equal(code(await rest.platform('POST', `${team}/ban`, body)), 1001)
    assert.equal(code(await rest.platform('POST', `${team}/ban`, ban('zoe'))), 1004)
  })
})
