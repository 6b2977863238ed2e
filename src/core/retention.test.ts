import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import type { AppId, RoomId, RoomKind } from './model.ts'
import { Retention } from './retention.ts'
import type { Change } from './room.ts'

const day = 24 * 3600 * 1000
const main = 'main' as AppId
const rules = [{ appId: main, kind: 'guest_chat', closedForMs: 7 * day }] as const
const log = new RecordedLog()

let at = 0
const now = (): number => at
let folder: string
let store: SqliteStore
beforeEach(async () => {
  at = Date.UTC(2023, 2, 23)
  folder = await mkdtemp(join(tmpdir(), 'parlance-'))
  store = open()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function open(): SqliteStore {
  return new SqliteStore({ path: join(folder, 'store.sqlite'), log, now })
}

const retention = () => new Retention({ store, rules, intervalMs: 600_000, now, log })
const words = async (id: RoomId) =>
  (await store.messages.page(id, { audience: 'staff', keep: 'newest', limit: 9 })).length

let keys = 0
async function room(kind: RoomKind = 'guest_chat', appId = main): Promise<RoomId> {
  const draft = { appId, key: `room ${++keys}`, kind, name: '', state: 'active', ownerId: null, members: [] } as const
  const { id } = (await store.rooms.ensure(draft)).room
  await step(id, say, appId)
  await store.errands.add({ appId, kind: 'mail', roomId: id, body: { words: 'quoted' }, dueAt: at })
  return id
}

const say: Change = {
  type: 'post',
  sender: null,
  messageType: 'text',
  body: 'x',
  detail: '',
  audience: 'all',
  meta: null,
}

async function step(id: RoomId, change: Change, appId = main): Promise<void> {
  await store.append(appId, id, () => [change], { actorId: null, origin: null }).durable
}

test('messages go seven days after the close, with the mails that quote them, and not a moment earlier', async () => {
  const id = await room()
  await step(id, { type: 'close' })
  at += 7 * day - 1
  assert.deepEqual(await retention().preview(), [])
  assert.equal((await retention().run()).rooms, 0)
  assert.equal(await words(id), 1)
  at += 1
  assert.deepEqual(
    (await retention().preview()).map((due) => due.id),
    [id],
  )
  assert.equal(await words(id), 1, 'looking removes nothing')
  assert.equal((await retention().run()).rooms, 1)
  assert.equal(await words(id), 0)
  assert.deepEqual(await store.errands.due('mail', at, 9), [])
  assert.equal((await store.rooms.byId(main, id))?.lastMessage, null)
  assert.equal((await retention().run()).rooms, 0, 'once is enough')
})

test('a room that is taken up again starts anew', async () => {
  const id = await room()
  await step(id, { type: 'close' })
  at += 6 * day
  await step(id, { type: 'reopen' })
  at += 30 * day
  assert.equal((await retention().run()).rooms, 0, 'an open room keeps its words for ever')
  await step(id, { type: 'close' })
  at += 7 * day - 1
  assert.equal((await retention().run()).rooms, 0)
  at += 1
  assert.equal((await retention().run()).rooms, 1)
  await step(id, { type: 'reopen' })
  await step(id, say)
  assert.equal(await words(id), 1)
})

test('other kinds and other apps are left alone', async () => {
  const others = [await room('group'), await room('guest_chat', 'other' as AppId)]
  await step(others[0]!, { type: 'close' })
  await step(others[1]!, { type: 'close' }, 'other' as AppId)
  at += 100 * day
  assert.equal((await retention().run()).rooms, 0)
  for (const id of others) assert.equal(await words(id), 1)
})

test('more rooms than a batch, over a restart in the middle', async () => {
  const ids = await Promise.all(Array.from({ length: 250 }, () => room()))
  await Promise.all(ids.map((id) => step(id, { type: 'close' })))
  at += 7 * day
  assert.equal((await retention().preview()).length, 250)
  // As a run that was cut off after its first batch.
  for (const id of ids.slice(0, 100)) await store.rooms.clear(main, id, at - 7 * day)
  await store.close()
  store = open()
  assert.equal((await retention().run()).rooms, 150)
  for (const id of ids) assert.equal(await words(id), 0)
})

test('a server looks at its start and then once an interval; two runs at a time are one', async () => {
  const id = await room()
  await step(id, { type: 'close' })
  at += 8 * day
  const job = retention()
  job.sweep(at)
  assert.equal(job.run(), job.run())
  await job.run()
  assert.equal(await words(id), 0)
  await step(id, { type: 'reopen' })
  await step(id, say)
  await step(id, { type: 'close' })
  at += 8 * day
  job.sweep(at)
  assert.equal((await job.run()).rooms, 1)
})

test('documents that have expired go with it', async () => {
  await store.documents.add(main, 'codes', {}, { key: 'a', expiresAt: at + 1 })
  at += 1
  assert.equal((await retention().run()).expiredDocuments, 1)
})
