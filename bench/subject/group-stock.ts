import type { Store } from '../../src/core/ports.ts'
import { demoApp } from '../../src/demo.ts'
import { channelDraft } from '../../src/protocols/gitplelive/channel.ts'
import { Directory } from '../../src/protocols/gitplelive/directory.ts'
import { personDraft } from '../../src/protocols/gitplelive/person.ts'
import { Tokens } from '../../src/protocols/gitplelive/tokens.ts'
import { WordFilter } from '../../src/protocols/gitplelive/word-filter.ts'
import type { Seat } from '../load/group-talker.ts'
import { inBatches, openStore } from './store.ts'

const app = { app: demoApp, settings: demoApp.gitplelive, filter: new WordFilter([]) }
const dayMs = 24 * 3600 * 1000

/** Puts so many group channels into the demo app's store before its server starts, each with so many members. A list of seats for each. */
export async function stockGroups(dataDir: string, channels: number, members: number): Promise<Seat[][]> {
  const store = openStore(dataDir)
  try {
    return await fillGroups(store, 'bench', channels, members)
  } finally {
    await store.close()
  }
}

/** The same in a store that is open. What is made has names that begin with `name`. */
export async function fillGroups(store: Store, name: string, channels: number, members: number): Promise<Seat[][]> {
  const tokens = new Tokens(new Directory([app], store), store, Date.now)
  const users = await inBatches(channels * members, (index) => {
    const userId = `${name}_${index}`
    return store.users.create(personDraft(demoApp.id, { userId }, `사람 ${index}`))
  })
  return inBatches(channels, async (index) => {
    const own = users.slice(index * members, (index + 1) * members)
    const channelId = `${name}_${index}`
    const founders = own.map(({ id }) => id)
    const draft = channelDraft(demoApp.id, { channelId, name: `모임 ${index}`, founders, meta: {} })
    const { room } = await store.rooms.ensure(draft)
    return Promise.all(
      own.map(async (user, place) => ({
        userId: `${name}_${index * members + place}`,
        token: await tokens.issue(app, user, Date.now() + dayMs),
        channelId,
        position: [room.lastSeq, room.createdAt] as const,
      })),
    )
  })
}
