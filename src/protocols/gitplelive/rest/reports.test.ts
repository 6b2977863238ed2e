import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GitpleliveRest, startedAt } from '../../../../test/support/gitplelive-rest.ts'
import { reportedIn } from '../announcements.ts'

const list = '/reports/group/channels/team'

async function setUp(): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open()
  await rest.users('ana', 'bo', 'cy')
  await rest.channel('team', 'ana', 'bo')
  await rest.platform('POST', '/group/channels/team/managers', { manager: 'ana' })
  await rest.say('team', 'ana', 'buy this')
  return rest
}

describe('reports', () => {
  test('of a message, a user, a channel', async () => {
    await using rest = await setUp()
    const about = { channel_id: 'team', user_id: 'bo', message_id: 1, category: 'spam', description: 'again' }
    const { status, json } = await rest.platform('POST', '/reports', about)
    assert.equal(status, 201)
    const { message, user, report_id: id, ...rest1 } = json
    assert.deepEqual([message.content, user.user_id, typeof id], ['buy this', 'bo', 'number'])
    assert.deepEqual(rest1, {
      channel_id: 'team',
      type: 'message',
      category: 'spam',
      description: 'again',
      created_at: startedAt,
    })
    const ofUser = await rest.as('bo', 'POST', '/reports', { channel_id: 'team', target_user_id: 'ana' })
    assert.deepEqual([ofUser.status, ofUser.json.type, ofUser.json.target.user_id], [201, 'user', 'ana'])
    assert.equal(ofUser.json.category, 'other')
    assert.equal((await rest.as('bo', 'POST', '/reports', { channel_id: 'team' })).json.type, 'channel')
    const { reports } = (await rest.platform('GET', list)).json
    assert.deepEqual(
      reports.map((one: { type: string }) => one.type),
      ['channel', 'user', 'message'],
    )
    assert.deepEqual(reports[2], json)
    const told = rest.deliveries.map(({ event }) => reportedIn(event)).filter((one) => one !== null)
    assert.deepEqual(told[0]?.report, json)
    assert.equal(told.length, 3)
  })

  test('the same again is the first one', async () => {
    await using rest = await setUp()
    const about = { channel_id: 'team', user_id: 'bo', message_id: 1 }
    const [first, second] = await Promise.all([
      rest.platform('POST', '/reports', about),
      rest.platform('POST', '/reports', about),
    ])
    const third = await rest.platform('POST', '/reports', { ...about, category: 'spam' })
    const statuses = [first.status, second.status, third.status]
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 200, 201],
    )
    assert.deepEqual([second.json, third.json], [first.json, first.json])
  })

  test('lose the words of a message with it', async () => {
    await using rest = await setUp()
    await rest.platform('POST', '/reports', { channel_id: 'team', user_id: 'bo', message_id: 1 })
    await rest.platform('DELETE', '/group/channels/team/messages/1')
    const [report] = (await rest.platform('GET', list)).json.reports
    assert.equal('message' in report, false)
    await rest.platform('DELETE', '/users/bo')
    assert.equal((await rest.platform('GET', list)).json.reports[0].user, null)
  })

  test('are for managers, in pages', async () => {
    await using rest = await setUp()
    for (let sent = 0; sent < 3; sent++) await rest.say('team', 'ana', 'more')
    for (const id of [1, 2, 3]) await rest.as('bo', 'POST', '/reports', { channel_id: 'team', message_id: id })
    const first = (await rest.as('ana', 'GET', `${list}?limit=2`)).json
    assert.equal(first.reports.length, 2)
    const second = (await rest.as('ana', 'GET', `${list}?limit=2&next=${first.next}`)).json
    assert.deepEqual([second.reports.length, second.next], [1, undefined])
    assert.equal((await rest.as('bo', 'GET', list)).json.code, 3001)
    assert.equal((await rest.as('cy', 'GET', list)).json.code, 1003)
  })

  test('what is wrong is told', async () => {
    await using rest = await setUp()
    const good = { channel_id: 'team', user_id: 'bo' }
    const cases: [object, number][] = [
      [{ ...good, channel_id: 'nowhere' }, 1003],
      [{ ...good, user_id: 'cy' }, 1008],
      [{ ...good, user_id: undefined }, 1001],
      [{ ...good, message_id: 99 }, 1005],
      [{ ...good, target_user_id: 'zoe' }, 1004],
      [{ ...good, category: 'boring' }, 1001],
      [{ ...good, description: 'x'.repeat(1001) }, 1001],
    ]
    for (const [body, code] of cases)
      assert.equal((await rest.platform('POST', '/reports', body)).json.code, code, JSON.stringify(body).slice(0, 80))
  })
})
