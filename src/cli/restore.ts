import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { extract } from 'tar'
import { loadConfig, storePath } from '../config.ts'
import type { Settings } from '../config/table.ts'
import { findDamage, lockStore, openDatabase } from '../stores/sqlite/database.ts'
import { CommandError, defineCommand } from './command.ts'

const storeFiles = ['parlance.sqlite', 'parlance.sqlite-wal', 'parlance.sqlite-shm', 'files']

export const restore = defineCommand({
  words: ['restore'],
  summary: 'Bring back what `parlance backup` wrote, while the server is stopped',
  details:
    'The archive is checked before anything changes. A store that is there is kept: it is moved into a folder beside it,\nand only with --replace.',
  operands: ['file'],
  flags: { replace: { value: null, doc: 'put it in the place of the store that is there' } },
  async run({ replace }, [file = '']) {
    const { settings } = loadConfig(process.env)
    requireEmbeddedStore(settings)
    const { dataDir } = settings
    const unlock = lockStore(storePath(settings))
    const staging = await mkdtemp(join(dataDir, '.restore-'))
    try {
      const old = storeFiles.filter((name) => existsSync(join(dataDir, name)))
      if (old.length > 0 && !replace)
        throw new CommandError(`there is a store in ${dataDir} already: add --replace, which moves it aside`)
      await unpack(file, staging)
      check(join(staging, 'parlance.sqlite'), file)
      await flush(staging)
      const aside = join(dataDir, `replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
      if (old.length > 0) await mkdir(aside, { mode: 0o700 })
      for (const name of old) await rename(join(dataDir, name), join(aside, name))
      // The store last: without it the command can be run again.
      for (const name of ['files', 'parlance.sqlite']) await rename(join(staging, name), join(dataDir, name))
      process.stdout.write(`Restored ${file} into ${dataDir}.\n`)
      if (old.length > 0) process.stdout.write(`The store from before is in ${aside}.\n`)
    } finally {
      await rm(staging, { recursive: true, force: true })
      unlock()
    }
  },
})

export function requireEmbeddedStore({ databaseUrl }: Settings): void {
  if (databaseUrl !== null)
    throw new CommandError(
      'PARLANCE_DATABASE_URL is set, and this command is for the SQLite store: use mariadb-dump, see docs/operations.md',
    )
}

async function unpack(file: string, folder: string): Promise<void> {
  try {
    await extract({
      file,
      cwd: folder,
      strict: true,
      // Nothing but plain files at the places that a backup has: no links, no paths that lead elsewhere.
      filter: (path, entry) =>
        'type' in entry &&
        ['File', 'Directory'].includes(entry.type) &&
        /^(?:parlance\.sqlite|files(?:\/[A-Za-z0-9_-]+)*(?:\/file\.json)?)\/?$/.test(path),
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new CommandError(
      code === 'ENOENT' ? `${file} is not there` : `${file} can't be read as a backup (${code}); nothing was changed`,
    )
  }
  if (!existsSync(join(folder, 'parlance.sqlite')))
    throw new CommandError(`${file} is no backup of Parlance; nothing was changed`)
  await mkdir(join(folder, 'files'), { recursive: true, mode: 0o700 })
}

/** Throws a `StoreFileError` for what is not a store of this version or an older one. */
function check(path: string, file: string): void {
  const database = openDatabase(path, true)
  const damage = findDamage(database)
  database.close()
  if (damage !== null) throw new CommandError(`the store in ${file} is damaged (${damage}); nothing was changed`)
}

/** Everything is on the disk before it replaces what was there. */
async function flush(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await flush(join(folder, entry.name))
    else await flushOne(join(folder, entry.name))
  }
  await flushOne(folder)
}

async function flushOne(path: string): Promise<void> {
  await using handle = await open(path)
  await handle.sync()
}
