import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { openNodeWriter } from '../../src/stores/mysql/database.ts'
import { house, post } from '../contract/desk.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RedisServer } from '../support/redis-server.ts'
import { StoreNode, type StoreNodeOptions } from '../support/store-node.ts'

const ids = ['a', 'b'] as const
let mariadb: MariadbServer
let redis: RedisServer
let databaseUrl = ''
let made = 0

before(async () => {
  mariadb = await MariadbServer.start()
  redis = await RedisServer.start()
})

after(async () => {
  await mariadb[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

/** Until it passes; the test's own time limit is the end of it. */
async function eventually(check: () => Promise<void> | void): Promise<void> {
  for (;;) {
    try {
      return await check()
    } catch {
      await setImmediate()
    }
  }
}

async function twoNodes(more: Partial<StoreNodeOptions> = {}): Promise<[StoreNode, StoreNode]> {
  databaseUrl = await mariadb.database()
  const common = { databaseUrl, redisUrl: redis.url, prefix: `lag${made++}`, ids, ...more }
  return [await StoreNode.start({ ...common, id: 'a' }), await StoreNode.start({ ...common, id: 'b' })]
}

test('a node that reads the log later than the database has it tells everything, once', async () => {
  const [a, b] = await twoNodes()
  await using _a = a
  await using _b = b
  const { id, appId } = await a.ownRoom()
  const partition = b.roomLog.partitionOf(id)
  b.held.hold()
  const said = ['one', 'two', 'three']
  for (const body of said) await a.say(id, body)
  assert.equal((await b.store.rooms.byId(appId, id))?.lastSeq, 3)
  b.held.release()
  await eventually(() => assert.deepEqual(b.heard(id), said))
  b.held.readAgain(partition)
  b.nodes.gap()
  b.held.readAgain(partition)
  await a.say(id, 'four')
  await eventually(() => assert.deepEqual(b.heard(id), [...said, 'four']))
})

test('an append whose answer is lost is not decided again when the database shows more than was read', async () => {
  const [a, b] = await twoNodes()
  await using _a = a
  await using _b = b
  const { id } = await a.ownRoom()
  await b.say(id, 'zero')
  b.held.hold()
  b.held.losesAnswers = true
  const saying = b.say(id, 'one')
  await eventually(async () => assert.deepEqual(await a.bodies(id), ['zero', 'one']))
  await a.say(id, 'two')
  b.nodes.gap()
  b.held.losesAnswers = false
  await eventually(() => assert.ok(b.store.counts.retried > 0))
  await b.store.rooms.byId((await a.room('0')).appId, id)
  b.held.release()
  await saying
  assert.deepEqual(await a.bodies(id), ['zero', 'one', 'two'])
  await eventually(() => assert.deepEqual(b.heard(id), ['zero', 'one', 'two']))
})

test('a sender hears that its message is kept, also when that is known before the room is', async () => {
  const [a, b] = await twoNodes({ patienceMs: 3000 })
  await using _a = a
  await using _b = b
  const { id } = await a.ownRoom()
  await b.say(id, 'zero')
  b.held.hold()
  const saying = b.say(id, 'one')
  await eventually(async () => assert.deepEqual(await a.bodies(id), ['zero', 'one']))
  b.nodes.gap()
  b.held.release()
  await saying
})

test('after a loss a node tells what it missed, once, also of rooms that it had forgotten', async () => {
  const [a, b] = await twoNodes()
  await using _a = a
  await using _b = b
  const { id } = await a.ownRoom()
  const partition = b.roomLog.partitionOf(id)
  await a.say(id, 'one')
  await eventually(() => assert.deepEqual(b.heard(id), ['one']))
  b.held.hold()
  await a.say(id, 'two')
  await a.say(id, 'three')
  await eventually(() => assert.equal(b.held.entries.length, 3))
  b.held.release({ loses: true })
  b.nodes.gap()
  await b.held.lose(partition)
  assert.deepEqual(b.heard(id), ['one', 'two', 'three'])
  // The log has it after all, and rooms may be forgotten once more.
  b.nodes.gap()
  b.held.readAgain(partition)
  await a.say(id, 'four')
  await eventually(() => assert.deepEqual(b.heard(id), ['one', 'two', 'three', 'four']))
})

test('a node that is stopped in the middle of a transaction doesn’t hold the others up', async () => {
  const [a, b] = await twoNodes()
  await using _a = a
  await using _b = b
  const { id } = await a.ownRoom()
  const stopped = await openNodeWriter(databaseUrl)
  await stopped.query('START TRANSACTION')
  await stopped.query('SELECT * FROM rooms WHERE id = ? FOR UPDATE', [id])
  await b.say(id, 'one')
  assert.deepEqual(await b.bodies(id), ['one'])
  stopped.destroy()
})

test('who repeats what is not in the database yet waits as long as anybody', async () => {
  const [a, b] = await twoNodes({ patienceMs: 1500 })
  await using _a = a
  await using _b = b
  const room = await a.ownRoom()
  await a.say(room.id, 'zero')
  const lock = await createConnection(databaseUrl)
  await lock.query('START TRANSACTION')
  await lock.query('SELECT * FROM rooms WHERE id = ? FOR UPDATE', [room.id])
  const say = () => a.store.append(room.appId, room.id, () => [post(null, 'one')], { ...house, clientKey: 'k' }).durable
  await Promise.all([1, 2].map(() => assert.rejects(say(), { code: 'unavailable' })))
  await lock.end()
  await eventually(async () => assert.equal((await say()).repeated, true))
})

test('an entry of the log that can’t be stored is void, and the room goes on', async () => {
  const [a, b] = await twoNodes()
  await using _a = a
  await using _b = b
  const room = await a.ownRoom()
  const at = Date.now()
  const event = { type: 'member_joined', appId: room.appId, roomId: room.id, seq: 1, at, actorId: null, origin: null }
  const text = `1w${room.appId}\n${JSON.stringify({ after: '', events: [event] })}`
  await a.roomLog.append(room.id, '0 ', '1 foreign', [{ uid: 'foreign', roomId: room.id, text }])
  // Those who go on from it are told to try again.
  await eventually(() => b.say(room.id, 'one'))
  assert.deepEqual(await b.bodies(room.id), ['one'])
})
