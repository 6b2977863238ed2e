import { loadConfig, type Config } from '../config.ts'
import { Retention } from '../core/retention.ts'
import type { Store } from '../core/ports.ts'
import { createLog } from '../logging.ts'
import { guestRetention } from '../protocols/pintalk/retention-rule.ts'
import { openStore } from '../server/open-store.ts'
import { DatabaseTakenError } from '../stores/mysql/database-error.ts'
import { StoreFileError } from '../stores/sqlite/database.ts'
import { inColumns } from './columns.ts'
import { CommandError, defineCommand } from './command.ts'
import { withStore } from './with-store.ts'

const shownRooms = 20
const sqliteBusy = 5

export const retention = defineCommand({
  words: ['retention'],
  summary: 'Remove the messages of rooms that were closed long ago, as the server does by itself',
  details:
    'With --dry-run it only says what it would remove, and works beside a server that is running. Without, the\n' +
    'server must be stopped: it remembers rooms, and removes what is due anyway.',
  flags: { 'dry-run': { value: null, doc: 'remove nothing' } },
  async run({ 'dry-run': dryRun }) {
    const config = loadConfig(process.env)
    if (dryRun) return withStore(config, (store) => preview(config, store))
    const store = await openAlone(config)
    try {
      const { rooms, expiredDocuments } = await retentionOf(config, store).run()
      process.stdout.write(
        `Removed the messages of ${counted(rooms, 'room')} and ${counted(expiredDocuments, 'expired document')}.\n`,
      )
    } finally {
      await store.close()
    }
  },
})

async function preview(config: Config, store: Store): Promise<void> {
  const due = await retentionOf(config, store).preview()
  process.stdout.write(`Would remove the messages of ${counted(due.length, 'room')}.\n`)
  if (due.length === 0) return
  const rows = due.slice(0, shownRooms).map(({ appId, id, closedAt, lastId }) => {
    return [appId, String(id), closedAt === null ? '' : new Date(closedAt).toISOString(), String(lastId)]
  })
  process.stdout.write(`${inColumns([['APP', 'ROOM', 'CLOSED', 'LAST MESSAGE'], ...rows])}\n`)
  if (due.length > shownRooms) process.stdout.write(`and ${due.length - shownRooms} more\n`)
}

function retentionOf({ settings, apps }: Config, store: Store): Retention {
  const speaking = apps.filter(({ pintalk }) => pintalk !== null)
  const rules = speaking.map(({ id }) => guestRetention(id, settings.retentionDays))
  return new Retention({ store, rules, intervalMs: Infinity, now: Date.now, log: createLog('silent') })
}

/** A server remembers its rooms: nobody may change them behind its back. */
async function openAlone(config: Config): Promise<Store> {
  try {
    return await openStore(config, createLog('silent'), { alone: true })
  } catch (error) {
    if (!isTaken(error)) throw error
    throw new CommandError(
      'a server is running on this store and removes what is due by itself: stop it first, or look with --dry-run',
    )
  }
}

function isTaken(error: unknown): boolean {
  if (error instanceof DatabaseTakenError) return true
  if (!(error instanceof StoreFileError) || !(error.cause instanceof Error) || !('errcode' in error.cause)) return false
  return (Number(error.cause.errcode) & 0xff) === sqliteBusy
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
