import { storePath, type Config } from '../config.ts'
import type { Log, Store } from '../core/ports.ts'
import type { CommitWatch } from '../stores/commit-watch.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'

/**
 * The store that the settings name. `alone`: as its only server, which remembers rooms; else beside one, to look after
 * users. Rejects with a `StoreFileError` or a `DatabaseError` when it can't serve.
 */
export async function openStore(
  { settings }: Config,
  log: Log,
  how: {
    readonly alone: boolean
    readonly watch?: CommitWatch
    /** Hears what the opening waits for, in words that strangers may read; null when that is over. */
    readonly waits?: (what: string | null) => void
  },
): Promise<Store> {
  const { databaseUrl } = settings
  const now = Date.now
  if (databaseUrl !== null) {
    // Loading its driver takes a while, for which the commands of all others needn't wait.
    const { MysqlStore } = await import('../stores/mysql/mysql-store.ts')
    return MysqlStore.open({ url: databaseUrl, log, now, ...how })
  }
  return new SqliteStore({ path: storePath(settings), log, now, ...how })
}
