import type { Journal, Room } from '../journal.ts'
import type { Random } from '../random.ts'
import { appOf, type Tenant } from '../world/apps.ts'
import { signed } from '../world/signed.ts'
import type { Stocked } from '../world/stock.ts'
import { Application } from './application.ts'
import { DeskClient, type DeskOptions } from './desk.ts'
import { EchoApplication, PusherClient, SocketIoEchoClient } from './echo.ts'
import { GroupClient } from './group.ts'
import { GuestClient } from './guest.ts'
import { PageClient } from './page.ts'
import { Talk, type Client, type Pace, type Speaker } from './speaker.ts'
import { TownClient, type TownOptions } from './town.ts'

export const roomNames = ['desk', 'guests', 'town', 'chat', 'orders', 'group'] as const
export type RoomName = (typeof roomNames)[number]

/** The channel of the JWT socket whose words are kept. */
export const chatChannel = 'chat:room1'
const ordersChannel = 'orders'

const speakingPace: Pace = { leastMs: 80, mostMs: 350 }

export interface CastOptions {
  readonly tenant: Tenant
  readonly stocked: Stocked
  /** Of the balancer. */
  readonly url: string
  readonly journal: Journal
  readonly random: Random
}

/** Everybody of one tenant: who listens, and who talks. */
export class Cast {
  readonly rooms: Readonly<Record<RoomName, Room>>
  readonly talks: Talk[] = []
  readonly #options: CastOptions
  readonly #clients: Client[] = []

  private constructor(options: CastOptions) {
    this.#options = options
    const { tenant } = options
    const named = roomNames.map((name): [RoomName, Room] => [
      name,
      { name: `${tenant}/${name}`, tenant, isKept: name !== 'orders' },
    ])
    this.rooms = Object.fromEntries(named) as Record<RoomName, Room>
  }

  static async open(options: CastOptions): Promise<Cast> {
    const cast = new Cast(options)
    cast.#openDesk()
    cast.#openGuests()
    cast.#openTown()
    await cast.#openChat()
    cast.#openOrders()
    cast.#openGroup()
    return cast
  }

  close(): void {
    for (const talk of this.talks) talk.stop()
    for (const client of this.#clients) client.close()
  }

  #openDesk(): void {
    const { stocked, tenant, url, journal } = this.#options
    const { roomId, customer, agentToken } = stocked.desk
    const agent = { Authorization: `Bearer ${agentToken}` }
    const asker = { companyId: appOf(tenant).cstalk.companyId, gasappMemberNumber: customer }
    const common = { journal, url, roomId, room: this.rooms.desk }
    const join = (name: string, transport: DeskOptions['transport'], headers: Record<string, string>): void =>
      this.#add(new DeskClient({ ...common, name, transport, headers }))
    join('customer', 'websocket', asker)
    join('customer-tab', 'xhr-polling', asker)
    join('agent', 'WebSocket', agent)
    join('agent-tab', 'xhr-streaming', agent)
  }

  #openGuests(): void {
    const { stocked, url, journal, random } = this.#options
    const { roomName, page, hostToken } = stocked.guests
    const common = { journal, url, roomName, room: this.rooms.guests }
    for (const [name, as] of [
      ['guest', { page }],
      ['host', { token: hostToken }],
      ['host-tab', { token: hostToken }],
    ] as const)
      this.#add(new GuestClient({ ...common, name, as, random: random.for(`guests ${name}`) }))
  }

  #openTown(): void {
    const { stocked, url, journal } = this.#options
    const { communityId, channelId, people } = stocked.town
    const transports: TownOptions['transport'][] = ['websocket', 'polling', 'upgrade']
    const common = { journal, url, communityId, channelId, room: this.rooms.town }
    for (const [index, { name, token }] of people.entries())
      this.#add(new TownClient({ ...common, name, token, transport: transports[index] ?? 'websocket' }))
  }

  async #openChat(): Promise<void> {
    const { tenant, url, journal, random } = this.#options
    const { jwtSecret, id: appId, secret } = appOf(tenant).laravel
    const room = this.rooms.chat
    for (const [id, name] of [
      [1, 'ana'],
      [2, 'bo'],
    ] as const) {
      const token = await signed({ id, name, channel: chatChannel }, jwtSecret)
      this.#add(new PageClient({ journal, room, name, url, token, random: random.for(`chat ${name}`) }))
    }
    this.#add(
      new Application({
        room,
        name: 'application',
        url: `${url}/api/laravel/${appId}/broadcast`,
        headers: { Authorization: `Bearer ${secret}` },
        body: (message) => ({ channel: chatChannel, data: { message, name: 'application' } }),
      }),
    )
  }

  #openOrders(): void {
    const { tenant, url, journal } = this.#options
    const common = { journal, room: this.rooms.orders, url, app: appOf(tenant).laravel, channel: ordersChannel }
    this.#add(new PusherClient({ ...common, name: 'pusher-page' }))
    this.#add(new SocketIoEchoClient({ ...common, name: 'socket.io-page' }))
    this.#add(new EchoApplication({ ...common, name: 'application' }))
  }

  #openGroup(): void {
    const { tenant, stocked, url, journal } = this.#options
    const { appId, apiKey } = appOf(tenant).gitplelive
    const { channelId, users } = stocked.group
    const headers = { APP_ID: appId, APP_API_KEY: apiKey }
    const room = this.rooms.group
    for (const userId of users) {
      const token = (): Promise<string> => tokenOf(userId, url, headers)
      this.#add(new GroupClient({ journal, room, userId, url, appId, channelId, token }))
    }
    this.#add(
      new Application({
        room,
        name: 'application',
        url: `${url}/v1/group/channels/${channelId}/messages`,
        headers,
        body: (content) => ({ user_id: users[0], content, client_key: content.replaceAll(/[^a-z0-9]/g, '-') }),
        tries: 20,
      }),
    )
  }

  #add(one: Client | Speaker): void {
    const { journal, random } = this.#options
    if ('close' in one) {
      this.#clients.push(one)
      journal.readers.push(one)
    }
    if (!('say' in one)) return
    this.talks.push(new Talk(one, journal, random.for(`talk of ${one.room.name} ${one.name}`), speakingPace))
  }
}

async function tokenOf(userId: string, url: string, keys: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${url}/v1/users/${userId}/token`, {
    method: 'POST',
    headers: { ...keys, 'Content-Type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(5000),
  })
  if (!response.ok) throw new Error(`no token: ${response.status}`)
  return ((await response.json()) as { token: string }).token
}
