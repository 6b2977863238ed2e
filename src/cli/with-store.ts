import { storePath, type Config } from '../config.ts'
import type { Store } from '../core/ports.ts'
import { seedDemo } from '../demo-seed.ts'
import { createLog } from '../logging.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'

/** Opens the store beside a server that may be running, and closes it. What fails in it is thrown, not logged. */
export async function withStore<T>({ settings, demo }: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = new SqliteStore({ path: storePath(settings), log: createLog('silent'), now: Date.now, alone: false })
  try {
    if (demo) await seedDemo(store)
    return await work(store)
  } finally {
    await store.close()
  }
}
