import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { ProcessBus } from '../buses/process-bus.ts'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import type { Delivery } from './event.ts'
import type { App, AppId, User, UserId } from './model.ts'
import { Sessions, type Session } from './session.ts'

const app = { id: 'seoul' as AppId, name: 'Seoul', origins: [] } satisfies App
const other = { ...app, id: 'incheon' as AppId }
let bus: ProcessBus
let sessions: Sessions
let told: Delivery[]
let stored: Map<UserId, User>
let asked: number[]

beforeEach(() => {
  bus = new ProcessBus(new RecordedLog())
  sessions = new Sessions(bus)
  told = []
  bus.listen((delivery) => told.push(delivery))
  stored = new Map()
  asked = []
})

function user(id: number, appId = app.id): User {
  const made = { id: id as UserId, appId, role: 'member', name: `u${id}`, blocked: false, meta: {} } as const
  return { ...made, createdAt: 1, updatedAt: 10 }
}

function enter(its: User | null, of = app): Session {
  const session: Session = { app: of, user: its, origin: 'a line' }
  sessions.add(session)
  if (its) stored.set(its.id, its)
  return session
}

const users = {
  byIds: async (appId: AppId, ids: readonly UserId[]) => {
    asked.push(ids.length)
    const found = ids.flatMap((id) => stored.get(id) ?? []).filter((one) => one.appId === appId)
    return new Map(found.map((one) => [one.id, one]))
  },
}

test('a change reaches the sessions of the user, and news that are older don’t', () => {
  const [one, two, three] = [enter(user(1)), enter(user(1)), enter(user(2))]
  const blocked = { ...user(1), blocked: true, updatedAt: 20 }
  const change = (its: User) =>
    bus.publish({ event: { type: 'user_changed', appId: app.id, user: its, at: 1, origin: null }, room: null })
  change(blocked)
  change({ ...user(1), name: 'older', updatedAt: 15 })
  assert.deepEqual([one.user, two.user, three.user], [blocked, blocked, user(2)])
  // What another app says is not about this one's user.
  const foreign = { ...user(1, other.id), updatedAt: 40 }
  bus.publish({ event: { type: 'user_changed', appId: other.id, user: foreign, at: 1, origin: null }, room: null })
  assert.equal(one.user, blocked)
  sessions.remove(two)
  change({ ...blocked, updatedAt: 30 })
  assert.deepEqual([one.user?.updatedAt, two.user?.updatedAt, sessions.size], [30, 20, 2])
})

test('after a gap, who changed or is gone is told of on this node alone, as if elsewhere it had just happened', async () => {
  const [ana, bo, cy] = [enter(user(1)), enter(user(2)), enter(user(3))]
  enter(user(1))
  enter(null)
  enter(user(4, other.id), other)
  const blocked = { ...user(1), blocked: true, updatedAt: 11 }
  stored.set(blocked.id, blocked)
  stored.delete(bo.user?.id as UserId)
  await sessions.reread(users, 99)
  assert.equal(ana.user, blocked)
  assert.deepEqual(cy.user, user(3))
  const common = { appId: app.id, at: 99, origin: null }
  assert.deepEqual(told, [
    { event: { ...common, type: 'user_changed', user: blocked }, room: null, foreign: true, here: true },
    { event: { ...common, type: 'user_removed', userId: 2 }, room: null, foreign: true, here: true },
  ])
  assert.deepEqual(asked, [3, 1])
})

test('very many are read some at a time', async () => {
  for (let id = 1; id <= 1200; id++) enter(user(id))
  await sessions.reread(users, 1)
  assert.deepEqual(asked, [500, 500, 200])
  assert.deepEqual(told, [])
})
