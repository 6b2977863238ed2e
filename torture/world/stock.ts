import { loadConfig, type Config } from '../../src/config.ts'
import type { App, AppId, User } from '../../src/core/model.ts'
import type { Store } from '../../src/core/ports.ts'
import type { Change } from '../../src/core/room.ts'
import { Ids } from '../../src/protocols/commu/ids.ts'
import { emailIdentity, newPerson } from '../../src/protocols/commu/person.ts'
import { channelDraft as townChannelDraft, communityDraft } from '../../src/protocols/commu/places.ts'
import { customerIdentity, customerRoomKey, memberIdentity } from '../../src/protocols/cstalk/identity.ts'
import { channelDraft as groupDraft } from '../../src/protocols/gitplelive/channel.ts'
import { personDraft } from '../../src/protocols/gitplelive/person.ts'
import { openGuestRoom } from '../../src/protocols/pintalk/guest-rooms.ts'
import { openHost } from '../../src/protocols/pintalk/host-accounts.ts'
import { roomNameOf } from '../../src/protocols/pintalk/host.ts'
import { openStore } from '../../src/server/open-store.ts'
import { signed } from './signed.ts'
import { appOf, configuration, tenants, type Tenant } from './apps.ts'

/** What is there before the first node starts, as far as a tenant's clients know it. */
export interface Stocked {
  readonly desk: { readonly roomId: number; readonly customer: string; readonly agentToken: string }
  readonly guests: {
    readonly roomName: string
    readonly roomId: number
    readonly page: string
    readonly hostToken: string
  }
  readonly town: {
    readonly communityId: string
    readonly channelId: string
    readonly people: readonly { readonly name: string; readonly token: string }[]
  }
  readonly group: { readonly channelId: string; readonly users: readonly string[] }
}

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const everyone = ['ana', 'bo', 'cy'] as const

/** Puts people and rooms into an empty database, the same for each tenant. */
export async function stock(databaseUrl: string): Promise<Readonly<Record<Tenant, Stocked>>> {
  const env = { PARLANCE_CONFIG: 'apps.json', PARLANCE_DATABASE_URL: databaseUrl }
  const config = loadConfig(env, configuration)
  const store = await openStore(config, quiet, { alone: true })
  try {
    const made = tenants.map(async (tenant) => [tenant, await stockTenant(store, config, tenant)] as const)
    return Object.fromEntries(await Promise.all(made)) as Record<Tenant, Stocked>
  } finally {
    await store.close()
  }
}

async function stockTenant(store: Store, config: Config, tenant: Tenant): Promise<Stocked> {
  const app = config.apps.find(({ id }) => id === tenant)
  if (!app) throw new Error(`${tenant} is not configured`)
  return {
    desk: await stockDesk(store, tenant, app.id),
    guests: await stockGuests(store, tenant, app),
    town: await stockTown(store, tenant, app),
    group: await stockGroup(store, app.id),
  }
}

/** A customer who has asked, and the agent who took the room. */
async function stockDesk(store: Store, tenant: Tenant, appId: AppId): Promise<Stocked['desk']> {
  const number = '1000'
  const agent = await ensured(store, appId, 'agent', 'Ana', memberIdentity('ana'), { loginName: 'ana' })
  const meta = { gasappMemberNumber: number, telNumber: null }
  const customer = await ensured(store, appId, 'customer', 'Bo', customerIdentity(number), meta)
  const { room } = await store.rooms.ensure({
    appId,
    key: customerRoomKey(number),
    kind: 'consultation',
    name: customer.name,
    state: 'closed',
    ownerId: customer.id,
    members: [{ userId: customer.id, role: 'customer' }],
    meta: { customer: meta },
  })
  const { id, name, role } = customer
  const opening: Change = {
    type: 'post',
    sender: { id, name, role },
    messageType: 'text',
    body: 'hello',
    detail: '',
    audience: 'all',
    meta: null,
  }
  const changes: Change[] = [{ type: 'reopen' }, opening, { type: 'assign', agentId: agent.id }]
  await store.append(appId, room.id, () => changes, { actorId: customer.id, origin: null }).durable
  const { companyId, jwtSecret } = appOf(tenant).cstalk
  return {
    roomId: room.id,
    customer: number,
    agentToken: await signed({ companyId, sub: String(agent.id) }, jwtSecret),
  }
}

async function stockGuests(store: Store, tenant: Tenant, app: App): Promise<Stocked['guests']> {
  const settings = appOf(tenant).pintalk
  // Pages of both tenants are at one address: names tell them apart.
  const domain = 'shop.example'
  const draft = { email: 'host@shop.example', password: 'a password', serviceName: 'Shop', serviceExpl: '' }
  const user = await openHost(store.users, app.id, { ...draft, serviceDomain: domain })
  const room = await openGuestRoom(store, { app: { app, settings }, user }, { language: 'ko' })
  const hostToken = await signed({ user_id: user.id }, settings.jwtSecret)
  return { roomName: roomNameOf(room.key), roomId: room.id, page: `https://${domain}`, hostToken }
}

async function stockTown(store: Store, tenant: Tenant, app: App): Promise<Stocked['town']> {
  const ids = await Ids.open(store, app.id)
  const opened = everyone.map((name) =>
    ensured(store, app.id, 'member', name, emailIdentity(`${name}@town.example`), {
      ...newPerson,
      email: `${name}@town.example`,
    }),
  )
  const people = await Promise.all(opened)
  const [maker] = people
  if (!maker) throw new Error('a community has members')
  const members = people.map(({ id: userId }) => ({ userId, role: 'member' }) as const)
  const { room: community } = await store.rooms.ensure({ ...communityDraft(app, maker, { name: 'Town' }), members })
  const place = { communityId: community.id, isPrivate: false, members: people.map(({ id }) => id) }
  const words = { name: 'Square', type: 'Channel' }
  const { room: channel } = await store.rooms.ensure(townChannelDraft(app, maker, words, place))
  const { jwtSecret } = appOf(tenant).commu
  const tokened = people.map(async (user) => ({
    name: user.name,
    token: `Bearer ${await signed({ _id: ids.user(user.id), nickname: user.name }, jwtSecret)}`,
  }))
  return {
    communityId: ids.community(community.id),
    channelId: ids.channel(channel.id),
    people: await Promise.all(tokened),
  }
}

async function stockGroup(store: Store, appId: AppId): Promise<Stocked['group']> {
  const made = await Promise.all(everyone.map((userId) => store.users.ensure(personDraft(appId, { userId }, userId))))
  const founders = made.map(({ user }) => user.id)
  const channelId = 'channel_1'
  await store.rooms.ensure(groupDraft(appId, { channelId, name: channelId, founders, meta: {} }))
  return { channelId, users: everyone }
}

async function ensured(
  store: Store,
  appId: AppId,
  role: User['role'],
  name: string,
  identity: ReturnType<typeof memberIdentity>,
  meta: object,
): Promise<User> {
  return (await store.users.ensure({ appId, role, name, identity, meta: { ...meta } })).user
}
