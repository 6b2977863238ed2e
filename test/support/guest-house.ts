import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { loadConfig, type Config } from '../../src/config.ts'
import type { AppId, User } from '../../src/core/model.ts'
import type { Store } from '../../src/core/ports.ts'
import { openHost } from '../../src/protocols/pintalk/host-accounts.ts'
import { hostMeta } from '../../src/protocols/pintalk/host.ts'
import type { RunningServer } from '../../src/server.ts'
import { openStore } from '../../src/server/open-store.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { GuestSocket } from './guest-socket.ts'
import { RecordedLog } from './recorded-log.ts'

export const password = 'correct horse battery staple'
/** The hosts, each of its own website; nora is of another app. */
export const domains = { mira: 'shop.example', hugo: 'blog.example:8443', nora: 'shop.elsewhere.example' } as const
export type HostName = keyof typeof domains

const appOf = { mira: 'main', hugo: 'main', nora: 'other' } as const
const secretOf = (app: string): string => `the secret of the app ${app}`

interface Asked {
  readonly as?: HostName
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

interface Dialed {
  readonly origin?: string
  readonly token?: string
}

/** A server in this process with guests and hosts, over a new folder. `await using` stops it. */
export class GuestHouse implements AsyncDisposable {
  readonly url: string
  readonly log: RecordedLog
  readonly hosts: Readonly<Record<HostName, User>>
  readonly #server: RunningServer
  readonly #config: Config

  private constructor(server: RunningServer, log: RecordedLog, config: Config, hosts: Record<HostName, User>) {
    this.#server = server
    this.url = server.url
    this.log = log
    this.#config = config
    this.hosts = hosts
  }

  /** Settings by the names of their environment variables, without `PARLANCE_`. */
  static async open(
    env: Readonly<Record<string, string>> = {},
    more: Partial<Record<HostName, string>> = {},
  ): Promise<GuestHouse> {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const named = Object.entries({ ...(await chosenStore(folder)), ...env }).map(([name, value]) => [
      `PARLANCE_${name}`,
      value,
    ])
    // Every guest of a test has the one address that there is.
    const room = { PARLANCE_GUEST_MESSAGES_PER_SECOND: '1000', PARLANCE_GUEST_MESSAGE_BURST: '100000' }
    const fixed = { ...room, PARLANCE_PORT: '0', PARLANCE_DATA_DIR: folder, PARLANCE_CONFIG: 'apps.json' }
    const apps = ['main', 'other'].map((id) => ({ id, origins: ['*'], pintalk: { jwtSecret: secretOf(id) } }))
    const config = loadConfig({ ...fixed, ...Object.fromEntries(named) }, () => JSON.stringify({ apps }))
    const log = new RecordedLog()
    const hosts = await settle(config, log, { ...domains, ...more })
    return new GuestHouse(await startChosen(config, log), log, config, hosts)
  }

  keysOf(name: HostName): Record<string, string> {
    const { accessKey, secretKey } = hostMeta(this.hosts[name])
    return { 'X-PinTalk-Access-Key': accessKey, 'X-PinTalk-Secret-Key': secretKey }
  }

  uuidOf(name: HostName): string {
    return hostMeta(this.hosts[name]).uuid
  }

  /** An access token as the login gives it; with `expires` of the past, one that has expired. */
  token(name: HostName, expires = '1h', secret = secretOf(appOf[name])): Promise<string> {
    return new SignJWT({ user_id: this.hosts[name].id })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret))
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  async rest(method: string, path: string, { as, headers, body }: Asked = {}): Promise<{ status: number; body: any }> {
    const token = as && { Authorization: `Bearer ${await this.token(as)}` }
    const type = body && { 'Content-Type': 'application/json' }
    const response = await fetch(this.url + path, {
      method,
      headers: { Accept: 'application/json; version=1.0', ...token, ...type, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** A new guest's room, as the seed's package makes it. */
  async newRoom(name: HostName, body?: object): Promise<Room> {
    const made = await this.rest('POST', '/api/chat/', { headers: this.keysOf(name), ...(body && { body }) })
    if (made.status !== 201) throw new Error(`no room: ${JSON.stringify(made)}`)
    const { results } = (await this.rest('GET', '/api/chat/chatrooms/?limit=100', { as: name })).body
    const { id } = results.find((room: { name: string }) => room.name === made.body.name)
    return { name: made.body.name, guest: made.body.guest, id }
  }

  /** The room in its host's list. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  async listed(name: HostName, { id }: Room): Promise<any> {
    const { results } = (await this.rest('GET', '/api/chat/chatrooms/', { as: name })).body
    return results.find((room: { id: number }) => room.id === id)
  }

  dial(path: string, { origin, token }: Dialed = {}): Promise<GuestSocket> {
    const query = token === undefined ? '' : `?token=${token}`
    return GuestSocket.dial(`${this.url.replace('http', 'ws')}${path}${query}`, origin)
  }

  /** A guest's page in its room. */
  guest(name: HostName, room: Room): Promise<GuestSocket> {
    return this.dial(`/ws/chat/${room.name}/`, { origin: `https://${hostMeta(this.hosts[name]).serviceDomain}` })
  }

  /** A tab of the host in a room. */
  async host(name: HostName, room: Room): Promise<GuestSocket> {
    return this.dial(`/ws/chat/${room.name}/`, { token: await this.token(name) })
  }

  /** A guest and its host, both in a new room, both greeted. */
  async couple(name: HostName = 'mira'): Promise<{ room: Room; guest: GuestSocket; host: GuestSocket }> {
    const room = await this.newRoom(name)
    const guest = await this.guest(name, room)
    const host = await this.host(name, room)
    assert.deepEqual([await guest.page(), await host.page()], [[], []], 'a page comes also when it is empty')
    return { room, guest, host }
  }

  async hostStatus(name: HostName): Promise<GuestSocket> {
    return this.dial(`/ws/status/${this.uuidOf(name)}/`, { token: await this.token(name) })
  }

  guestStatus(name: HostName): Promise<GuestSocket> {
    return this.dial(`/ws/chat/${this.uuidOf(name)}/status/`, { origin: `https://${domains[name]}` })
  }

  /** Its store, open beside it. */
  openStore(): Promise<Store> {
    return openStore(this.#config, this.log, { alone: false })
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await rm(this.#config.settings.dataDir, { recursive: true, force: true })
  }
}

export interface Room {
  readonly name: string
  readonly guest: string
  readonly id: number
}

async function settle(
  config: Config,
  log: RecordedLog,
  serviceDomains: Readonly<Record<HostName, string>>,
): Promise<Record<HostName, User>> {
  const store = await openStore(config, log, { alone: true })
  const opened = (Object.keys(domains) as HostName[]).map(async (name) => {
    const draft = { email: `${name}@example.com`, password, serviceName: name, serviceExpl: '' }
    const serviceDomain = serviceDomains[name]
    return [name, await openHost(store.users, appOf[name] as AppId, { ...draft, serviceDomain })] as const
  })
  const hosts = Object.fromEntries(await Promise.all(opened)) as Record<HostName, User>
  await store.close()
  return hosts
}
