import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { ProcessBus } from '../../src/buses/process-bus.ts'
import { Broom } from '../../src/core/broom.ts'
import { Chat } from '../../src/core/chat.ts'
import type { Delivery } from '../../src/core/event.ts'
import { Hub } from '../../src/core/hub.ts'
import { RateLimit } from '../../src/core/limits.ts'
import type { AppId, Room, RoomId, User } from '../../src/core/model.ts'
import type { Errand } from '../../src/core/ports.ts'
import { Presence } from '../../src/core/presence.ts'
import { Sessions } from '../../src/core/session.ts'
import { createApplication } from '../../src/http/application.ts'
import { DiskFileStore } from '../../src/http/disk-file-store.ts'
import { openHost } from '../../src/protocols/pintalk/host-accounts.ts'
import { hostMeta, roomKey } from '../../src/protocols/pintalk/host.ts'
import { Pintalk } from '../../src/protocols/pintalk/pintalk.ts'
import type { PintalkShared } from '../../src/protocols/pintalk/pintalk-shared.ts'
import type { PintalkApp } from '../../src/protocols/pintalk/settings.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { RecordedLog } from './recorded-log.ts'

/** 2023-03-23 12:22:12 in Seoul. */
export const startedAt = Date.UTC(2023, 2, 23, 3, 22, 12)
export const password = 'correct horse battery staple'
/** Where the hosts' pages of the two apps are. */
export const adminOrigin = 'https://admin.example'
export const otherAdminOrigin = 'https://admin.elsewhere.example'

export const apps: readonly PintalkApp[] = [
  {
    app: { id: 'main' as AppId, name: 'Main', origins: [adminOrigin] },
    settings: { jwtSecret: 'the secret of the main app' },
  },
  {
    app: { id: 'other' as AppId, name: 'Other', origins: [otherAdminOrigin] },
    settings: { jwtSecret: 'the secret of the other app' },
  },
]

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** Everything of the Set-Cookie headers, by name. */
  readonly cookies: ReadonlyMap<string, string>
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly json: any
}

export interface Asked {
  /** A bearer token. */
  readonly as?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** A browser's cookies: sent, and kept up to date. */
  readonly jar?: Map<string, string>
}

/** How often a limit may be used in a test; they hardly fill up again. */
export type Bursts = Partial<Record<keyof PintalkShared['limits'], number>>

export interface HostOfTest {
  readonly user: User
  readonly token: string
  readonly keys: Readonly<Record<string, string>>
  readonly domain: string
}

/** pintalk's REST on an HTTP application that doesn't listen, over a store in memory, with a clock that tests move. */
export class PintalkRest implements AsyncDisposable {
  readonly app: FastifyInstance
  readonly shared: PintalkShared
  readonly store: SqliteStore
  readonly files: DiskFileStore
  readonly log: RecordedLog
  /** All that the bus carried. */
  readonly deliveries: Delivery[] = []
  readonly #folder: string
  readonly #clock: { now: number }

  private constructor(
    made: Pick<PintalkRest, 'app' | 'shared' | 'store' | 'files' | 'log'> & {
      folder: string
      bus: ProcessBus
      clock: { now: number }
    },
  ) {
    this.app = made.app
    this.shared = made.shared
    this.store = made.store
    this.files = made.files
    this.log = made.log
    this.#folder = made.folder
    this.#clock = made.clock
    made.bus.listen((delivery) => this.deliveries.push(delivery))
  }

