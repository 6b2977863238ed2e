import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ProcessBus } from '../../src/buses/process-bus.ts'
import { Broom } from '../../src/core/broom.ts'
import { Chat } from '../../src/core/chat.ts'
import type { Delivery } from '../../src/core/event.ts'
import { Hub } from '../../src/core/hub.ts'
import { RateLimit } from '../../src/core/limits.ts'
import type { AppId, RoomId, User, UserId } from '../../src/core/model.ts'
import { hashPassword } from '../../src/core/password.ts'
import { Presence } from '../../src/core/presence.ts'
import { Sessions, type Session } from '../../src/core/session.ts'
import { createApplication } from '../../src/http/application.ts'
import { DiskFileStore } from '../../src/http/disk-file-store.ts'
import { Cstalk } from '../../src/protocols/cstalk/cstalk.ts'
import type { Desk } from '../../src/protocols/cstalk/desk.ts'
import { memberIdentity } from '../../src/protocols/cstalk/identity.ts'
import { cstalkPrefixes, cstalkRoutes } from '../../src/protocols/cstalk/rest/routes.ts'
import { errorBody } from '../../src/protocols/cstalk/rest/refusal.ts'
import type { CstalkApp } from '../../src/protocols/cstalk/settings.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { defaultStompSettings } from '../../src/wire/stomp/settings.ts'
import { loneNode } from './lone-node.ts'
import { RecordedLog } from './recorded-log.ts'

/** 2020-12-18 15:31:37 in Seoul. */
export const startedAt = Date.UTC(2020, 11, 18, 6, 31, 37)
export const password = 'correct horse battery staple'

/** Agents mina and juno and manager sora in Seoul (1); agent hana and manager dora in Incheon (2). */
const members = [
  { companyId: '1', loginName: 'mina', name: '민아', role: 'agent' },
  { companyId: '1', loginName: 'juno', name: '준오', role: 'agent' },
  { companyId: '1', loginName: 'sora', name: '소라', role: 'manager' },
  { companyId: '2', loginName: 'hana', name: '하나', role: 'agent' },
  { companyId: '2', loginName: 'dora', name: '도라', role: 'manager' },
] as const
export type MemberName = (typeof members)[number]['loginName']

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly json: any
}

export interface DeskRestOptions {
  readonly loginAttempts?: number
  readonly visits?: number
  readonly uploads?: number
  readonly reads?: number
  readonly requireSecretKey?: boolean
}

/** The desk's REST on an HTTP application that doesn't listen, over a store in memory, with a clock that tests move. */
export class DeskRest implements AsyncDisposable {
  readonly app: FastifyInstance
  readonly desk: Desk
  readonly store: SqliteStore
  readonly log: RecordedLog
  /** All that the bus carried. */
  readonly deliveries: Delivery[] = []
  readonly ids: Readonly<Record<MemberName, UserId>>
  readonly #folder: string
  readonly #clock: { now: number }

  private constructor(
    made: Pick<DeskRest, 'app' | 'desk' | 'store' | 'log' | 'ids'> & {
      folder: string
      bus: ProcessBus
      clock: { now: number }
    },
  ) {
    this.app = made.app
    this.desk = made.desk
    this.store = made.store
    this.log = made.log
    this.ids = made.ids
    this.#folder = made.folder
    this.#clock = made.clock
    made.bus.listen((delivery) => this.deliveries.push(delivery))
  }

