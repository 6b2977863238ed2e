import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createConnection, createPool, type Connection, type Pool } from 'mysql2/promise'
import type { AppId, RoomId, UserId } from '../../src/core/model.ts'
import { RoomCache } from '../../src/stores/room-cache.ts'
import { bring } from '../../src/stores/mysql/cluster/bring.ts'
import { Marks } from '../../src/stores/mysql/cluster/marks.ts'
import type { Step as RoomStep } from '../../src/stores/mysql/cluster/step.ts'
import { connectionOptions } from '../../src/stores/mysql/database.ts'
import { MysqlDocuments } from '../../src/stores/mysql/documents.ts'
import { MysqlErrands } from '../../src/stores/mysql/errands.ts'
import { GroupCommit } from '../../src/stores/mysql/group-commit.ts'
import { MysqlMessages } from '../../src/stores/mysql/messages.ts'
import { MysqlRooms } from '../../src/stores/mysql/rooms.ts'
import { readRoom } from '../../src/stores/mysql/room-statements.ts'
import { MysqlStore } from '../../src/stores/mysql/mysql-store.ts'
import { MysqlUsers } from '../../src/stores/mysql/users.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { roomNarrowings, userNarrowings } from './narrowings.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const app = 'app7' as AppId
const one = 5 as UserId

let server: MariadbServer
let pool: Pool
/** What was asked of the pool, with its values. */
const heard = new Map<string, readonly unknown[]>()

before(async () => {
  server = await MariadbServer.start()
  const url = await server.database()
  await (await MysqlStore.open({ url, log: quiet, now: Date.now })).close()
  pool = createPool(connectionOptions(url))
  await fill(url)
  const query = pool.query.bind(pool)
  pool.query = ((asked: { sql: string; values: unknown[] }) => {
    heard.set(asked.sql, asked.values)
    return query(asked)
  }) as typeof pool.query
})

after(async () => {
  await pool.end()
  await server[Symbol.asyncDispose]()
})

/** Enough of everything, in 20 apps, that an index is worth its while. */
async function fill(url: string): Promise<void> {
  const connection = await createConnection(url)
  const seq = (to: number): string => `seq_1_to_${to}`
  for (const sql of [
    `INSERT INTO users (app_id, role, name, meta, created_at, updated_at)
      SELECT concat('app', seq % 20), if(seq % 5 = 0, 'agent', 'member'), concat('user ', seq), '{}', 1, 1 FROM ${seq(6000)}`,
    `INSERT INTO identities (app_id, protocol, external_id, user_id)
      SELECT concat('app', seq % 20), 'commu', concat('u', seq), seq FROM ${seq(6000)}`,
    `INSERT INTO rooms (app_id, \`key\`, kind, name, parent_id, state, owner_id, assignee_id, last_assignee_id, meta,
      last_id, last_seq, closed_at, created_at, updated_at)
      SELECT concat('app', seq % 20), concat('k', seq), 'consultation', concat('room ', seq), if(seq % 3 = 0, seq DIV 30, NULL),
      elt(1 + seq % 3, 'waiting', 'active', 'closed'), seq, if(seq % 4 = 0, seq DIV 8, NULL), if(seq % 7 = 0, seq DIV 8, NULL), '{}', 20, 20,
      if(seq % 3 = 2, seq, NULL), seq, seq FROM ${seq(6000)}`,
    `INSERT INTO members (room_id, user_id, role, joined_at) SELECT seq, 1 + seq % 3000, 'member', 1 FROM ${seq(6000)}`,
    `INSERT INTO messages (room_id, id, seq, sender_id, type, body, detail, staff, episode_id, created_at, updated_at)
      SELECT 1 + (seq - 1) DIV 20, 1 + (seq - 1) % 20, 1 + (seq - 1) % 20, 1, 'text', 'hello', '', 0, 0, 1, 1 FROM ${seq(60000)}`,
    `INSERT INTO events (room_id, seq, last_id, type, body, at)
      SELECT 1 + (seq - 1) DIV 5, 30 + (seq - 1) % 5, 20, 'room_frozen', '{}', 1 FROM ${seq(10000)}`,
    `INSERT INTO documents (app_id, collection, \`key\`, body, created_at, updated_at)
      SELECT concat('app', seq % 20), concat('c', seq % 10), concat('k', seq), '{}', 1, 1 FROM ${seq(6000)}`,
    `INSERT INTO errands (app_id, kind, body, due_at) SELECT 'app7', if(seq % 2, 'mail', 'webhook'), '{}', seq FROM ${seq(6000)}`,
    'ANALYZE TABLE users, identities, rooms, members, messages, events, documents, errands',
  ])
    await connection.query(sql)
  await connection.end()
}

