import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { RedisNode, until } from '../../test/support/redis-node.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import type { AppId, Room, RoomId, UserId } from './model.ts'
import { Presence } from './presence.ts'

const appId = 'seoul' as AppId
const room = { id: 7 as RoomId, appId } as Room
const [mina, juno] = [1 as UserId, 2 as UserId]

/** A node with its presence, and what was heard of it there. */
class Place {
  readonly node: RedisNode
  readonly presence: Presence
  readonly heard: string[] = []
  now = 1000
  /** The store's. */
  isStoreThere = true
  asked = 0

  constructor(node: RedisNode) {
    this.node = node
    this.presence = new Presence({
      bus: node.bus,
      now: () => this.now,
      debounceMs: 100,
      elsewhere: {
        nodes: node.nodes,
        rooms: {
          byId: async (_, id) => {
            this.asked++
            if (!this.isStoreThere) throw new Error('the database is away')
            return id === room.id ? room : null
          },
        },
        isHeard: () => true,
      },
    })
    node.bus.listen(({ event, room: its, foreign }) => {
      if (event.type !== 'presence_changed') return
      assert.equal(event.appId, appId)
      assert.equal(its?.id ?? null, event.roomId)
      const where = event.roomId ?? 'app'
      this.heard.push(`${where} ${event.userId} ${event.online ? 'on' : 'off'}${foreign ? ' there' : ''}`)
    })
  }

  pass(ms: number): void {
    this.now += ms
    this.presence.sweep(this.now)
  }

  sees(userId: UserId, where: RoomId | AppId = room.id): boolean {
    return this.presence.isOnline(where, userId)
  }
}

let redis: RedisServer
let here: Place
let there: Place
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => {
  const [one, other] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]
  here = new Place(one)
  there = new Place(other)
})
afterEach(() => Promise.all([here.node.close(), there.node.close()]))

test('who is on any node is present on all, and each node hears of it once, with the room', async () => {
  here.presence.enter(room, mina)
  here.presence.enter(appId, mina)
  await until('it is heard there', () => there.heard.length === 2)
  assert.deepEqual(here.heard, ['7 1 on', 'app 1 on'])
  assert.deepEqual(there.heard.sort(), ['7 1 on there', 'app 1 on there'])
  assert.deepEqual([there.sees(mina), there.sees(mina, appId), there.sees(juno)], [true, true, false])
  assert.equal(there.presence.isConnected(room.id, mina), true)
  here.presence.leave(room.id, mina, false)
  await until('it is heard there', () => there.heard.length === 3)
  assert.equal(there.heard[2], '7 1 off there')
  assert.equal(there.sees(mina), false)
})

test('whoever is on two nodes goes with the last of them', async () => {
  here.presence.enter(room, mina)
  await until('seen there', () => there.sees(mina))
  there.presence.enter(room, mina)
  await until('seen here', () => here.node.nodes.roster('presence').others('7:1').size === 1)
  here.presence.leave(room.id, mina, false)
  await until('gone from here', () => there.node.nodes.roster('presence').others('7:1').size === 0)
  assert.deepEqual([here.sees(mina), there.sees(mina)], [true, true])
  there.presence.leave(room.id, mina, false)
  await until('gone', () => here.heard.length === 2)
  assert.deepEqual(here.heard, ['7 1 on', '7 1 off there'])
  assert.equal(there.heard.filter((line) => line.includes('on')).length <= 1, true)
  assert.equal(there.heard.at(-1), '7 1 off')
})

test('a connection that is lost here and comes back there within the debounce is not noticed', async () => {
  here.presence.enter(room, mina)
  await until('heard there', () => there.heard.length === 1)
  here.presence.leave(room.id, mina, true)
  await until('seen to lapse', () => !there.presence.isConnected(room.id, mina))
  assert.equal(there.sees(mina), true)
  there.presence.enter(room, mina)
  await until('seen here', () => here.node.nodes.roster('presence').others('7:1').size === 1)
  here.pass(100)
  await until('gone from here', () => there.node.nodes.roster('presence').others('7:1').size === 0)
  assert.deepEqual([here.heard, there.heard], [['7 1 on'], ['7 1 on there']])
  assert.equal(here.presence.isConnected(room.id, mina), true)
})

test('the users of a node that is closed have the debounce to come back elsewhere', async () => {
  here.presence.enter(appId, mina)
  here.presence.enter(appId, juno)
  await until('heard there', () => there.heard.length === 2)
  await here.node.close()
  await until('it is gone', () => there.node.nodes.all.length === 1)
  assert.deepEqual([there.sees(mina, appId), there.sees(juno, appId)], [true, true])
  there.pass(99)
  there.presence.enter(appId, mina)
  there.pass(1)
  assert.deepEqual(there.heard.slice(2), ['app 2 off there'])
  assert.deepEqual([there.sees(mina, appId), there.sees(juno, appId)], [true, false])
})

test('the users of a node that dies go by themselves', async () => {
  here.presence.enter(room, mina)
  await until('heard there', () => there.heard.length === 1)
  here.node.die()
  await until('it is gone', () => there.node.nodes.all.length === 1)
  there.pass(100)
  await until('heard', () => there.heard.length === 2)
  assert.deepEqual(there.heard, ['7 1 on there', '7 1 off there'])
})

test('a room that can’t be looked up is told of later; what came and went meanwhile is not', async () => {
  there.isStoreThere = false
  here.presence.enter(room, mina)
  here.presence.enter(room, juno)
  await until('asked', () => there.sees(juno) && there.asked > 0)
  here.presence.leave(room.id, mina, false)
  await until('seen to go', () => !there.sees(mina))
  there.isStoreThere = true
  there.pass(1000)
  await until('heard', () => there.heard.length > 0)
  there.pass(1000)
  assert.deepEqual(there.heard, ['7 2 on there'])
})

test('a Redis that forgets everything makes nobody come or go', async () => {
  here.presence.enter(appId, mina)
  await until('heard there', () => there.heard.length === 1)
  await redis.stop()
  await until('noticed', () => !there.node.link.state.connected && !here.node.link.state.connected)
  here.presence.enter(appId, juno)
  await redis.start()
  await until('heard there', () => there.heard.length === 2)
  there.pass(10_000)
  assert.deepEqual(there.heard, ['app 1 on there', 'app 2 on there'])
})

test('nonsense in the roster is nobody', async () => {
  const roster = here.node.nodes.roster('presence')
  for (const key of ['', 'x', '7:', ':1', 'x:1', 'incheon/1', '7:1:1', '__proto__/1'])
    roster.put(key, 'connected seoul')
  roster.put('7:2', 'connected')
  roster.put('7:1', 'connected seoul')
  await until('heard', () => there.heard.length > 0)
  assert.deepEqual(there.heard, ['7 1 on there'])
})
