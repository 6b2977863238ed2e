import type { FastifyInstance, HTTPMethods } from 'fastify'
import { ProcessBus } from '../../src/buses/process-bus.ts'
import { Broom } from '../../src/core/broom.ts'
import { Chat } from '../../src/core/chat.ts'
import type { Delivery } from '../../src/core/event.ts'
import { Hub } from '../../src/core/hub.ts'
import { RateLimit } from '../../src/core/limits.ts'
import type { AppId, RoomId, User } from '../../src/core/model.ts'
import { Presence } from '../../src/core/presence.ts'
import { Sessions } from '../../src/core/session.ts'
import { createApplication } from '../../src/http/application.ts'
import type { CommuShared } from '../../src/protocols/commu/commu-shared.ts'
import { Commu } from '../../src/protocols/commu/commu.ts'
import { emailIdentity, newPerson } from '../../src/protocols/commu/person.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { RecordedLog } from './recorded-log.ts'

/** 2022-12-12 01:13:24 in Seoul. */
export const startedAt = Date.UTC(2022, 11, 11, 16, 13, 24, 957)
/** Where the pages of the two apps are. */
export const pageOrigin = 'https://main.example'
export const otherPageOrigin = 'https://other.example'

export const apps = [
  {
    app: { id: 'main' as AppId, name: 'Main', origins: [pageOrigin] },
    settings: { jwtSecret: 'the secret of the main app' },
  },
  {
    app: { id: 'other' as AppId, name: 'Other', origins: [otherPageOrigin] },
    settings: { jwtSecret: 'the secret of the other app' },
  },
] as const

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The Set-Cookie header. */
  readonly cookie: string | null
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly json: any
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly result: any
}

export interface Asked {
  readonly as?: Someone
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Somebody with an account and a token. */
export interface Someone {
  readonly user: User
  readonly token: string
  /** On the wire. */
  readonly id: string
}

/** How often a limit may be used in a test; they hardly fill up again. */
export type Bursts = Partial<Record<keyof CommuShared['limits'], number>>

interface Options {
  readonly bursts?: Bursts
  readonly maxima?: Partial<CommuShared['maxima']>
  readonly publicUrl?: string
  readonly onlyApp?: { readonly origins: readonly string[] }
}

/** commu's REST on an HTTP application that doesn't listen, over a store in memory, with a clock that tests move. */
export class CommuRest implements AsyncDisposable {
  readonly app: FastifyInstance
  readonly shared: CommuShared
  readonly store: SqliteStore
  readonly log: RecordedLog
  readonly bus: ProcessBus
  /** All that the bus carried. */
  readonly deliveries: Delivery[] = []
  readonly #clock: { now: number }

  private constructor(made: Pick<CommuRest, 'app' | 'shared' | 'store' | 'log' | 'bus'> & { clock: { now: number } }) {
    this.app = made.app
    this.shared = made.shared
    this.store = made.store
    this.log = made.log
    this.bus = made.bus
    this.#clock = made.clock
    made.bus.listen((delivery) => this.deliveries.push(delivery))
  }

  static async open({ bursts = {}, maxima = {}, publicUrl, onlyApp }: Options = {}): Promise<CommuRest> {
    const clock = { now: startedAt }
    const now = (): number => clock.now
    const log = new RecordedLog()
    const store = new SqliteStore({ path: ':memory:', log, now })
    const bus = new ProcessBus(log)
    const limit = (burst = 1_000_000): RateLimit => new RateLimit({ perSecond: 1 / 3600, burst, now })
    const [main, other] = apps
    const commu = await Commu.open({
      apps: onlyApp ? [{ ...main, app: { ...main.app, ...onlyApp } }] : [main, other],
      bus,
      chat: new Chat({ store, bus, now, rate: limit(), maxBodyChars: 2000, maxDetailChars: 8000 }),
      hub: new Hub(bus, log),
      presence: new Presence({ bus, now, debounceMs: 3000 }),
      store,
      sessions: new Sessions(bus),
      broom: new Broom(),
      limits: {
        visits: limit(bursts.visits),
        reads: limit(bursts.reads),
        newcomers: limit(bursts.newcomers),
        logins: limit(bursts.logins),
        searches: limit(bursts.searches),
        places: limit(bursts.places),
      },
      maxima: { communities: 100, channels: 100, members: 100, followings: 100, ...maxima },
      publicUrl: publicUrl ?? null,
      log,
      now,
    })
    const { prefixes, routes, errorBody, shared } = commu
    const app = await createApplication({
      log,
      mounts: [{ prefixes, routes, errorBody }],
      maxBodyBytes: 65_536,
      requestTimeoutMs: 5000,
      // What inject() sends has no socket that could be cut off.
      lingerMs: 3_600_000,
      trustedProxyHops: 0,
    })
    return new CommuRest({ app, shared, store, log, bus, clock })
  }

