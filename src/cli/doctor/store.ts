import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { applicationId, findDamage, lockStore, StoreFileError } from '../../stores/sqlite/database.ts'
import { migrations } from '../../stores/sqlite/migrations.ts'
import { bad, doubt, good, reasonOf, type Finding } from './finding.ts'

const busy = 5

export interface StoreCheck {
  readonly findings: readonly Finding[]
  /** A server has it; null when that can't be known. */
  readonly held: boolean | null
  /** When something was last stored; null for never. */
  readonly newestAt: number | null
}

/** Looks at the file of the store and leaves it as it is: bringing its tables up to date is left to a start. */
export function checkStore(path: string): StoreCheck {
  if (!existsSync(path))
    return { findings: [good(`no store yet; the first start makes ${path}`)], held: false, newestAt: null }
  const held = isHeld(path)
  const writing = held ? good(`a running server has the store ${path}; it is only read here`) : checkWriting(path)
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
    const version = checkVersion(database, path)
    if (version.mark === '✗') return { findings: [writing, version], held, newestAt: null }
    const damage = findDamage(database)
    const whole =
      damage === null ? good('the store is whole') : bad(`the store is damaged: ${damage}`, 'restore it from a backup')
    return { findings: [writing, version, whole], held, newestAt: newestIn(database) }
  } catch (error) {
    const advice = 'restore it from a backup, or move it away for a new one'
    return {
      findings: [writing, bad(`the store ${path} can’t be read: ${reasonOf(error)}`, advice)],
      held,
      newestAt: null,
    }
  } finally {
    database?.close()
  }
}

function isHeld(path: string): boolean {
  // Never made here: run by root it would be root's, and the server could not take it.
  if (!existsSync(`${path}.lock`)) return false
  try {
    lockStore(path)()
    return false
  } catch (error) {
    return error instanceof StoreFileError && codeOf(error.cause) === busy
  }
}

function checkWriting(path: string): Finding {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout: 2000 })
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return good(`the store ${path} can be opened and written`)
  } catch (error) {
    const what = `the store ${path} can’t be written: ${reasonOf(error)}`
    if (codeOf(error) === busy) return bad(what, 'another process has it open, stop that one first')
    return bad(what, 'make it and its folder writable for this user; if it is damaged, restore it from a backup')
  } finally {
    database?.close()
  }
}

function checkVersion(database: DatabaseSync, path: string): Finding {
  const version = readNumber(database, 'user_version')
  const tables = Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'])
  if (tables === 0 && version === 0) return good('the store is empty; the next start makes its tables')
  if (readNumber(database, 'application_id') !== applicationId) {
    return bad(`${path} is a database of another program`, 'point PARLANCE_DATA_DIR elsewhere')
  }
  if (version > migrations.length) {
    return bad(
      `the store was made by a newer version (its version is ${version}, this program knows ${migrations.length})`,
      'upgrade, or restore the backup made before',
    )
  }
  if (version === migrations.length) return good(`the store has version ${version}, the current one`)
  return doubt(
    `the store has version ${version}; the next start brings it to ${migrations.length}`,
    'make a backup first: there is no way back',
  )
}

/** Rooms change with every message in them, so there is no need to look through the messages. */
function newestIn(database: DatabaseSync): number | null {
  if (readNumber(database, 'user_version') === 0) return null
  const query =
    'SELECT max(updated_at) AS newest FROM (SELECT updated_at FROM rooms UNION ALL SELECT updated_at FROM users)'
  const newest = database.prepare(query).get()?.['newest']
  return typeof newest === 'number' ? newest : null
}

function readNumber(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
}

/** SQLite's result code; its low byte is the kind. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}
