import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { ProcessBus } from '../buses/process-bus.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { Accounts } from './accounts.ts'
import { ChatError } from './errors.ts'
import type { Event } from './event.ts'
import type { AppId, UserId } from './model.ts'

const appId = 'acme' as AppId
const draft = { appId, role: 'agent', name: 'mina', identity: { protocol: 'cstalk', externalId: 'mina' } } as const

function open() {
  const log = new RecordedLog()
  const store = new SqliteStore({ path: ':memory:', log, now: () => 5 })
  const bus = new ProcessBus(log)
  const told: Event[] = []
  bus.listen(({ event }) => told.push(event))
  return { store, told, accounts: new Accounts({ store, bus, now: () => 5 }) }
}

describe('accounts', () => {
  test('are told of when they are opened and changed', async () => {
    const { accounts, told } = open()
    const user = await accounts.open(draft)
    const changed = await accounts.change(appId, user.id, ({ name }) => ({ name: `${name}!` }))
    assert.equal(changed?.name, 'mina!')
    const event = { type: 'user_changed', appId, at: 5, origin: null } as const
    assert.deepEqual(told, [
      { ...event, user },
      { ...event, user: changed },
    ])
  })

  test('of which two are counted up at once lose nothing', async () => {
    const { accounts } = open()
    const { id } = await accounts.open(draft)
    const more = () => accounts.change(appId, id, ({ meta }) => ({ meta: { count: Number(meta['count'] ?? 0) + 1 } }))
    await Promise.all(Array.from({ length: 10 }, more))
    assert.equal((await more())?.meta['count'], 11)
  })

  test('that are not there or another app’s: null, and nothing is told', async () => {
    const { accounts, told } = open()
    const { id } = await accounts.open(draft)
    assert.equal(await accounts.change('other' as AppId, id, () => ({ name: 'x' })), null)
    assert.equal(await accounts.change(appId, 99 as UserId, () => ({ name: 'x' })), null)
    assert.equal(told.length, 1)
  })

  test('a refusal changes nothing, and the next change goes on', async () => {
    const { accounts, store, told } = open()
    const { id } = await accounts.open(draft)
    const refused = accounts.change(appId, id, () => {
      throw new ChatError('forbidden', 'not you')
    })
    const next = accounts.change(appId, id, () => ({ name: 'juno' }))
    await assert.rejects(refused, { code: 'forbidden' })
    assert.equal((await next)?.name, 'juno')
    assert.equal((await store.users.byId(appId, id))?.name, 'juno')
    assert.equal(told.length, 2)
  })

  test('of one name are opened once', async () => {
    const { accounts, told } = open()
    await accounts.open(draft)
    await assert.rejects(accounts.open(draft), { code: 'conflict' })
    assert.equal(told.length, 1)
  })
})
