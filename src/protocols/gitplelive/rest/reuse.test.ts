import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GitpleliveRest } from '../../../../test/support/gitplelive-rest.ts'

async function setUp(options = {}): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open(options)
  await rest.users('ana', 'bo', 'cy')
  return rest
}

const ids = (list: readonly { user_id: string }[]): string[] => list.map((one) => one.user_id)

describe('reuse', () => {
  const asking = (rest: GitpleliveRest) => {
    let made = 0
    return async (members: readonly string[], channelId = `chan_${++made}`): Promise<[number, string]> => {
      const body = { channel_id: channelId, name: channelId, members, reuse: true }
      const { status, json } = await rest.platform('POST', '/group/channels', body)
      return [status, json.channel_id ?? json.code]
    }
  }

  test('gives the channel that exactly these members have', async () => {
    await using rest = await setUp()
    const ask = asking(rest)
    await rest.channel('ana_bo', 'ana', 'bo')
    assert.deepEqual(await ask(['bo', 'ana', 'bo']), [200, 'ana_bo'])
    assert.deepEqual(await ask(['ana']), [201, 'chan_2'])
    assert.deepEqual(await ask(['ana', 'bo', 'cy']), [201, 'chan_3'])
    assert.deepEqual(await ask(['ana', 'bo']), [200, 'ana_bo'])
    assert.deepEqual(await ask(['ana', 'bo'], 'ana_bo'), [200, 'ana_bo'])
    assert.deepEqual(await ask(['ana', 'cy'], 'ana_bo'), [400, '1007'].map(Number) as never)
    assert.deepEqual(await ask([]), [201, 'chan_5'])
    assert.deepEqual(await ask([]), [201, 'chan_6'])
  })

  test('not one that somebody else ever joined, even if it left', async () => {
    await using rest = await setUp()
    const ask = asking(rest)
    await rest.channel('ana_bo', 'ana', 'bo')
    await rest.platform('PUT', '/group/channels/ana_bo/join', { member: 'cy' })
    await rest.platform('PUT', '/group/channels/ana_bo/leave', { member: 'cy' })
    assert.deepEqual(ids((await rest.platform('GET', '/group/channels/ana_bo/members')).json), ['ana', 'bo'])
    assert.deepEqual(await ask(['ana', 'bo']), [201, 'chan_1'])
    assert.deepEqual(await ask(['ana', 'bo']), [200, 'chan_1'])
    assert.deepEqual(await ask(['ana', 'bo', 'cy']), [201, 'chan_3'])
  })

  test('one that grew to these members, and one that they came back to', async () => {
    await using rest = await setUp()
    const ask = asking(rest)
    await rest.channel('grown', 'ana')
    await rest.platform('PUT', '/group/channels/grown/join', { member: 'bo' })
    assert.deepEqual(await ask(['ana', 'bo']), [200, 'grown'])
    await rest.platform('PUT', '/group/channels/grown/leave', { member: 'ana' })
    assert.deepEqual(await ask(['bo']), [201, 'chan_2'])
    assert.deepEqual(await ask(['ana', 'bo']), [201, 'chan_3'])
    await rest.platform('DELETE', '/group/channels/chan_3')
    await rest.platform('PUT', '/group/channels/grown/join', { member: 'ana' })
    assert.deepEqual(await ask(['ana', 'bo']), [200, 'grown'])
  })

  test('not one that ever had a manager', async () => {
    await using rest = await setUp()
    const ask = asking(rest)
    await rest.channel('ana_bo', 'ana', 'bo')
    assert.equal((await rest.as('ana', 'POST', '/group/channels/ana_bo/managers', { manager: 'ana' })).json.code, 3001)
    assert.deepEqual(await ask(['ana', 'bo']), [200, 'ana_bo'])
    await rest.platform('POST', '/group/channels/ana_bo/managers', { manager: 'ana' })
    await rest.platform('DELETE', '/group/channels/ana_bo/managers', { manager: 'ana' })
    assert.deepEqual(await ask(['ana', 'bo']), [201, 'chan_2'])
  })

  test('of many who ask at once, one makes it and all get it', async () => {
    await using rest = await setUp()
    const ask = asking(rest)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => ask(index % 2 ? ['ana', 'bo'] : ['bo', 'ana'])),
    )
    const [id] = new Set(answers.map(([, channelId]) => channelId))
    assert.deepEqual(
      answers.map(([status]) => status).toSorted((a, b) => b - a),
      [201, ...Array<number>(7).fill(200)],
    )
    assert.ok(answers.every(([, channelId]) => channelId === id))
    assert.equal(rest.shared.turns.size, 0)
  })

  test('a user’s own, too', async () => {
    await using rest = await setUp()
    const body = (id: string) => ({ channel_id: id, name: id, members: ['bo'], reuse: true })
    const made = await rest.as('ana', 'POST', '/group/channels', body('from_ana'))
    const found = await rest.as('bo', 'POST', '/group/channels', { ...body('from_bo'), members: ['ana'] })
    assert.deepEqual([made.status, found.status, found.json.channel_id], [201, 200, 'from_ana'])
  })

  test('with somebody who is in very many', async () => {
    await using rest = await setUp()
    const channels = Array.from({ length: 1100 }, (_, index) => index)
    await rest.users('helper')
    await rest.channel('with_ana', 'helper', 'ana')
    rest.pass(1000)
    const { id: helper } = await rest.shared.directory.user(rest.shared.apps[0]!, 'helper')
    const draft = { appId: 'shop' as never, kind: 'group', name: 'x', state: 'active', ownerId: null } as const
    const members = [{ userId: helper, role: 'member' }] as const
    await Promise.all(
      channels.map((index) => rest.store.rooms.ensure({ ...draft, key: `gitplelive:c${index}`, members })),
    )
    assert.deepEqual(await asking(rest)(['helper', 'ana']), [200, 'with_ana'])
  })
})
