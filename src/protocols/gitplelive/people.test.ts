import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turnsDuring } from '../../../test/support/event-loop.ts'
import { GitpleliveRest } from '../../../test/support/gitplelive-rest.ts'
import type { AppId, UserId } from '../../core/model.ts'
import { People } from './people.ts'
import { personDraft } from './person.ts'

const shop = 'shop' as AppId

test('the people of a large channel are looked up while others have their turn', async () => {
  await using rest = await GitpleliveRest.open()
  const { store, bus, nodes } = rest.shared
  const names = Array.from({ length: 1001 }, (_, index) => `user_${index}`)
  const users = await Promise.all(names.map((userId) => store.users.create(personDraft(shop, { userId }, userId))))
  const people = new People({ users: store.users, bus, nodes })
  const ids = users.map(({ id }) => id)
  let found: ReadonlyMap<UserId, unknown> = new Map()
  const turns = await turnsDuring(async () => (found = await people.load(shop, ids)))
  assert.equal(found.size, 1001)
  assert.ok(turns >= 2)
  assert.equal((await people.load('school' as AppId, ids)).size, 0)
})
