import assert from 'node:assert/strict'
import PusherApi from 'pusher'
import PusherJs, { type Channel, type Options } from 'pusher-js'
import { WebSocket } from 'ws'
import { eventually } from './eventually.ts'
import { Inbox } from './inbox.ts'
import { laravelApps, type LaravelAppName, type LaravelHouse } from './laravel-house.ts'

// The package says that it has a `default`; what it has is the class itself.
const Client = PusherJs as unknown as typeof PusherJs.default
export type PusherClient = InstanceType<typeof Client>

/** What was said in a channel. */
export interface Heard {
  readonly event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly data: any
  readonly userId: string | undefined
}

/** The application's side, as Pusher's own library speaks it. */
export function pusherApi(house: LaravelHouse, app: LaravelAppName = 'shop', more: object = {}): PusherApi {
  const { id, key, secret } = laravelApps[app]
  const { hostname, port } = new URL(house.url)
  return new PusherApi({ appId: id, key, secret, host: hostname, port, useTLS: false, ...more })
}

/** Clients of pusher-js, which are disconnected together. */
export class PusherClients implements Disposable {
  readonly #house: LaravelHouse
  readonly #clients: PusherClient[] = []

  constructor(house: LaravelHouse) {
    this.#house = house
  }

  /** Somebody whom the application authorizes wherever it is asked. Without an id its backend knows nobody. */
  dial(id: string | null, app: LaravelAppName = 'shop', options: Partial<Options> = {}): PusherClient {
    const { hostname, port } = new URL(this.#house.url)
    // Any 32 bytes: for encrypted channels.
    const api = pusherApi(this.#house, app, { encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString('base64') })
    const info = { user_info: { name: `name of ${id}` } }
    const client = new Client(laravelApps[app].key, {
      cluster: 'mt1',
      wsHost: hostname,
      wsPort: Number(port),
      forceTLS: false,
      enabledTransports: ['ws'],
      channelAuthorization: {
        endpoint: '',
        transport: 'ajax',
        customHandler: ({ socketId, channelName }, answer) => {
          if (id === null) return answer(new Error('Forbidden'), null)
          const member = channelName.startsWith('presence-') ? { user_id: id, ...info } : undefined
          answer(null, api.authorizeChannel(socketId, channelName, member))
        },
      },
      userAuthentication: {
        endpoint: '',
        transport: 'ajax',
        customHandler: ({ socketId }, answer) => {
          if (id === null) return answer(new Error('Forbidden'), null)
          answer(null, api.authenticateUser(socketId, { id, ...info }))
        },
      },
      ...options,
    })
    this.#clients.push(client)
    return client
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.disconnect()
  }
}

/** All that is said in a channel, from now on. */
export function listenTo(channel: Pick<Channel, 'bind' | 'bind_global' | 'name'>): Inbox<Heard> {
  const inbox = new Inbox<Heard>(({ event, data }) => `${event} ${JSON.stringify(data)}`)
  // A global listener isn't told who whispers.
  channel.bind_global((event: string, data: unknown) => {
    if (!event.startsWith('client-')) inbox.put({ event, data, userId: undefined })
  })
  const whispers = (event: string): void => {
    channel.bind(event, (data: unknown, more?: { user_id?: string }) =>
      inbox.put({ event, data, userId: more?.user_id }),
    )
  }
  for (const event of ['client-typing', 'client-fence']) whispers(event)
  return inbox
}

/** Subscribes, and resolves when the server has said that it is done. */
export async function subscribed(
  client: PusherClient,
  name: string,
): Promise<{ channel: Channel; inbox: Inbox<Heard>; succeeded: Heard }> {
  const channel = client.subscribe(name)
  const inbox = listenTo(channel)
  return { channel, inbox, succeeded: await hears(inbox, 'pusher:subscription_succeeded') }
}

export function hears(inbox: Inbox<Heard>, event: string): Promise<Heard> {
  return inbox.take(event, (heard) => heard.event === event)
}

/** Resolves when the connection is in a state, with its socket id. */
export function reached(client: PusherClient, state: string): Promise<string> {
  const { connection } = client
  if (connection.state === state) return Promise.resolve(connection.socket_id)
  return new Promise((resolve) => {
    const check = ({ current }: { current: string }): void => {
      if (current !== state) return
      connection.unbind('state_change', check)
      resolve(connection.socket_id)
    }
    connection.bind('state_change', check)
  })
}

/** A frame as it stood on the wire. */
export interface RawFrame {
  readonly event: string
  readonly channel?: string
  readonly data?: unknown
  readonly user_id?: string
}

/** Resolves when so many of the shop's connections are in a channel, and every server knows it. */
export async function joined(house: LaravelHouse, channel: string, count: number): Promise<void> {
  const asked = { path: `/channels/${channel}`, params: { info: 'subscription_count' } }
  await eventually(async () => {
    const answer = await pusherApi(house).get(asked)
    assert.equal(((await answer.json()) as { subscription_count: number }).subscription_count, count)
  })
}

/** A WebSocket without a library. */
export class RawPusher {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  socketId = ''
  readonly #inbox = new Inbox<RawFrame>((frame) => JSON.stringify(frame))

  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.socket.on('message', (data: Buffer) => this.#inbox.put(JSON.parse(data.toString()) as RawFrame))
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.#inbox.end(`closed with ${code}`)
        resolve({ code, reason: reason.toString() })
      })
    })
    this.socket.on('error', () => {})
  }

  static async dial(house: LaravelHouse, app: LaravelAppName = 'shop'): Promise<RawPusher> {
    const raw = new RawPusher(
      `${house.wsUrl}/app/${laravelApps[app].key}?protocol=7&client=js&version=8.4.0&flash=false`,
    )
    const { data } = await raw.hears('pusher:connection_established')
    raw.socketId = (JSON.parse(String(data)) as { socket_id: string }).socket_id
    return raw
  }

  says(event: string, data?: unknown, channel?: string): void {
    this.send(JSON.stringify({ event, data, channel }))
  }

  send(text: string | Buffer): void {
    this.socket.send(text)
  }

  hears(event: string): Promise<RawFrame> {
    return this.#inbox.take(event, (frame) => frame.event === event)
  }

  /** What came until a ping is answered, and was not heard yet. */
  async unheard(): Promise<RawFrame[]> {
    this.says('pusher:ping', {})
    await this.hears('pusher:pong')
    return this.#inbox.drain()
  }

  /** All frames until the end. */
  async rest(): Promise<RawFrame[]> {
    await this.closed
    return this.#inbox.drain()
  }
}