  static async open(options: DeskRestOptions = {}): Promise<DeskRest> {
    const clock = { now: startedAt }
    const now = (): number => clock.now
    const log = new RecordedLog()
    const store = new SqliteStore({ path: ':memory:', log, now })
    const ids = await hire(store)
    const bus = new ProcessBus(log)
    const limit = (burst = 100_000): RateLimit => new RateLimit({ perSecond: 1 / 60, burst, now })
    const presence = new Presence({ bus, now, debounceMs: 3000 })
    const cstalk = await Cstalk.open({
      apps: companies.map((company) => ({
        ...company,
        settings: { ...company.settings, requireSecretKey: options.requireSecretKey ?? false },
      })),
      bus,
      nodes: loneNode(now),
      chat: new Chat({ store, bus, now, rate: limit(), maxBodyChars: 2000, maxDetailChars: 2000 }),
      hub: new Hub(bus, log),
      presence,
      store,
      sessions: new Sessions(bus),
      broom: new Broom(),
      reads: limit(options.reads),
      newcomers: limit(),
      stomp: { server: 'parlance/test', ...defaultStompSettings },
      log,
      now,
    })
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const files = await DiskFileStore.open({
      folder,
      imageMaxPixels: 1_000_000,
      thumbnailPixels: 32,
      extensions: ['txt', 'pdf'],
    })
    const rest = {
      files,
      publicUrl: null,
      logins: limit(options.loginAttempts),
      visits: limit(options.visits),
      uploads: limit(options.uploads),
      maxUploadBytes: 20_000,
      pageSize: 30,
      maxPageSize: 200,
    }
    const app = await createApplication({
      log,
      mounts: [
        {
          prefixes: cstalkPrefixes,
          errorBody,
          uploads: { maxBytes: rest.maxUploadBytes },
          routes: cstalkRoutes(cstalk.desk, rest),
        },
      ],
      maxBodyBytes: 65_536,
      requestTimeoutMs: 5000,
      // What inject() sends has no socket that could be cut off.
      lingerMs: 3600_000,
      trustedProxyHops: 0,
    })
    return new DeskRest({ app, desk: cstalk.desk, store, log, ids, folder, bus, clock })
  }

  pass(ms: number): void {
    this.#clock.now += ms
  }

  get now(): number {
    return this.#clock.now
  }

  /** A member's token. */
  async token(name: MemberName): Promise<string> {
    const user = await this.#member(name)
    return this.desk.tokens.issue(this.desk.companies.get(this.#companyOf(name))!, user)
  }

  /** A customer's token, account and room. */
  async customer(number: number, companyId = '1'): Promise<{ token: string; user: User; roomId: RoomId }> {
    const company = this.desk.companies.get(companyId)!
    const { user, room } = await this.desk.customers.welcome(company, String(number), '127.0.0.1')
    return { token: await this.desk.tokens.issue(company, user), user, roomId: room.id }
  }

  /** A customer's room that waits, opened by these messages. */
  async waiting(number: number, ...texts: readonly string[]): Promise<{ token: string; user: User; roomId: RoomId }> {
    const customer = await this.customer(number)
    for (const body of texts.length === 0 ? ['안녕하세요'] : texts)
      await this.write(customer.user, customer.roomId, body)
    return customer
  }

  /** What a socket would do: `user` writes. */
  async write(user: User, roomId: RoomId, body: string): Promise<void> {
    const session: Session = { app: { id: user.appId, name: '', origins: [] }, user, origin: 'a-connection' }
    await this.desk.chat.execute(session, { type: 'post', roomId, draft: { type: 'text', body } })
  }

  async ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    { as, body, headers = {} }: { as?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const payload = body === undefined ? {} : { payload: body as string | object }
    const authorization = as === undefined ? {} : { authorization: `Bearer ${as}` }
    const response = await this.app.inject({ method, url, headers: { ...authorization, ...headers }, ...payload })
    const received = response.headers as Reply['headers']
    const isJson = received['content-type']?.startsWith('application/json')
    return {
      status: response.statusCode,
      headers: received,
      text: response.body,
      json: isJson ? JSON.parse(response.body) : undefined,
    }
  }

  #companyOf(name: MemberName): string {
    return members.find(({ loginName }) => loginName === name)!.companyId
  }

  async #member(name: MemberName): Promise<User> {
    const appId = this.desk.companies.get(this.#companyOf(name))!.app.id
    return (await this.store.users.byId(appId, this.ids[name]))!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    await this.store.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const appIds = { '1': 'seoul' as AppId, '2': 'incheon' as AppId } as const

const companies: readonly CstalkApp[] = Object.entries(appIds).map(([companyId, id]) => ({
  app: { id, name: id, origins: ['*'] },
  settings: {
    companyId,
    jwtSecret: `the secret of company ${companyId}`,
    customerSecret: 'word',
    requireSecretKey: false,
    customerNameHook: null,
    tokenHours: 12,
    timezone: 'Asia/Seoul',
    workingHours: null,
  },
}))

let hash: string | undefined

async function hire(store: SqliteStore): Promise<Record<MemberName, UserId>> {
  const passwordHash = (hash ??= await hashPassword(password))
  const ids = {} as Record<MemberName, UserId>
  for (const { companyId, loginName, name, role } of members) {
    const draft = { appId: appIds[companyId], role, name, passwordHash, meta: { loginName } }
    const { id } = await store.users.create({ ...draft, identity: memberIdentity(loginName) })
    ids[loginName] = id
  }
  return ids
}
