import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import type { AppId, Room, UserId } from '../../core/model.ts'
import type { Appended } from '../../core/ports.ts'
import type { Change } from '../../core/room.ts'
import { SqliteStore } from './sqlite-store.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const appId = 'app' as AppId
const ana = 1 as UserId
let folder: string
let store: SqliteStore
let room: Room

const open = (): SqliteStore => new SqliteStore({ path: join(folder, 'parlance.db'), log: quiet, now: Date.now })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-sqlite-'))
  store = open()
  const members = [{ userId: ana, role: 'member' as const }]
  room = (
    await store.rooms.ensure({ appId, key: 'k', kind: 'channel', name: 'k', state: 'active', ownerId: null, members })
  ).room
})

afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** What another program does to the file, behind the store's back. */
function behind(statements: string): void {
  const database = new DatabaseSync(join(folder, 'parlance.db'))
  database.exec(statements)
  database.close()
}

function step(...changes: readonly Change[]): Promise<Appended> {
  return store.append(appId, room.id, () => changes, { actorId: null, origin: null }).durable
}

const post = (body: string): Change => ({
  type: 'post',
  sender: null,
  messageType: 'text',
  body,
  detail: '',
  audience: 'all',
  meta: null,
})

async function known(): Promise<unknown> {
  const roomful = await store.rooms.withMembers(appId, room.id)
  return structuredClone([roomful, await store.messages.since(room.id, 0, 100)])
}

test('a transaction that is lost leaves memory and file in step, and the next one works', async () => {
  await step(post('before'))
  const before = await known()
  behind(
    `CREATE TRIGGER lost BEFORE INSERT ON messages WHEN new.body = 'lost' BEGIN SELECT RAISE(ROLLBACK, 'disk on fire'); END`,
  )
  const settled = await Promise.allSettled([
    step(post('one'), { type: 'freeze', frozen: true }),
    step({ type: 'join', userId: 2 as UserId, role: 'member' }),
    store.mark(appId, room.id, ana, 'read', 1),
    store.users.ensure({ appId, role: 'member', name: 'Bo', identity: { protocol: 'commu', externalId: 'bo' } }),
    step(post('lost')),
    step(post('two')),
  ])
  assert.deepEqual(new Set(settled.map(({ status }) => status)), new Set(['rejected']))
  assert.equal(typeof (await store.check()), 'string')
  assert.deepEqual(await known(), before)
  assert.equal(await store.users.byIdentity(appId, { protocol: 'commu', externalId: 'bo' }), null)

  behind('DROP TRIGGER lost')
  const { events } = await step(post('after'))
  assert.partialDeepStrictEqual(events, [{ seq: 2, message: { id: 2 } }])
  assert.equal(await store.check(), null)
  const after = await known()
  await store.close()
  store = open()
  assert.deepEqual(await known(), after)
})

test('a statement that fails costs its own step only, and memory and file stay in step', async () => {
  behind(
    `CREATE TRIGGER refused BEFORE INSERT ON events WHEN new.type = 'room_frozen' BEGIN SELECT RAISE(ABORT, 'no'); END`,
  )
  const settled = await Promise.allSettled([
    step(post('one')),
    step(post('half'), { type: 'join', userId: 2 as UserId, role: 'member' }, { type: 'freeze', frozen: true }),
    step(post('two')),
  ])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const after = await known()
  assert.partialDeepStrictEqual(after, [
    { room: { lastId: 2, lastSeq: 2, frozen: false } },
    [{ message: { body: 'one' } }, { message: { body: 'two' } }],
  ])
  await store.close()
  store = open()
  assert.deepEqual(await known(), after)
})

test('the last number that fits is given, and no message is written over another', async () => {
  const last = 2 ** 32 - 2
  await store.close()
  behind(`UPDATE rooms SET last_id = ${last - 1}, last_seq = ${last - 1} WHERE id = ${room.id}`)
  store = open()
  await assert.rejects(step(post('one'), post('too many')), { code: 'conflict', message: 'this room is full' })
  assert.partialDeepStrictEqual((await step(post('last'))).events, [{ seq: last, message: { id: last } }])
  await assert.rejects(step(post('too many')), { code: 'conflict' })
  assert.equal((await store.messages.byId(room.id, last))?.body, 'last')
  const page = await store.messages.page(room.id, { audience: 'all', limit: 9, keep: 'newest' })
  assert.deepEqual(
    page.map(({ id }) => id),
    [last],
  )
  assert.equal((await store.messages.since(room.id, last - 1, 9))?.length, 1)
})

test('after close everything is refused', async () => {
  await store.close()
  await assert.rejects(step(post('x')), /the store is closed/)
  await assert.rejects(store.mark(appId, room.id, ana, 'read', 1), /the store is closed/)
  await assert.rejects(store.rooms.find({ appId, limit: 1 }))
  store = open()
})
