import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.ts'
import type { RunningServer } from '../../src/server.ts'
import { Client, type ClientOptions } from '../../sdk/src/gitple-live.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { RecordedLog } from './recorded-log.ts'

const apps = {
  shop: { appId: 'shop_app', apiKey: 'the key of the shop' },
  school: { appId: 'school_app', apiKey: 'the key of the school' },
} as const
export type AppName = keyof typeof apps

/** A server with two apps in this process, over a new folder, and the SDK's clients of it. `await using` stops it. */
export class GroupHouse implements AsyncDisposable {
  readonly url: string
  readonly log: RecordedLog
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly #clients = new Set<Client>()
  #server: RunningServer

  private constructor(server: RunningServer, log: RecordedLog, folder: string, env: Readonly<Record<string, string>>) {
    this.#server = server
    this.url = server.url
    this.log = log
    this.#folder = folder
    this.#env = env
  }

  /** Settings by the names of their environment variables, without `PARLANCE_`. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<GroupHouse> {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const log = new RecordedLog()
    return new GroupHouse(await serve(folder, log, env), log, folder, env)
  }

  /** At the same address, over the same folder. */
  async restart(): Promise<void> {
    await this.#server.close()
    this.#server = await serve(this.#folder, this.log, { ...this.#env, PORT: new URL(this.url).port })
  }

  /** What an app's own servers ask, below `/v1`. Throws what is refused. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  async ask(method: string, path: string, body?: object, app: AppName = 'shop'): Promise<any> {
    const { appId, apiKey } = apps[app]
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: { APP_ID: appId, APP_API_KEY: apiKey, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }

  async users(...userIds: readonly string[]): Promise<void> {
    for (const user_id of userIds) await this.ask('POST', '/users', { user_id, name: user_id })
  }

  async channel(channel_id: string, ...members: readonly string[]): Promise<void> {
    await this.ask('POST', '/group/channels', { channel_id, name: channel_id, members })
  }

  async say(channelId: string, user_id: string, content: string): Promise<void> {
    await this.ask('POST', `/group/channels/${channelId}/messages`, { user_id, content })
  }

  async token(userId: string, body: object = {}, app: AppName = 'shop'): Promise<string> {
    return (await this.ask('POST', `/users/${userId}/token`, body, app)).token
  }

  /** Not connected. It comes back faster than it would by itself. */
  client(userId: string, options: Partial<ClientOptions> = {}): Client {
    const client = new Client({
      app_id: apps.shop.appId,
      url: this.url,
      session_token: () => this.token(userId),
      reconnect: { min_delay_ms: 1, max_delay_ms: 20, tries: 1000 },
      ...options,
    })
    this.#clients.add(client)
    return client
  }

  async connect(userId: string, options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = this.client(userId, options)
    await client.connectUser({ user_id: userId })
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnectUser()
    await this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Limits that no test means are out of its way. */
const generous = { MESSAGES_PER_SECOND: '10000', MESSAGE_BURST: '100000', DIAL_BURST: '100000', FRAME_BURST: '100000' }

async function serve(folder: string, log: RecordedLog, env: Readonly<Record<string, string>>): Promise<RunningServer> {
  const named = Object.entries({ PORT: '0', ...generous, ...(await chosenStore(folder)), ...env }).map(
    ([name, value]) => [`PARLANCE_${name}`, value],
  )
  const fixed = { PARLANCE_DATA_DIR: folder, PARLANCE_CONFIG: 'apps.json' }
  const listed = Object.entries(apps).map(([id, gitplelive]) => ({ id, name: id, origins: ['*'], gitplelive }))
  const config = loadConfig({ ...fixed, ...Object.fromEntries(named) }, () => JSON.stringify({ apps: listed }))
  return startChosen(config, log)
}