  static async open({
    bursts = {},
    publicUrl = null,
  }: { bursts?: Bursts; publicUrl?: string | null } = {}): Promise<PintalkRest> {
    const clock = { now: startedAt }
    const now = (): number => clock.now
    const log = new RecordedLog()
    const store = new SqliteStore({ path: ':memory:', log, now })
    const bus = new ProcessBus(log)
    const limit = (burst = 100_000): RateLimit => new RateLimit({ perSecond: 1 / 3600, burst, now })
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const files = await DiskFileStore.open({
      folder,
      imageMaxPixels: 1_000_000,
      thumbnailPixels: 32,
      extensions: ['txt', 'svg'],
    })
    const pintalk = Pintalk.open({
      apps,
      bus,
      chat: new Chat({ store, bus, now, rate: limit(), maxBodyChars: 2000, maxDetailChars: 2000 }),
      hub: new Hub(bus, log),
      presence: new Presence({ bus, now, debounceMs: 3000 }),
      store,
      files,
      sessions: new Sessions(bus),
      broom: new Broom(),
      limits: {
        visits: limit(bursts.visits),
        reads: limit(bursts.reads),
        newcomers: limit(bursts.newcomers),
        rooms: limit(bursts.rooms),
        logins: limit(bursts.logins),
        emailRequests: limit(bursts.emailRequests),
        mails: limit(bursts.mails),
        uploads: limit(bursts.uploads),
      },
      maxImageBytes: 20_000,
      publicUrl,
      log,
      now,
    })
    const { prefixes, routes, errorBody, shared } = pintalk
    const app = await createApplication({
      log,
      mounts: [{ prefixes, routes, errorBody, uploads: { maxBytes: shared.maxImageBytes } }],
      maxBodyBytes: 65_536,
      requestTimeoutMs: 5000,
      // What inject() sends has no socket that could be cut off.
      lingerMs: 3_600_000,
      trustedProxyHops: 0,
    })
    return new PintalkRest({ app, shared, store, files, log, folder, bus, clock })
  }

  pass(ms: number): void {
    this.#clock.now += ms
  }

  async ask(method: HTTPMethods, url: string, { as, body, headers = {}, jar }: Asked = {}): Promise<Reply> {
    const form = body instanceof FormData ? new Response(body) : null
    const payload = form ? Buffer.from(await form.arrayBuffer()) : (body as object | string | undefined)
    const cookie = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(form ? { 'content-type': form.headers.get('content-type') ?? '' } : {}),
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    })
    const cookies = new Map<string, string>()
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      cookies.set(name, line)
      if (/Max-Age=0/.test(line)) jar?.delete(name)
      else jar?.set(name, pair.slice(name.length + 1))
    }
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return {
      status: answer.statusCode,
      headers: answer.headers as Reply['headers'],
      text: answer.body,
      cookies,
      json: isJson ? JSON.parse(answer.body) : null,
    }
  }

  /** A host who has signed up, and has a token. */
  async host(name: string, appIndex: 0 | 1 = 0): Promise<HostOfTest> {
    const domain = `${name}.example`
    const app = apps[appIndex]!
    const service = { serviceName: name, serviceExpl: 'a shop', serviceDomain: domain }
    const user = await openHost(this.store.users, app.app.id, { email: `${name}@mail.example`, password, ...service })
    const { accessKey, secretKey } = hostMeta(user)
    const keys = { 'x-pintalk-access-key': accessKey, 'x-pintalk-secret-key': secretKey }
    return { user, token: await this.shared.tokens.issue({ app, user }), keys, domain }
  }

  /** A new guest's room, made over REST. */
  async room({ keys, user }: HostOfTest): Promise<{ id: RoomId; name: string; guest: string }> {
    const { json } = await this.ask('POST', '/api/chat/', { headers: keys })
    const room = await this.store.rooms.byKey(user.appId, roomKey(json.name))
    return { id: (room as Room).id, name: json.name, guest: json.guest }
  }

  /** What a socket of the room would have sent. */
  async write(
    { user }: HostOfTest,
    roomId: RoomId,
    side: 'host' | 'guest',
    body: string,
    datetime?: string,
  ): Promise<void> {
    const roomful = await this.store.rooms.withMembers(user.appId, roomId)
    const guestId = [...roomful!.members.values()].find(({ role }) => role === 'customer')!.userId
    const sender = side === 'host' ? user : await this.store.users.byId(user.appId, guestId)
    const app = apps.find((one) => one.app.id === user.appId)!.app
    const meta = datetime === undefined ? {} : { meta: { datetime } }
    const draft = { type: 'text', body, ...meta } as const
    await this.shared.chat.execute({ app, user: sender, origin: null }, { type: 'post', roomId, draft })
  }

  /** The mails in the outbox, oldest first. */
  async mails(): Promise<Errand[]> {
    return this.store.errands.due('mail', this.#clock.now, 1000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    await this.store.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