  pass(ms: number): void {
    this.#clock.now += ms
  }

  async ask(method: HTTPMethods, url: string, { as, body, headers = {} }: Asked = {}): Promise<Reply> {
    const answer = await this.app.inject({
      method: method as 'GET',
      url,
      headers: { ...(as === undefined ? {} : { authorization: `Bearer ${as.token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as object | string }),
    })
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    const json = isJson ? JSON.parse(answer.body) : null
    return {
      status: answer.statusCode,
      headers: answer.headers as Reply['headers'],
      cookie: [answer.headers['set-cookie'] ?? []].flat()[0] ?? null,
      json,
      result: json?.result,
    }
  }

  /** Somebody who has an account. No password: hashing one takes a test's whole time. */
  async person(nickname: string, appIndex: 0 | 1 = 0): Promise<Someone> {
    const app = this.shared.apps[appIndex]!
    const email = `${nickname}@mail.example`
    const user = await this.store.users.create({
      appId: app.app.id,
      role: 'member',
      name: nickname,
      identity: emailIdentity(email),
      meta: { ...newPerson, email },
    })
    return { user, token: await this.shared.tokens.issue({ app, user }), id: app.ids.user(user.id) }
  }

  async people<Name extends string>(...names: Name[]): Promise<Record<Name, Someone>> {
    const made = names.map(async (name) => [name, await this.person(name)] as const)
    return Object.fromEntries(await Promise.all(made)) as Record<Name, Someone>
  }

  /** A new community's id. */
  async community(manager: Someone, ...members: Someone[]): Promise<string> {
    const { result } = await this.ask('POST', '/api/community', { as: manager, body: { name: 'Town' } })
    if (members.length > 0) await this.inviteTo(result._id, manager, ...members)
    return result._id
  }

  async inviteTo(communityId: string, inviter: Someone, ...members: Someone[]): Promise<Reply> {
    const body = { users: members.map(({ id }) => id) }
    return this.ask('POST', `/api/communities/${communityId}/users`, { as: inviter, body })
  }

  /** A new channel's id. */
  async channel(communityId: string, manager: Someone, isPrivate = false): Promise<string> {
    const body = { communityId, name: 'Square', type: 'Channel', isPrivate }
    return (await this.ask('POST', '/api/channel', { as: manager, body })).result._id
  }

  /** The id of a new chat. */
  async say(channelId: string, as: Someone, content = 'hello'): Promise<number> {
    const { result } = await this.ask('POST', `/api/channels/${channelId}/chat`, {
      as,
      body: { type: 'TEXT', content },
    })
    return result.id
  }

  /** What was written, oldest first. */
  async said(channelId: string, as: Someone): Promise<string[]> {
    const { result } = await this.ask('GET', `/api/channels/${channelId}/chat?prev=-1`, { as })
    return result.chat.map(({ content }: { content: string }) => content)
  }

  /** The nicknames of who is in a channel. */
  async inside(channelId: string, as: Someone): Promise<string[]> {
    const { result } = await this.ask('GET', `/api/channels/${channelId}`, { as })
    return result.users.map(({ nickname }: { nickname: string }) => nickname).sort()
  }

  roomOf(channelId: string): RoomId {
    return this.shared.apps[0]!.ids.channelOf(channelId)!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    await this.store.close()
  }
}
