import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { ProcessBus } from '../../buses/process-bus.ts'
import { Hub } from '../../core/hub.ts'
import type { AppId, RoomId, User, UserId } from '../../core/model.ts'
import type { Line } from '../../core/ports.ts'
import type { Session } from '../../core/session.ts'
import { Lobbies } from './lobbies.ts'
import { Seats } from './seats.ts'

const appId = 'seoul' as AppId
const user: User = {
  id: 7 as UserId,
  appId,
  role: 'agent',
  name: 'mina',
  blocked: false,
  meta: {},
  createdAt: 0,
  updatedAt: 0,
}
const session = (): Session => ({ app: { id: appId, name: '', origins: [] }, user, origin: null })

let redis: RedisServer
let one: RedisNode
let other: RedisNode
before(async () => {
  redis = await RedisServer.start()
  ;[one, other] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]
})
after(async () => {
  await Promise.all([one.close(), other.close()])
  await redis[Symbol.asyncDispose]()
})

test('the room joined last, at whichever node', async () => {
  let now = 1
  const [here, there] = [one, other].map(({ nodes }) => new Seats(nodes.roster('seats'), () => now)) as [Seats, Seats]
  const [tab, telephone] = [session(), session()]
  here.take(tab, 5 as RoomId)
  await until('the other knows', () => there.of(user.id) === 5)
  now = 2
  there.take(telephone, 6 as RoomId)
  assert.equal(there.of(user.id), 6)
  await until('the first knows', () => here.of(user.id) === 6)
  there.leave(telephone)
  assert.equal(there.of(user.id), 5)
  await until('it is back at the first', () => here.of(user.id) === 5)
  here.leave(tab)
  await until('nobody sits', () => there.of(user.id) === null)
})

test('a lobby is attended as long as anybody sits there, at whichever node', async () => {
  const hubs = [one, other].map(() => new Hub(new ProcessBus(new RecordedLog()), new RecordedLog())) as [Hub, Hub]
  const lobbies = [one, other].map(({ nodes }, index) => new Lobbies(hubs[index]!, nodes.roster('lobbies')))
  const [here, there] = lobbies as [Lobbies, Lobbies]
  assert.equal(here.isAttended(appId), false)
  const line = { id: 'a line', push() {} } as unknown as Line
  const agents = [1, 2].map(() => hubs[0].subscribe(appId, { key: 'cstalk lobby', encode: () => null }, line))
  here.changed(appId)
  assert.equal(here.isAttended(appId), true)
  await until('the other knows', () => there.isAttended(appId))
  for (const agent of agents) {
    hubs[0].unsubscribe(agent)
    here.changed(appId)
  }
  assert.equal(here.isAttended(appId), false)
  await until('nobody is there', () => !there.isAttended(appId))
})
