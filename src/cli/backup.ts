import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { create } from 'tar'
import { loadConfig, storePath } from '../config.ts'
import { applicationId } from '../stores/sqlite/database.ts'
import { CommandError, defineCommand } from './command.ts'
import { requireEmbeddedStore } from './restore.ts'

export const backup = defineCommand({
  words: ['backup'],
  summary: 'Write the SQLite store and the uploaded files into one file, also while the server runs',
  details:
    'FILE is a compressed tar archive, for its owner only; it must not be there yet. `parlance restore` reads it.',
  operands: ['file'],
  flags: {},
  async run(_flags, [file = '']) {
    const { settings } = loadConfig(process.env)
    requireEmbeddedStore(settings)
    const { dataDir } = settings
    const staging = join(dataDir, '.backup')
    const draft = `${file}.part`
    const output = await openNew(file, draft)
    try {
      await makeStaging(staging)
      try {
        // The store first: a file is complete on the disk before a message can name it.
        snapshotStore(storePath(settings), join(staging, 'parlance.sqlite'))
        await linkTree(join(dataDir, 'files'), join(staging, 'files'))
        await create({ cwd: staging, file: draft, gzip: { level: 1 }, portable: true }, ['parlance.sqlite', 'files'])
      } finally {
        await rm(staging, { recursive: true, force: true })
      }
      await output.sync()
      const { size } = await output.stat()
      await rename(draft, file)
      process.stdout.write(`Wrote ${file} (${(size / 1024 / 1024).toFixed(1)} MiB).\n`)
    } finally {
      await output.close()
      await rm(draft, { force: true })
    }
  },
})

/** The draft, made for its owner only. */
async function openNew(file: string, draft: string): ReturnType<typeof open> {
  for (const path of [file, draft]) {
    const found = await open(path).catch(() => null)
    await found?.close()
    if (found) throw new CommandError(`${path} is there already: it was left as it is`)
  }
  try {
    return await open(draft, 'wx', 0o600)
  } catch (error) {
    throw new CommandError(`${file} can't be written (${codeOf(error)}): check that the folder ${dirname(file)} exists`)
  }
}

async function makeStaging(staging: string): Promise<void> {
  try {
    await mkdir(staging, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new CommandError(`another backup is running; if none is, remove the folder ${staging}`)
    throw new CommandError(`${dirname(staging)} can't be used (${codeOf(error)}): check PARLANCE_DATA_DIR`)
  }
}

/** One read transaction: the copy is the store at one moment, and the server goes on writing. */
function snapshotStore(path: string, copy: string): void {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { timeout: 2000 })
  } catch {
    throw new CommandError(`there is no store at ${path}: check PARLANCE_DATA_DIR`)
  }
  try {
    if (database.prepare('PRAGMA application_id').get()?.['application_id'] !== applicationId)
      throw new CommandError(`${path} is not a store of this program: check PARLANCE_DATA_DIR`)
    database.prepare('VACUUM INTO ?').run(copy)
  } finally {
    database.close()
  }
}

/**
 * Hard links, because stored files never change. What the server removes meanwhile is left out: its message was removed too.
 * Names with a dot are the server's own, such as uploads that are still coming in.
 */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  const entries = await readdir(from, { withFileTypes: true }).catch(emptyWhenMissing)
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) await linkTree(source, target)
    else await link(source, target).catch((error: unknown) => copyUnlessMissing(error, source, target))
  }
}

/** Not every file system has hard links. */
async function copyUnlessMissing(error: unknown, source: string, target: string): Promise<void> {
  if (codeOf(error) !== 'ENOENT') await copyFile(source, target)
}

function emptyWhenMissing(error: unknown): [] {
  if (codeOf(error) === 'ENOENT') return []
  throw error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
