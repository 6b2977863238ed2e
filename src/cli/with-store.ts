import type { Config } from '../config.ts'
import type { Store } from '../core/ports.ts'
import { seedDemo } from '../demo-seed.ts'
import { createLog } from '../logging.ts'
import { openStore } from '../server/open-store.ts'

/** Opens the store beside a server that may be running, and closes it. What fails in it is thrown, not logged. */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(config, createLog('silent'), { alone: false })
  try {
    if (config.demo) await seedDemo(store)
    return await work(store)
  } finally {
    await store.close()
  }
}
