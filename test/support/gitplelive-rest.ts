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
import type { AppId } from '../../src/core/model.ts'
import { Presence } from '../../src/core/presence.ts'
import { Sessions } from '../../src/core/session.ts'
import { createApplication } from '../../src/http/application.ts'
import { DiskFileStore } from '../../src/http/disk-file-store.ts'
import { Gitplelive } from '../../src/protocols/gitplelive/gitplelive.ts'
import type { GitpleliveShared } from '../../src/protocols/gitplelive/gitplelive-shared.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { loneNode } from './lone-node.ts'
import { RecordedLog } from './recorded-log.ts'

/** The tutorial's day. */
export const startedAt = Date.UTC(2022, 7, 10, 7, 17, 58)

export const apps = [
  {
    app: { id: 'shop' as AppId, name: 'Shop', origins: [] },
    settings: {
      appId: 'shop_app',
      apiKey: 'the key of the shop',
      profanity: ['바보', 'darn', 'bad word'],
      refuseProfanity: false,
    },
  },
  {
    app: { id: 'school' as AppId, name: 'School', origins: [] },
    settings: { appId: 'school_app', apiKey: 'the key of the school', profanity: ['darn'], refuseProfanity: true },
  },
] as const

/** The headers of an app's servers. */
export const keysOf = (app: 0 | 1 = 0): Record<string, string> => ({
  APP_ID: apps[app].settings.appId,
  APP_API_KEY: apps[app].settings.apiKey,
})

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly json: any
}

export interface Asked {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Options {
  /** How often a limit may be used; it hardly fills up again. */
  readonly bursts?: Partial<Record<keyof GitpleliveShared['limits'] | 'chat', number>>
  readonly maxMembers?: number
  /** A database file to be opened again later; in memory unless it is said. */
  readonly path?: string
}

/** gitplelive's REST on an HTTP application that doesn't listen, with a clock that tests move. */
export class GitpleliveRest implements AsyncDisposable {
  readonly app: FastifyInstance
  readonly shared: GitpleliveShared
  readonly store: SqliteStore
  readonly log: RecordedLog
  /** All that the bus carried. */
  readonly deliveries: Delivery[] = []
  readonly #folder: string
  readonly #clock: { now: number }

  private constructor(
    made: Pick<GitpleliveRest, 'app' | 'shared' | 'store' | 'log'> & { folder: string; clock: { now: number } },
  ) {
    this.app = made.app
    this.shared = made.shared
    this.store = made.store
    this.log = made.log
    this.#folder = made.folder
    this.#clock = made.clock
    made.shared.bus.listen((delivery) => this.deliveries.push(delivery))
  }

  static async open({ bursts = {}, maxMembers = 50, path = ':memory:' }: Options = {}): Promise<GitpleliveRest> {
    const clock = { now: startedAt }
    const now = (): number => clock.now
    const log = new RecordedLog()
    const store = new SqliteStore({ path, log, now })
    const bus = new ProcessBus(log)
    const limit = (burst = 100_000): RateLimit => new RateLimit({ perSecond: 1 / 3600, burst, now })
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const files = await DiskFileStore.open({
      folder,
      imageMaxPixels: 1_000_000,
      thumbnailPixels: 32,
      extensions: ['txt'],
    })
    const { prefixes, routes, errorBody, shared } = Gitplelive.open({
      apps,
      bus,
      nodes: loneNode(now),
      chat: new Chat({ store, bus, now, rate: limit(bursts.chat), maxBodyChars: 10_000, maxDetailChars: 10_000 }),
      hub: new Hub(bus, log),
      presence: new Presence({ bus, now, debounceMs: 3000 }),
      store,
      files,
      sessions: new Sessions(bus),
      broom: new Broom(),
      limits: {
        platform: limit(bursts.platform),
        reads: limit(bursts.reads),
        strangers: limit(bursts.strangers),
        channels: limit(bursts.channels),
        uploads: limit(bursts.uploads),
      },
      maxima: { members: maxMembers, fileBytes: 20_000, messageChars: 10_000 },
      publicUrl: null,
      log,
      now,
    })
    const app = await createApplication({
      log,
      mounts: [{ prefixes, routes, errorBody, uploads: { maxBytes: 20_000 } }],
      maxBodyBytes: 65_536,
      requestTimeoutMs: 5000,
      // What inject() sends has no socket that could be cut off.
      lingerMs: 3_600_000,
      trustedProxyHops: 0,
    })
    return new GitpleliveRest({ app, shared, store, log, folder, clock })
  }

  get now(): number {
    return this.#clock.now
  }

  pass(ms: number): void {
    this.#clock.now += ms
  }

  /** Below `/v1`, with the headers given and no others. */
  async ask(method: string, path: string, { body, headers = {} }: Asked = {}): Promise<Reply> {
    const form = body instanceof FormData ? new Response(body) : null
    const payload = form ? Buffer.from(await form.arrayBuffer()) : (body as object | string | undefined)
    const answer = await this.app.inject({
      method: method as HTTPMethods as 'GET',
      url: `/v1${path}`,
      headers: { ...(form && { 'content-type': form.headers.get('content-type') ?? '' }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return {
      status: answer.statusCode,
      headers: answer.headers as Reply['headers'],
      text: answer.body,
      json: isJson ? JSON.parse(answer.body) : null,
    }
  }

  /** What the first app's servers ask. */
  platform(method: string, path: string, body?: unknown, headers: Asked['headers'] = {}): Promise<Reply> {
    return this.ask(method, path, { headers: { ...keysOf(), ...headers }, ...(body !== undefined && { body }) })
  }

  /** What a user of the first app asks, below `/v1/client`. */
  async as(userId: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const authorization = `Bearer ${await this.token(userId)}`
    return this.ask(method, `/client${path}`, { headers: { authorization }, ...(body !== undefined && { body }) })
  }

  async token(userId: string): Promise<string> {
    const { json } = await this.platform('POST', `/users/${userId}/token`, {})
    return json.token
  }

  /** Makes users of the first app. */
  async users(...userIds: readonly string[]): Promise<void> {
    for (const id of userIds) await this.platform('POST', '/users', { user_id: id, name: id })
  }

  /** Makes a channel of the first app. */
  async channel(channelId: string, ...members: readonly string[]): Promise<void> {
    await this.platform('POST', '/group/channels', { channel_id: channelId, name: channelId, members })
  }

  async say(channelId: string, userId: string, content: string, more: object = {}): Promise<Reply> {
    return this.platform('POST', `/group/channels/${channelId}/messages`, { user_id: userId, content, ...more })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    await this.store.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
