import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { roomNarrowings, userNarrowings } from '../../../test/contract/narrowings.ts'
import type { AppId, RoomId, UserId } from '../../core/model.ts'
import type { RoomQuery } from '../../core/ports.ts'
import { SqliteAppends } from './appends.ts'
import { openDatabase } from './database.ts'
import { SqliteDocuments } from './documents.ts'
import { SqliteErrands } from './errands.ts'
import { GroupCommit } from './group-commit.ts'
import { SqliteMessages } from './messages.ts'
import { RoomCache } from '../room-cache.ts'
import { SqliteRooms } from './rooms.ts'
import { SqliteUsers } from './users.ts'

/** Remembers what it was asked to prepare. */
class ListeningDatabase extends DatabaseSync {
  readonly heard = new Set<string>()

  override prepare(sql: string): StatementSync {
    this.heard.add(sql)
    return super.prepare(sql)
  }
}

const app = 'app' as AppId
const one = 1 as UserId
let folder: string
let database: ListeningDatabase

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-plans-'))
  openDatabase(join(folder, 'a.db'), true).close()
  database = new ListeningDatabase(join(folder, 'a.db'))
})

after(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

function plan(sql: string): string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
}

// "SCAN" is every row of a table or of a whole index; "SEARCH" is a seek. Constant rows and results of an inner query are no tables.
const isScan = (detail: string): boolean => /^SCAN (?!CONSTANT|\()/.test(detail)

function heardWhile(act: () => void): string[] {
  database.heard.clear()
  act()
  return [...database.heard]
}

test('going through a whole table is noticed', () => {
  assert.ok(plan('SELECT * FROM messages WHERE seq = 1').some(isScan))
  assert.ok(plan('SELECT user_id FROM members ORDER BY user_id').some(isScan))
})

test('every statement finds its rows by an index', async () => {
  const log = { error() {}, warn() {}, info() {}, debug() {} }
  const commits = new GroupCommit(database, log, { beforeCommit: () => {}, undone: () => {} })
  const cache = new RoomCache(1)
  const heard = heardWhile(() => {
    const rooms = new SqliteRooms(database, commits, cache, Date.now)
    const messages = new SqliteMessages(database)
    const appends = new SqliteAppends(database, cache, rooms, messages, Date.now)
    const users = new SqliteUsers(database, commits, Date.now)
    const documents = new SqliteDocuments(database, commits, Date.now)
    const errands = new SqliteErrands(database, commits)
    assert.ok(appends && documents && errands)

    for (const narrowing of roomNarrowings) {
      void rooms.find({ appId: app, limit: 1, ...narrowing })
      void rooms.find({ appId: app, limit: 1, kind: 'consultation', ...narrowing })
    }
    for (const narrowing of userNarrowings) void users.find({ appId: app, limit: 1, ...narrowing })
  })
  assert.ok(heard.length > 60, `only ${heard.length} statements were heard`)
  const scans = heard
    .map((sql) => ({ sql, details: plan(sql).filter(isScan) }))
    .filter(({ details }) => details.length > 0)
  assert.deepEqual(scans, [])
})

test('one person’s rooms are found by the person, not by going through the app’s', () => {
  const cases: [Partial<RoomQuery>, RegExp][] = [
    [{ assigneeId: one }, /rooms_by_assignee/],
    [{ heldById: one }, /rooms_by_assignee[^]*rooms_by_last_assignee/],
    [{ ownerId: one }, /rooms_by_owner/],
    [{ memberId: one }, /members_by_user/],
    [{ memberId: one, parentId: 1 as RoomId }, /members_by_user/],
    [{ parentId: 1 as RoomId }, /rooms_by_parent/],
    [{ ownerId: one, order: 'pinned', states: ['waiting'] }, /rooms_by_owner/],
    [{ memberId: one, closedFrom: 1 }, /members_by_user/],
    [{ states: ['waiting'] }, /rooms_by_state \(app_id=\? AND kind=\? AND state=\?\)/],
    [{ closedFrom: 1 }, /rooms_by_close \(app_id=\? AND kind=\? AND closed_at>\?\)/],
  ]
  const commits = new GroupCommit(
    database,
    { error() {}, warn() {}, info() {}, debug() {} },
    { beforeCommit: () => {}, undone: () => {} },
  )
  const rooms = new SqliteRooms(database, commits, new RoomCache(1), Date.now)
  for (const [narrowing, index] of cases) {
    const heard = heardWhile(() => void rooms.find({ appId: app, kind: 'consultation', limit: 1, ...narrowing }))
    assert.equal(heard.length, 2)
    for (const sql of heard) assert.match(plan(sql).join('\n'), index, sql)
  }
})

test('a page of history is one walk along the key, without sorting', () => {
  const heard = heardWhile(() => void new SqliteMessages(database))
  for (const sql of heard) assert.ok(!plan(sql).some((detail) => detail.includes('TEMP B-TREE')), sql)
})
