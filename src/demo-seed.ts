import { ChatError } from './core/errors.ts'
import { hashPassword } from './core/password.ts'
import type { User } from './core/model.ts'
import type { Decide, Store } from './core/ports.ts'
import { demoApp, demoCommu, demoCstalk, demoGitplelive, demoPassword, demoPintalk } from './demo.ts'
import { openingWords } from './protocols/commu/opening-words.ts'
import { openPerson } from './protocols/commu/people.ts'
import { emailIdentity as personIdentity } from './protocols/commu/person.ts'
import { channelDraft, communityDraft } from './protocols/commu/places.ts'
import { customerIdentity, customerRoomKey, memberIdentity } from './protocols/cstalk/identity.ts'
import { channelDraft as groupDraft } from './protocols/gitplelive/channel.ts'
import { personDraft } from './protocols/gitplelive/person.ts'
import { emailIdentity } from './protocols/pintalk/host.ts'
import { openHost } from './protocols/pintalk/host-accounts.ts'

const attempts = 10

/** Puts the demo app's people into the store. What is there already, or is put there by another node meanwhile, stays as it is. */
export async function seedDemo(store: Store): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await seed(store)
    } catch (error) {
      // Somebody was faster: now it is there.
      if (!(error instanceof ChatError && error.code === 'conflict') || attempt === attempts) throw error
    }
  }
}

async function seed(store: Store): Promise<void> {
  for (const { loginName, name, role } of demoCstalk.members) {
    const identity = memberIdentity(loginName)
    if (await store.users.byIdentity(demoApp.id, identity)) continue
    await store.users.ensure({
      appId: demoApp.id,
      role,
      name,
      identity,
      passwordHash: await hashPassword(demoPassword),
      meta: { loginName },
    })
  }
  const number = demoCstalk.customerNumber
  const meta = { gasappMemberNumber: number, telNumber: null }
  const { user } = await store.users.ensure({
    appId: demoApp.id,
    role: 'customer',
    name: `고객 ${number}`,
    identity: customerIdentity(number),
    meta,
  })
  await store.rooms.ensure({
    appId: demoApp.id,
    key: customerRoomKey(number),
    kind: 'consultation',
    name: user.name,
    state: 'closed',
    ownerId: user.id,
    members: [{ userId: user.id, role: 'customer' }],
    meta: { customer: meta },
  })
  if (!(await store.users.byIdentity(demoApp.id, emailIdentity(demoPintalk.email)))) {
    await openHost(store.users, demoApp.id, { ...demoPintalk, password: demoPassword })
  }
  await seedCommunity(store)
  await seedGroup(store)
}

async function seedGroup(store: Store): Promise<void> {
  const { userIds, channelId } = demoGitplelive
  const drafts = userIds.map((userId) => personDraft(demoApp.id, { userId, profileUrl: `${userId}.png` }, userId))
  const made = await Promise.all(drafts.map((draft) => store.users.ensure(draft)))
  const founders = made.map(({ user }) => user.id)
  await store.rooms.ensure(groupDraft(demoApp.id, { channelId, name: channelId, founders, meta: {} }))
}

async function seedCommunity(store: Store): Promise<void> {
  const people: User[] = []
  for (const { email, nickname } of demoCommu.people) {
    const known = await store.users.byIdentity(demoApp.id, personIdentity(email))
    people.push(known ?? (await openPerson(store.users, demoApp.id, { email, nickname, password: demoPassword })))
  }
  const [ana, bo] = people
  if (!ana || !bo) return
  const town = { ...communityDraft(demoApp, ana, { name: demoCommu.communityName }), key: 'commu:community:demo' }
  const members = [ana, bo].map(({ id: userId }) => ({ userId, role: 'member' }) as const)
  const { room: community } = await store.rooms.ensure({ ...town, members })
  const place = { communityId: community.id, isPrivate: false, members: [ana.id, bo.id] }
  const general = channelDraft(demoApp, ana, { name: demoCommu.channelName, type: 'Channel' }, place)
  const { room: channel } = await store.rooms.ensure({ ...general, key: 'commu:channel:demo-general' })
  const body = openingWords(ana.name, Date.now())
  const opening = { type: 'post', sender: null, messageType: 'system', body, detail: '' } as const
  const decide: Decide = ({ room }) => (room.lastId > 0 ? [] : [{ ...opening, audience: 'all', meta: null }])
  await store.append(demoApp.id, channel.id, decide, { actorId: null, origin: null }).durable
}
