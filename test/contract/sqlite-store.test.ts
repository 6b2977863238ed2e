import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/core/ports.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import type { OpenedStore } from './desk.ts'
import { storeContract } from './store-contract.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }

function onFile(cachedRooms: number): (now: Clock) => Promise<OpenedStore> {
  return async (now) => {
    const folder = mkdtempSync(join(tmpdir(), 'parlance-store-'))
    const fresh = () => new SqliteStore({ path: join(folder, 'parlance.db'), log: quiet, now, cachedRooms })
    let store = fresh()
    return {
      store,
      async reopen() {
        await store.close()
        store = fresh()
        return store
      },
      async close() {
        await store.close()
        rmSync(folder, { recursive: true })
      },
    }
  }
}

storeContract('SqliteStore', onFile(10_000))
storeContract('SqliteStore that remembers one room', onFile(1))
