import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Room } from '../../src/core/model.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RedisServer } from '../support/redis-server.ts'
import { StoreNode, type StoreNodeOptions } from '../support/store-node.ts'

const ids = ['a', 'b'] as const
let mariadb: MariadbServer

before(async () => {
  mariadb = await MariadbServer.start()
})

after(() => mariadb[Symbol.asyncDispose]())

async function twoNodes(redis: RedisServer, more: Partial<StoreNodeOptions> = {}): Promise<[StoreNode, StoreNode]> {
  const common = { databaseUrl: await mariadb.database(), redisUrl: redis.url, prefix: 'faults', ids, ...more }
  return [await StoreNode.start({ ...common, id: 'a' }), await StoreNode.start({ ...common, id: 'b' })]
}

interface Talk {
  readonly acknowledged: string[]
  readonly refused: string[]
  readonly done: Promise<unknown>
}

/** Lanes of senders on each node, each of which says one thing after the other. */
function talk(
  nodes: readonly StoreNode[],
  rooms: readonly Room[],
  { lanes, each }: { lanes: number; each: number },
): Talk {
  const acknowledged: string[] = []
  const refused: string[] = []
  const lane = async (node: StoreNode, name: string, room: Room): Promise<void> => {
    for (let n = 0; n < each; n++) {
      const body = `${name}-${n}`
      try {
        await node.say(room.id, body)
        acknowledged.push(body)
      } catch {
        refused.push(body)
      }
    }
  }
  const all = nodes.flatMap((node, index) =>
    Array.from({ length: lanes }, (_, n) => lane(node, `${index}-${n}`, rooms[n % rooms.length]!)),
  )
  return { acknowledged, refused, done: Promise.all(all) }
}

/** Everything acknowledged is there, once, and every node told it in the same order. */
async function mustBeWhole(
  nodes: readonly StoreNode[],
  rooms: readonly Room[],
  { acknowledged, refused }: Talk,
): Promise<void> {
  const there: string[] = []
  for (const { id } of rooms) {
    const bodies = await nodes[0]!.bodies(id)
    assert.deepEqual(await nodes[1]!.bodies(id), bodies)
    for (const node of nodes) assert.deepEqual(node.heard(id), bodies)
    there.push(...bodies)
  }
  assert.equal(new Set(there).size, there.length, 'nothing is there twice')
  const known = new Set(there)
  assert.deepEqual(
    acknowledged.filter((body) => !known.has(body)),
    [],
  )
  const possible = new Set([...acknowledged, ...refused])
  assert.deepEqual(
    there.filter((body) => !possible.has(body)),
    [],
  )
}

test('two nodes that write to the same rooms agree on one order', async () => {
  await using redis = await RedisServer.start()
  const [a, b] = await twoNodes(redis)
  await using _a = a
  await using _b = b
  const rooms = [await a.room('one'), await b.room('two'), await a.room('three')]
  const said = talk([a, b], rooms, { lanes: 12, each: 30 })
  await said.done
  assert.deepEqual(said.refused, [])
  await mustBeWhole([a, b], rooms, said)
  assert.ok(a.store.counts.retried + b.store.counts.retried > 0, 'they came in each other’s way')
})

test('a database that dies and comes back has what was acknowledged, each once', async () => {
  await using redis = await RedisServer.start()
  const [a, b] = await twoNodes(redis)
  await using _a = a
  await using _b = b
  const rooms = [await a.room('one'), await a.room('two')]
  for (let round = 0; round < 2; round++) {
    const before = a.told.length
    const said = talk([a, b], rooms, { lanes: 10, each: 30 })
    while (a.told.length < before + 100) await new Promise(setImmediate)
    await mariadb.kill()
    await mariadb.start()
    await said.done
    assert.deepEqual(said.refused, [])
    await said.done
  }
  const bodies = await a.bodies(rooms[0]!.id)
  assert.equal(bodies.length, 2 * 2 * 5 * 30)
  for (const { id } of rooms) for (const node of [a, b]) assert.deepEqual(node.heard(id), await a.bodies(id))
})

test('a Redis that dies and comes back with its file loses nothing that was acknowledged, and nobody’s order changes', async () => {
  await using redis = await RedisServer.start({ keeps: true })
  const [a, b] = await twoNodes(redis)
  await using _a = a
  await using _b = b
  const rooms = [await a.room('one'), await a.room('two')]
  const said = talk([a, b], rooms, { lanes: 10, each: 60 })
  while (a.told.length < 200) await new Promise(setImmediate)
  await redis.stop()
  await redis.start()
  await said.done
  await mustBeWhole([a, b], rooms, said)
})

test('a Redis that comes back empty makes senders try again, and loses nothing that was acknowledged', async () => {
  await using redis = await RedisServer.start()
  const [a, b] = await twoNodes(redis)
  await using _a = a
  await using _b = b
  const rooms = [await a.room('one'), await a.room('two')]
  const said = talk([a, b], rooms, { lanes: 10, each: 60 })
  while (a.told.length < 200) await new Promise(setImmediate)
  await redis.stop()
  await redis.start()
  await said.done
  const there = new Set([...(await a.bodies(rooms[0]!.id)), ...(await a.bodies(rooms[1]!.id))])
  assert.deepEqual(
    said.acknowledged.filter((body) => !there.has(body)),
    [],
  )
  assert.ok(said.acknowledged.length > said.refused.length, 'they went on')
})

test('a Redis that hangs holds senders up, and they are told to try again when it takes too long', async () => {
  await using redis = await RedisServer.start()
  const [a, b] = await twoNodes(redis, { patienceMs: 1500 })
  await using _a = a
  await using _b = b
  const room = await a.room('one')
  await a.say(room.id, 'before')
  redis.pause()
  await assert.rejects(a.say(room.id, 'held up'), { code: 'unavailable' })
  redis.resume()
  // It was sent and may be done yet: then it is there once.
  await b.say(room.id, 'after')
  const bodies = await b.bodies(room.id)
  assert.deepEqual(
    bodies.filter((body) => body !== 'held up'),
    ['before', 'after'],
  )
  assert.ok(bodies.length <= 3)
})

test('a message that was posted on one node is edited and deleted on another, at once', async () => {
  await using redis = await RedisServer.start()
  const [a, b] = await twoNodes(redis)
  await using _a = a
  await using _b = b
  const room = await a.room('one')
  for (let n = 1; n <= 20; n++) {
    const [writer, other] = n % 2 === 0 ? [a, b] : [b, a]
    await writer.say(room.id, `first ${n}`)
    const edit = { type: 'edit', messageId: n, body: `second ${n}`, detail: null } as const
    await other.store.append(room.appId, room.id, () => [edit], { actorId: null, origin: null }).durable
    if (n % 5 !== 0) continue
    const remove = { type: 'delete', messageId: n } as const
    await writer.store.append(room.appId, room.id, () => [remove], { actorId: null, origin: null }).durable
  }
  const bodies = await a.bodies(room.id).then((all) => all.filter((body) => body.startsWith('second')))
  assert.equal(bodies.length, 16)
  const key = { actorId: null, origin: null, clientKey: 'once' }
  const twice = await Promise.all(
    [a, b].map(({ store }) => store.append(room.appId, room.id, () => [postOf('once')], key).durable),
  )
  assert.equal(twice.filter(({ repeated }) => repeated === true).length, 1)
})

function postOf(body: string) {
  return { type: 'post', sender: null, messageType: 'text', body, detail: '', audience: 'all', meta: null } as const
}
