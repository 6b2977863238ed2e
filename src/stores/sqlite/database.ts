import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

/** Why a file can't be the store. The message is for the operator, whole, in one sentence. */
export class StoreFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreFileError'
  }
}

// Written into the header, so that some other program's database is refused instead of migrated.
export const applicationId = 0x5041524c // "PARL"

// Larger files (64 MiB and up) are only looked through by `parlance doctor`: a start must not take minutes.
const checkedPages = 16_384

/**
 * Opens (or makes) the file and brings its tables up to date. Throws a `StoreFileError` that says what is wrong
 * and what to do. `path` may be `:memory:`. Who has not taken the folder (`locked`) changes no tables under a running
 * server of another version.
 */
export function openDatabase(path: string, locked: boolean): DatabaseSync {
  let database: DatabaseSync
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    database = new DatabaseSync(path, { timeout: 2000 })
  } catch (error) {
    throw new StoreFileError(
      `the store ${path} can't be opened: ${reason(error)}; check that the folder exists and is writable`,
      { cause: error },
    )
  }
  try {
    prepare(database, path, locked)
    return database
  } catch (error) {
    database.close()
    if (error instanceof StoreFileError) throw error
    throw new StoreFileError(`the store ${path} can't be used: ${reason(error)}; ${advice(error)}`, { cause: error })
  }
}

function prepare(database: DatabaseSync, path: string, locked: boolean): void {
  const version = readNumber(database, 'user_version')
  const owner = readNumber(database, 'application_id')
  if (owner !== applicationId && (owner !== 0 || version !== 0 || hasTables(database))) {
    throw new StoreFileError(`${path} is a database of another program; point PARLANCE_DATA_DIR elsewhere`)
  }
  if (version > migrations.length) {
    throw new StoreFileError(
      `the store ${path} was made by a newer version (its version is ${version}, this program knows ${migrations.length}); upgrade, or restore the backup made before`,
    )
  }
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
  if (mode !== 'wal' && path !== ':memory:')
    throw new StoreFileError(
      `the store ${path} is on a file system that can't hold a write-ahead log; put PARLANCE_DATA_DIR on a local disk`,
    )
  // FULL: a commit returns when the log is on the disk. It is what "acknowledged means durable" rests on.
  database.exec(
    'PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000',
  )
  const pages = readNumber(database, 'page_count')
  const damage = pages <= checkedPages ? findDamage(database) : null
  if (damage !== null) throw new StoreFileError(`the store ${path} is damaged (${damage}); restore it from a backup`)
  if (version === migrations.length) return
  const unlock = locked || path === ':memory:' ? null : lockStore(path)
  migrate(database, version)
  unlock?.()
}

/** Looks through the whole file; null when all is well. Takes about a second per GiB. */
export function findDamage(database: DatabaseSync): string | null {
  const found = String(database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'])
  return found === 'ok' ? null : found.replaceAll(/\s+/g, ' ').trim()
}

/**
 * Takes a store's folder for this process, until it ends or the returned function is called. Two servers on one
 * file would hand out the same ids from their memories. (SQLite's own lock is an operating system lock: it
 * goes with the process, however that dies. Node has no other.)
 */
export function lockStore(path: string): () => void {
  let lock: DatabaseSync | null = null
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    lock = new DatabaseSync(`${path}.lock`, { timeout: 500 })
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    throw new StoreFileError(`the store ${path} can't be taken: ${reason(error)}; ${advice(error)}`, { cause: error })
  }
  const taken = lock
  locks.add(taken)
  return () => {
    if (locks.delete(taken)) taken.close()
  }
}

// Node closes a database that nothing refers to any more, and the lock would go with it.
const locks = new Set<DatabaseSync>()

function migrate(database: DatabaseSync, from: number): void {
  database.exec('BEGIN IMMEDIATE')
  for (const step of migrations.slice(from)) database.exec(step)
  database.exec(`PRAGMA application_id = ${applicationId}`)
  database.exec(`PRAGMA user_version = ${migrations.length}`)
  database.exec('COMMIT')
}

function readNumber(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
}

function hasTables(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// node:sqlite puts SQLite's result code on the error; the low byte is the kind.
function advice(error: unknown): string {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  if (code === 5)
    return 'another process has it open, stop that one first, or give this one a PARLANCE_DATA_DIR of its own'
  if (code === 8 || code === 14) return 'make the file and its folder writable for this user'
  if (code === 11 || code === 26) return 'the file is damaged or is no database, restore it from a backup'
  if (code === 13) return 'the disk is full, make room'
  return 'run `parlance doctor` for more'
}