interface Step {
  readonly table: string | null
  readonly type: string | null
}

async function scans(sql: string, values: readonly unknown[]): Promise<Step[]> {
  const [steps] = await pool.query({ sql: `EXPLAIN ${sql}`, values: [...values] })
  // "ALL" is every row of a table, "index" every entry of an index. `<derived2>` and the like are the query's own results.
  return (steps as Step[]).filter(
    ({ table, type }) =>
      (type === 'ALL' || type === 'index') && table !== null && !/^<|^searched$|^found$|^unread$/.test(table),
  )
}

test('going through a whole table is noticed', async () => {
  assert.equal((await scans('SELECT * FROM messages WHERE seq = 1', [])).length, 1)
  assert.equal((await scans('SELECT * FROM users WHERE name = ?', ['x'])).length, 1)
})

test('every question finds its rows by an index', async () => {
  heard.clear()
  const commits = new GroupCommit({
    connect: () => Promise.reject(new Error('nothing is written')),
    writer: 'server',
    log: quiet,
    beforeCommit: async () => {},
    committed: () => {},
    undone: () => {},
  })
  const rooms = new MysqlRooms(pool, commits, new RoomCache(1), Date.now, () => ({ flush: async () => {} }))
  const messages = new MysqlMessages(pool)
  const users = new MysqlUsers(pool, commits, Date.now)
  const documents = new MysqlDocuments(pool, commits, Date.now)
  for (const narrowing of roomNarrowings) {
    await rooms.find({ appId: app, limit: 1, ...narrowing })
    await rooms.find({ appId: app, limit: 1, kind: 'consultation', ...narrowing })
  }
  for (const narrowing of userNarrowings) await users.find({ appId: app, limit: 1, ...narrowing })
  const room = (await rooms.byKey(app, 'k7')) ?? assert.fail('the tables are not filled')
  await rooms.counts(app, 'consultation', one)
  await rooms.unread(room.id, one, 'all')
  await messages.page(room.id, { audience: 'all', limit: 5, keep: 'newest', before: 9, since: 1, textLike: 'x' })
  await messages.since(room.id, 3, 9)
  await messages.findByClientKey(pool, room.id, one, 'key')
  await users.byIdentity(app, { protocol: 'commu', externalId: 'u7' })
  await users.byIds(app, [one, 6 as UserId])
  await users.identities(app, one)
  await documents.byKey(app, 'c7', 'k7')
  await documents.list(app, 'c7', { limit: 5 })
  await new MysqlErrands(pool, commits).due('mail', 100, 5)
  assert.ok(heard.size > 60, `only ${heard.size} statements were heard`)
  assert.deepEqual(await scansHeard(), [])
})

