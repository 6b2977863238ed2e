import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import type { AppId, Room } from '../../src/core/model.ts'
import { DatabaseError } from '../../src/stores/mysql/database-error.ts'
import { MysqlStore } from '../../src/stores/mysql/mysql-store.ts'
import { house, post } from '../contract/desk.ts'
import { MariadbServer } from '../support/mariadb-server.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const app = 'app' as AppId
let server: MariadbServer

before(async () => {
  server = await MariadbServer.start()
})

after(() => server[Symbol.asyncDispose]())

const open = (url: string, patienceMs?: number): Promise<MysqlStore> =>
  MysqlStore.open({ url, log: quiet, now: Date.now, ...(patienceMs !== undefined && { patienceMs }) })

async function newRoom(store: MysqlStore): Promise<Room> {
  const draft = {
    appId: app,
    key: 'k',
    kind: 'channel',
    name: '',
    state: 'active',
    ownerId: null,
    members: [],
  } as const
  return (await store.rooms.ensure(draft)).room
}

const say = (store: MysqlStore, room: Room, body: string) =>
  store.append(app, room.id, () => [post(null, body)], house).durable

async function bodies(store: MysqlStore, room: Room): Promise<string[]> {
  const page = await store.messages.page(room.id, { audience: 'all', limit: 100_000, keep: 'oldest' })
  assert.deepEqual(
    page.map(({ id }) => id),
    page.map((_, index) => index + 1),
  )
  return page.map(({ body }) => body)
}

test('a database that dies under load and comes back has what was acknowledged, each once', async () => {
  const store = await open(await server.database())
  const room = await newRoom(store)
  const acknowledged: string[] = []
  const speak = async (n: number): Promise<void> => {
    const body = `${n}`
    await say(store, room, body)
    acknowledged.push(body)
  }
  for (let round = 0; round < 3; round++) {
    // Many small batches, so that the kill finds one anywhere between its start and the answer to its commit.
    const talk = Array.from({ length: 20 }, async (_, lane) => {
      for (let n = 0; n < 25; n++) await speak(round * 1000 + lane * 25 + n)
    })
    while (acknowledged.length < round * 500 + 100) await speak(round * 1000 + 900 + (acknowledged.length % 100))
    await server.kill()
    await server.start()
    await Promise.all(talk)
  }
  const kept = await bodies(store, room)
  assert.deepEqual(kept.toSorted(), acknowledged.toSorted(), 'nothing lost, nothing twice')
  assert.equal(await store.check(), null)
  await store.close()
})

test('a write that waits too long is refused, health says why, and afterwards all is well', async () => {
  const store = await open(await server.database(), 0)
  const room = await newRoom(store)
  await say(store, room, 'before')
  await server.kill()
  await assert.rejects(say(store, room, 'meanwhile'))
  assert.match((await store.check()) ?? '', /\S/)
  await server.start()
  await say(store, room, 'after').catch(() => say(store, room, 'after'))
  assert.deepEqual(
    (await bodies(store, room)).filter((body) => body !== 'meanwhile'),
    ['before', 'after'],
  )
  assert.equal(await store.check(), null)
  await store.close()
})

test('a second server on the same database is refused', { timeout: 60_000 }, async () => {
  const url = await server.database()
  const store = await open(url)
  await newRoom(store)
  await assert.rejects(open(url), (error) => error instanceof DatabaseError && /another server/.test(error.message))
  await store.close()
  await (await open(url)).close()
})

test('a database of a newer version, and one that may not be used, are refused in a sentence', async () => {
  const url = await server.database()
  await (await open(url)).close()
  const connection = await createConnection(url)
  await connection.query('INSERT INTO parlance_version (version) VALUES (1000)')
  await connection.end()
  await assert.rejects(open(url), (error) => error instanceof DatabaseError && /newer version/.test(error.message))
  for (const wrong of [url.replace('root@', 'nobody:secret@'), url.replace(/test_\d+$/, 'nowhere')]) {
    await assert.rejects(open(wrong), (error) => error instanceof DatabaseError && !error.message.includes('secret'))
  }
})

test('what could be read as SQL stays text', async () => {
  const store = await open(await server.database())
  const room = await newRoom(store)
  const hostile = [`\\'; DROP TABLE messages; -- `, '%\\', "' OR 1=1", '\u0000\u001a"', '`key`', '?', '\\']
  for (const body of hostile) await say(store, room, body)
  assert.deepEqual(await bodies(store, room), hostile)
  const name = hostile[0] ?? ''
  const identity = { protocol: 'commu', externalId: name } as const
  const user = await store.users.create({ appId: app, role: 'member', name, identity })
  assert.equal((await store.users.byIdentity(app, identity))?.id, user.id)
  assert.equal(await store.users.byIdentity(app, { ...identity, externalId: `${name} ` }), null)
  const found = await store.users.find({ appId: app, nameLike: name, limit: 9 })
  assert.equal(found.total, 1)
  await store.close()
})
