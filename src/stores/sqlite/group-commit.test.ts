import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { ChatError } from '../../core/errors.ts'
import { GroupCommit } from './group-commit.ts'

let folder: string
let database: DatabaseSync
/** Sees only what was committed. */
let reader: DatabaseSync
let commits: GroupCommit
let logged: object[]
let undone: number
let beforeCommit: () => void

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-commit-'))
  database = new DatabaseSync(join(folder, 'a.db'))
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT NOT NULL UNIQUE) STRICT')
  reader = new DatabaseSync(join(folder, 'a.db'))
  logged = []
  undone = 0
  beforeCommit = () => {}
  const log = { error: (fields: object) => void logged.push(fields), warn() {}, info() {}, debug() {} }
  commits = new GroupCommit(database, log, { beforeCommit: () => beforeCommit(), undone: () => undone++ })
})

afterEach(() => {
  reader.close()
  database.close()
  rmSync(folder, { recursive: true })
})

const committed = (): string[] =>
  reader
    .prepare('SELECT word FROM words ORDER BY rowid')
    .all()
    .map(({ word }) => String(word))

function write(word: string): Promise<string> {
  return commits.write(() => {
    database.prepare('INSERT INTO words VALUES (?)').run(word)
    return word
  })
}

function refuse(): Promise<never> {
  return commits.write(() => {
    throw new ChatError('frozen', 'no')
  })
}

const statuses = (settled: readonly PromiseSettledResult<unknown>[]): string =>
  settled.map(({ status }) => (status === 'fulfilled' ? '+' : '-')).join('')

test('after a failure of the database a probe finds out when it is over, without a write of anybody', async () => {
  reader.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE')
  await assert.rejects(write('lost'))
  assert.equal(commits.failure, 'database is locked')
  commits.probe()
  assert.equal(commits.failure, 'database is locked')
  reader.exec('COMMIT')
  commits.probe()
  assert.equal(commits.failure, null)
  await write('kept')
  assert.deepEqual(committed(), ['kept'])
})

test('commits are counted, with the writes that share them, and so are those that are lost', async () => {
  const seen: string[] = []
  const watch = {
    committed: (writes: number, elapsedMs: number) =>
      void seen.push(`${writes} in ${elapsedMs > 0 ? 'some' : 'no'} time`),
    lost: (writes: number) => void seen.push(`${writes} lost`),
  }
  const quiet = { error() {}, warn() {}, info() {}, debug() {} }
  commits = new GroupCommit(database, quiet, { beforeCommit() {}, undone() {} }, watch)
  const both = [write('one'), write('two')]
  assert.equal(commits.waiting, 2)
  await Promise.all(both)
  assert.equal(commits.waiting, 0)
  reader.exec('BEGIN IMMEDIATE')
  await Promise.allSettled([write('three'), write('four')])
  reader.exec('COMMIT')
  assert.deepEqual(seen, ['2 in some time', '2 lost'])
})

test('what is asked in one turn commits together, in order, and is told after that', async () => {
  const visible: string[][] = []
  beforeCommit = () => visible.push(committed())
  const told = ['a', 'b', 'c'].map((word) => write(word).then(() => visible.push(committed())))
  await Promise.all(told)
  assert.deepEqual(visible, [[], ['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b', 'c']])
})

test('a refusal is its own', async () => {
  const settled = await Promise.allSettled([write('a'), refuse(), write('b')])
  assert.equal(statuses(settled), '+-+')
  assert.deepEqual([committed(), undone, logged.length, commits.failure], [['a', 'b'], 0, 0, null])
})

test('a fault is its own too: the others run again without it', async () => {
  const faulty = commits.write(() => {
    database.prepare('INSERT INTO words VALUES (?)').run('half')
    throw new TypeError('a bug')
  })
  const settled = await Promise.allSettled([write('a'), refuse(), faulty, write('b')])
  assert.equal(statuses(settled), '+--+')
  await assert.rejects(faulty, { name: 'TypeError', message: 'a bug' })
  assert.deepEqual(committed(), ['a', 'b'])
  assert.equal(commits.failure, null, 'the database is well')
  assert.equal(logged.length, 1)
})

test('who was refused because of a job that failed is not refused', async () => {
  let taken = false
  const take = (fails: boolean) =>
    commits.write(() => {
      if (taken) throw new ChatError('conflict', 'taken')
      taken = true
      if (fails) beforeCommit = failing
    })
  const failing = (): void => {
    if (!taken) return
    beforeCommit = () => {}
    taken = false
    throw new TypeError('can’t be written')
  }
  // The first takes it and can't be written; the second, refused at first, is the one who has it in the end.
  let tries = 0
  const first = commits.write(() => {
    if (tries++ > 0) throw new TypeError('still can’t')
    taken = true
    beforeCommit = failing
  })
  const settled = await Promise.allSettled([first, take(false)])
  assert.equal(statuses(settled), '-+')
  assert.equal(taken, true)
})

test('a fault of what is written before the commit is of the job that caused it', async () => {
  let bad = false
  beforeCommit = () => {
    if (bad) database.prepare('INSERT INTO words VALUES (?)').run(null)
  }
  const spoil = commits.write(() => {
    bad = true
  })
  const clean = commits.write(() => {
    bad = false
    database.prepare('INSERT INTO words VALUES (?)').run('clean')
  })
  const last = commits.write(() => {
    bad = true
  })
  assert.equal(statuses(await Promise.allSettled([spoil, clean, last])), '-+-')
  assert.deepEqual(committed(), ['clean'])
})

test('when the whole transaction is lost everyone is told, and the next one works', async () => {
  database.exec(
    `CREATE TRIGGER lost BEFORE INSERT ON words WHEN new.word = 'lost' BEGIN SELECT RAISE(ROLLBACK, 'disk on fire'); END`,
  )
  const settled = await Promise.allSettled([write('a'), refuse(), write('lost'), write('b')])
  assert.equal(statuses(settled), '----')
  assert.ok(undone > 0)
  assert.ok(logged.length > 0)
  assert.equal(typeof commits.failure, 'string')
  assert.deepEqual(committed(), [])
  assert.equal(await write('c'), 'c')
  assert.deepEqual([committed(), commits.failure], [['c'], null])
})

test('a full disk refuses what doesn’t fit, and says so to the health check', async () => {
  database.exec(`PRAGMA max_page_count = ${Number(database.prepare('PRAGMA page_count').get()?.['page_count'])}`)
  const settled = await Promise.allSettled([write('x'.repeat(20_000)), write('y'.repeat(20_000))])
  assert.equal(statuses(settled), '--')
  assert.match(String(commits.failure), /full/)
  assert.deepEqual(committed(), [])
  database.exec('PRAGMA max_page_count = 1000000')
  await write('a')
  assert.deepEqual([committed(), commits.failure], [['a'], null])
})

test('another’s lock fails the turn, and no more than that', async () => {
  database.exec('PRAGMA busy_timeout = 0')
  reader.exec('BEGIN IMMEDIATE')
  await assert.rejects(write('a'), /locked/)
  assert.match(String(commits.failure), /locked/)
  reader.exec('COMMIT')
  await write('b')
  assert.deepEqual(committed(), ['b'])
})

test('close commits what was accepted and takes no more', async () => {
  const told = write('a')
  commits.close()
  assert.deepEqual(committed(), ['a'])
  assert.equal(await told, 'a')
  await assert.rejects(write('b'), /the store is closed/)
})
