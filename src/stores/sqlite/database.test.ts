import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import type { AppId, UserId } from '../../core/model.ts'
import { findDamage, lockStore, openDatabase, StoreFileError } from './database.ts'
import { migrations } from './migrations.ts'
import { SqliteStore } from './sqlite-store.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-database-'))
  path = join(folder, 'parlance.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

const open = (): SqliteStore => new SqliteStore({ path, log: quiet, now: Date.now })

/** A store with enough in it to have pages worth damaging. */
async function filled(): Promise<void> {
  const store = open()
  const body = { text: 'x'.repeat(3000) }
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => store.documents.add('app' as AppId, 'a', body, { key: `key ${n}` })),
  )
  await store.close()
}

function refusal(opening: () => unknown = open): string {
  try {
    opening()
  } catch (error) {
    assert.ok(error instanceof StoreFileError, `not a StoreFileError: ${String(error)}`)
    assert.ok(error.message.includes(path), error.message)
    assert.ok(!error.message.includes('\n'), error.message)
    return error.message
  }
  return assert.fail('opened')
}

test('a file is made with its folder, and opens again', async () => {
  path = join(folder, 'deep', 'down', 'parlance.db')
  await filled()
  const store = open()
  assert.equal((await store.documents.list('app' as AppId, 'a', { limit: 1 })).total, 200)
  await store.close()
})

test('a newer version is refused in one sentence, and left as it was', () => {
  openDatabase(path, true).close()
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 1000')
  newer.close()
  const before = readFileSync(path)
  assert.match(refusal(), /made by a newer version \(its version is 1000, this program knows \d+\); upgrade/)
  assert.deepEqual(readFileSync(path), before)
})

test('another program’s database is refused, and left as it was', () => {
  for (const statement of ['CREATE TABLE theirs (a)', 'PRAGMA user_version = 3', 'PRAGMA application_id = 7']) {
    rmSync(path, { force: true })
    const theirs = new DatabaseSync(path)
    theirs.exec(statement)
    theirs.close()
    const before = readFileSync(path)
    assert.match(refusal(), /is a database of another program; point PARLANCE_DATA_DIR elsewhere$/)
    assert.deepEqual(readFileSync(path), before, statement)
  }
})

test('a file that is no database is refused', () => {
  writeFileSync(path, 'Dear diary, '.repeat(1000))
  assert.match(refusal(), /the file is damaged or is no database, restore it from a backup$/)
})

test('a truncated file is refused', async () => {
  await filled()
  truncateSync(path, Math.floor(readFileSync(path).length / 2 / 4096) * 4096)
  assert.match(refusal(), /damaged/)
})

test('flipped pages are found', async () => {
  await filled()
  const whole = readFileSync(path)
  const pages = whole.length / 4096
  for (let page = 1; page < pages; page += 9) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xa5, page * 4096, page * 4096 + 512)
    writeFileSync(path, damaged)
    // Pages that hold nothing but the end of a long row have no structure to break.
    const holdsOnlyText = whole.subarray(page * 4096 + 4, page * 4096 + 512).every((byte) => byte === 0x78)
    if (!holdsOnlyText) assert.match(refusal(), /damaged/, `page ${page} of ${pages}`)
  }
})

test('a table that is missing is told, and the file is let go', () => {
  openDatabase(path, true).close()
  const other = new DatabaseSync(path)
  other.exec('DROP TABLE members')
  other.close()
  assert.match(refusal(), /lacks a table or a column/)
  lockStore(path)()
})

test('a folder that can’t be made is told', () => {
  writeFileSync(join(folder, 'file'), '')
  path = join(folder, 'file', 'parlance.db')
  assert.match(refusal(), /can't be taken/)
  assert.match(
    refusal(() => openDatabase(path, true)),
    /can't be opened: .*; check that the folder exists and is writable$/,
  )
  path = folder
  assert.match(
    refusal(() => openDatabase(path, true)),
    /can't be opened/,
  )
})

test('damage in an open file is found', async () => {
  await filled()
  const database = openDatabase(path, true)
  assert.equal(findDamage(database), null)
  database.close()
})

// Nothing in the other process keeps its store: the lock must not be collected with it.
test('one process has the store, until it ends however it ends', async () => {
  const store = JSON.stringify(join(import.meta.dirname, 'sqlite-store.ts'))
  const program = `
    import { SqliteStore } from ${store}
    new SqliteStore({ path: ${JSON.stringify(path)}, log: console, now: Date.now })
    console.log('open')
    gc()
    setInterval(gc, 1)`
  const other = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    '--input-type=module',
    '-e',
    program,
  ])
  try {
    const [said] = (await once(other.stdout, 'data')) as [Buffer]
    assert.equal(String(said).trim(), 'open')
    assert.match(
      refusal(),
      /can't be taken: .*; another process has it open, stop that one first, or give this one a PARLANCE_DATA_DIR of its own$/,
    )
    const beside = new SqliteStore({ path, log: quiet, now: Date.now, alone: false })
    await beside.users.ensure({
      appId: 'app' as AppId,
      role: 'agent',
      name: 'Ana',
      identity: { protocol: 'commu', externalId: 'a' },
    })
    await beside.close()
  } finally {
    other.kill('SIGKILL')
    await once(other, 'exit')
  }
  await open().close()
})

test('a store that was closed can be taken again', async () => {
  await open().close()
  const store = open()
  assert.match(refusal(), /another process has it open/)
  await store.close()
  await assert.rejects(store.documents.add('app' as AppId, 'a', {}), /the store is closed/)
})

test('a file of the first version is taken along, with what is in it', async () => {
  openDatabase(path, true).close()
  const first = new DatabaseSync(path)
  const tables = first.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).all()
  for (const { name } of tables) first.exec(`DROP TABLE ${String(name)}`)
  first.exec(`${migrations[0]}; PRAGMA user_version = 1`)
  first.exec(`INSERT INTO rooms (app_id, key, kind, name, state, last_id, last_seq, created_at, updated_at)
    VALUES ('app', 'k', 'channel', 'Old', 'active', 1, 1, 5, 5);
    INSERT INTO messages (pk, seq, type, body, detail, staff, episode_id, created_at, updated_at)
    VALUES (1 << 32 | 1, 1, 'text', 'hello', '', 0, 0, 5, 5);
    INSERT INTO users (id, app_id, role, name, created_at, updated_at) VALUES (7, 'app', 'member', 'Ana', 5, 5);
    INSERT INTO members (room_id, user_id, role, joined_at) VALUES (1, 7, 'member', 5)`)
  first.close()
  const store = open()
  const room = (await store.rooms.byKey('app' as AppId, 'k')) ?? assert.fail('no room')
  assert.deepEqual([room.name, room.parentId, room.open], ['Old', null, false])
  assert.equal((await store.messages.byId(room.id, 1))?.body, 'hello')
  assert.equal((await store.rooms.withMembers(room.appId, room.id))?.members.size, 1)
  assert.equal((await store.users.byId(room.appId, 7 as UserId))?.name, 'Ana')
  await store.close()
})
