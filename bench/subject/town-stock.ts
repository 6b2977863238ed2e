import type { User } from '../../src/core/model.ts'
import { demoApp } from '../../src/demo.ts'
import { Ids } from '../../src/protocols/commu/ids.ts'
import { emailIdentity, newPerson } from '../../src/protocols/commu/person.ts'
import { channelDraft, communityDraft } from '../../src/protocols/commu/places.ts'
import { Tokens } from '../../src/protocols/commu/tokens.ts'
import type { Place } from '../load/commu-talker.ts'
import { inBatches, openStore } from './store.ts'

/** Puts so many communities into the demo app's store before its server starts, each with one channel of so many members. */
export async function stockTowns(dataDir: string, count: number, members: number): Promise<Place[][]> {
  const store = openStore(dataDir)
  try {
    const app = { app: demoApp, settings: demoApp.commu, ids: await Ids.open(store, demoApp.id) }
    const tokens = new Tokens([app], store, Date.now)
    const people = await inBatches(count * members, (index): Promise<User> => {
      const email = `bench${index}@demo.test`
      const meta = { ...newPerson, email }
      return store.users.create({
        appId: demoApp.id,
        role: 'member',
        name: `사람 ${index}`,
        identity: emailIdentity(email),
        meta,
      })
    })
    return await inBatches(count, async (index) => {
      const own = people.slice(index * members, (index + 1) * members)
      const [maker] = own
      if (!maker) throw new Error('a community has members')
      const everybody = own.map(({ id: userId }) => ({ userId, role: 'member' }) as const)
      const words = { name: 'Bench' }
      const { room: community } = await store.rooms.ensure({
        ...communityDraft(app.app, maker, words),
        members: everybody,
      })
      const place = { communityId: community.id, isPrivate: false, members: own.map(({ id }) => id) }
      const { room: channel } = await store.rooms.ensure(channelDraft(app.app, maker, words, place))
      const names = { community: app.ids.community(community.id), channel: app.ids.channel(channel.id) }
      return Promise.all(own.map(async (user) => ({ ...names, token: `Bearer ${await tokens.issue({ app, user })}` })))
    })
  } finally {
    await store.close()
  }
}
