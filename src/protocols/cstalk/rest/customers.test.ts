import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeskRest } from '../../../../test/support/desk-rest.ts'
import type { Session } from '../../../core/session.ts'
import { noSuchCustomer } from '../reasons.ts'

describe('customers', () => {
  test('are listed, searched and paged, of the company alone', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    for (const number of [11, 12, 21]) await rest.customer(number)
    await rest.customer(11, '2')
    await rest.ask('PUT', '/api/customer/12/block', { as })
    const numbers = async (query = '') => {
      const { json } = await rest.ask('GET', `/api/customer${query}`, { as })
      return [
        json.totalCount,
        ...json.list.map(({ gasappMemberNumber }: { gasappMemberNumber: number }) => gasappMemberNumber),
      ]
    }
    assert.deepEqual(await numbers(), [3, 21, 12, 11])
    assert.deepEqual(await numbers('?pageSize=1&page=2'), [3, 12])
    assert.deepEqual(await numbers('?searchType=customerName&searchValue=고객 1'), [2, 12, 11])
    assert.deepEqual(await numbers('?searchType=gasappMemberNumber&searchValue=12'), [1, 12])
    assert.deepEqual(await numbers('?searchType=gasappMemberNumber&searchValue=99'), [0])
    assert.deepEqual(await numbers('?isBlockCustomer=Y'), [1, 12])
    assert.deepEqual(await numbers('?isBlockCustomer=0'), [2, 21, 11])
  })

  test('who are blocked write no more, on a connection they have already too, and lists show it', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const { user, roomId } = await rest.waiting(3825)
    const live: Session = { app: { id: user.appId, name: '', origins: [] }, user, origin: 'a-connection' }
    rest.desk.sessions.add(live)
    const write = () =>
      rest.desk.chat.execute(live, { type: 'post', roomId, draft: { type: 'text', body: '여보세요' } })
    const blocked = await rest.ask('PUT', '/api/customer/3825/block', { as, body: { blockType: 1, remark: '욕설' } })
    assert.deepEqual([blocked.status, blocked.json.isBlock, blocked.json.isBlockCustomer], [200, 1, 1])
    await assert.rejects(write(), { code: 'banned' })
    const room = async () => (await rest.ask('GET', '/api/room?queryId=findReadyState', { as })).json[0]
    assert.deepEqual([(await room()).isBlockCustomer, (await room()).gasappMemberNumber], [1, 3825])
    assert.equal((await rest.ask('DELETE', '/api/customer/3825/block', { as })).json.isBlock, 0)
    await write()
    assert.equal((await room()).isBlockCustomer, 0)
    await rest.ask('PUT', '/api/customer/3825/block', { as })
    assert.equal((await rest.ask('PUT', '/api/customer/3825/block', { as, body: { blockType: 0 } })).json.isBlock, 0)
  })

  test('who swear are counted, all of it', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const { roomId } = await rest.waiting(3825)
    await Promise.all([1, 2, 3].map(() => rest.ask('PUT', '/api/customer/3825/swear', { as })))
    await rest.ask('PUT', '/api/customer/3825/insult', { as })
    const { json } = await rest.ask('GET', `/api/room/${roomId}`, { as })
    assert.deepEqual([json.swearCount, json.insultCount, json.gasappMemberNumber], [3, 1, 3825])
  })

  test('who are not there, or another company’s', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    await rest.customer(7, '2')
    for (const path of ['7/block', '7/swear', '7/insult', '99/block', `${rest.ids.juno}/block`]) {
      const { status, json } = await rest.ask('PUT', `/api/customer/${path}`, { as })
      assert.deepEqual([status, json.message], [404, noSuchCustomer], path)
    }
    for (const path of ['0/block', 'x/block', '1.5/block', '-1/block'])
      assert.equal((await rest.ask('PUT', `/api/customer/${path}`, { as })).status, 400)
    assert.equal((await rest.ask('PUT', '/api/customer/7/block', { as, body: { blockType: 'many' } })).status, 400)
  })
})