test('what nodes bring to the database is found by an index, and locks nothing else', async () => {
  heard.clear()
  const database = pool as unknown as Connection
  // Room 2001 and its neighbours have no events yet.
  const steps = [2001, 2002, 2003].flatMap((id) => stepsOf(id as RoomId))
  const all = steps.map(() => true)
  const words = steps.filter(({ events: [event] }) => event?.type === 'message_posted')
  assert.deepEqual(await bring(database, words), [true, true, true])
  const spoken = (await readRoom(pool, 2001 as RoomId))?.room ?? assert.fail('the room is gone')
  assert.deepEqual([spoken.lastId, spoken.lastSeq, spoken.updatedAt], [21, 21, 1])
  assert.deepEqual(spoken.lastMessage, { id: 21, type: 'text', preview: 'hello', senderId: null, at: 1 })
  assert.deepEqual(await bring(database, steps), all)
  assert.deepEqual(await bring(database, steps), all, 'known by their uids')
  const commits = { write: (job: (connection: Connection) => unknown) => job(database) } as unknown as GroupCommit
  const marks = new Marks(commits)
  const mark = { roomId: 2001 as RoomId, userId: 2002 as UserId, which: 'read', toId: 5, at: 1 } as const
  assert.deepEqual(await Promise.all([marks.raise(mark), marks.raise({ ...mark, roomId: 9 as RoomId })]), [21, null])
  const messages = new MysqlMessages(pool)
  await messages.byIds(mark.roomId, [1, 2, 3])
  await messages.byClientKeys(mark.roomId, ['a', 'b'])
  assert.ok(heard.size > 8, `only ${heard.size} statements were heard`)
  assert.deepEqual(await scansHeard(), [])
})

test('in a database of a few rooms too, a node locks only those that it brings something of', async () => {
  const url = await server.database()
  await (await MysqlStore.open({ url, log: quiet, now: Date.now })).close()
  const [a, b] = await Promise.all([createConnection(connectionOptions(url)), createConnection(connectionOptions(url))])
  for (let id = 1; id <= 4; id++) {
    await a.query(
      "INSERT INTO rooms (app_id, `key`, kind, name, state, meta, last_id, last_seq, created_at, updated_at) VALUES (?, ?, 'group', '', 'active', '{}', 20, 20, 1, 1)",
      [`app${id}`, `k${id}`],
    )
    await a.query("INSERT INTO members (room_id, user_id, role, joined_at) VALUES (?, ?, 'member', 1)", [id, id + 1])
  }
  const wordsIn = (ids: readonly number[]): RoomStep[] => ids.flatMap((id) => stepsOf(id as RoomId).slice(0, 1))
  for (const connection of [a, b]) {
    await connection.query('SET SESSION innodb_lock_wait_timeout = 2')
    await connection.query('START TRANSACTION')
  }
  assert.deepEqual(await bring(a, wordsIn([1, 3])), [true, true])
  assert.deepEqual(await bring(b, wordsIn([2, 4])), [true, true], 'does not wait for the other')
  for (const connection of [a, b]) {
    await connection.query('COMMIT')
    await connection.end()
  }
})

/** A member posts, which moves its marks, and the room is frozen. */
function stepsOf(roomId: RoomId): RoomStep[] {
  const fact = { appId: `app${roomId % 20}` as AppId, roomId, at: 1, actorId: null, origin: null }
  const message = {
    roomId,
    id: 21,
    seq: 21,
    sender: null,
    type: 'text',
    body: 'hello',
    detail: '',
    audience: 'all',
    episodeId: 0,
    meta: null,
    createdAt: 1,
    updatedAt: 1,
    deletedAt: null,
  } as const
  const [first, second] = [`a-${roomId}`, `b-${roomId}`]
  const step = { appId: fact.appId, roomId, clientKey: null }
  const marks = (roomId + 1) as number as UserId
  return [
    {
      ...step,
      uid: first,
      after: '',
      marks,
      events: [{ ...fact, seq: 21, type: 'message_posted', message, unread: 0 }],
    },
    { ...step, uid: second, after: first, marks: null, events: [{ ...fact, seq: 22, type: 'room_frozen' }] },
  ]
}

async function scansHeard(): Promise<[string, Step[]][]> {
  const found: [string, Step[]][] = []
  const asked = new Map(heard)
  for (const [sql, values] of asked) {
    if (sql.startsWith('INSERT ')) continue
    const steps = await scans(sql, values)
    if (steps.length > 0) found.push([sql, steps])
  }
  return found
}
