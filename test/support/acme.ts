import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import type { ProgramOptions } from './program.ts'
import { RecordedLog } from './recorded-log.ts'

const appSecret = 'a long secret that signs the tokens of acme'

/** A folder with a configuration of one app, and its options. */
export async function acme(folder: string, cstalk: object = {}): Promise<ProgramOptions> {
  const apps = [{ id: 'acme', name: 'Acme', cstalk: { companyId: '7', jwtSecret: appSecret, ...cstalk } }]
  await writeFile(join(folder, 'parlance.json'), JSON.stringify({ apps }), { mode: 0o600 })
  return { folder, env: { CONFIG: './parlance.json' } }
}

/** The store of the program that runs in the folder, open beside it. */
export function openStore(folder: string, now = Date.now): SqliteStore {
  return new SqliteStore({
    path: join(folder, 'data', 'parlance.sqlite'),
    log: new RecordedLog(),
    now,
    alone: false,
  })
}

/** As a later version would leave it. */
export function makeNewer(folder: string): void {
  const database = new DatabaseSync(join(folder, 'data', 'parlance.sqlite'))
  database.exec('PRAGMA user_version = 9999')
  database.close()
}
