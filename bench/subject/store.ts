import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MysqlStore } from '../../src/stores/mysql/mysql-store.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'

// What is asked for in one turn commits together; more at once only costs memory.
const batch = 2000
const complain = (fields: object, message: string): void => console.error(message, fields)
const quiet = (): void => {}
export const log = { error: complain, warn: complain, info: quiet, debug: quiet }

/** The store of a server that isn't running. */
export function openStore(dataDir: string): SqliteStore {
  mkdirSync(dataDir, { recursive: true })
  return new SqliteStore({ path: join(dataDir, 'parlance.sqlite'), log, now: Date.now })
}

/** The same in a MySQL or MariaDB. */
export function openMysqlStore(url: string): Promise<MysqlStore> {
  return MysqlStore.open({ url, log, now: Date.now })
}

export async function inBatches<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) {
    const from = made.length
    made.push(
      ...(await Promise.all(Array.from({ length: Math.min(batch, count - from) }, (_, index) => make(from + index)))),
    )
  }
  return made
}
