import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { loadConfig, type Config } from '../../src/config.ts'
import type { AppId, UserId } from '../../src/core/model.ts'
import { hashPassword } from '../../src/core/password.ts'
import { memberIdentity } from '../../src/protocols/cstalk/identity.ts'
import type { RunningServer } from '../../src/server.ts'
import { openStore } from '../../src/server/open-store.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { RecordedLog } from './recorded-log.ts'

/** Who works at the desks. Everybody's password is `password`. */
export const password = 'correct horse battery staple'
export const staff = {
  mina: { companyId: '1', loginName: 'mina', name: '민아', role: 'agent' },
  juno: { companyId: '1', loginName: 'juno', name: '준오', role: 'agent' },
  sora: { companyId: '1', loginName: 'sora', name: '소라', role: 'manager' },
  hana: { companyId: '2', loginName: 'hana', name: '하나', role: 'agent' },
} as const
export type StaffName = keyof typeof staff

/** The secret that signs a company's tokens. */
const jwtSecretOf = (companyId: string): string => `the secret of company ${companyId}`

const appIds: Readonly<Record<string, AppId>> = { '1': 'seoul' as AppId, '2': 'incheon' as AppId }

export interface HouseOptions {
  /** Settings by the names of their environment variables, without `PARLANCE_`. */
  readonly env?: Readonly<Record<string, string>>
  /** More of the first company's `cstalk` section. */
  readonly cstalk?: object
}

/** A server with two companies in this process: Seoul (1) and Incheon (2), over a new folder. `await using` stops it. */
export class House implements AsyncDisposable {
  readonly url: string
  readonly log: RecordedLog
  readonly #server: RunningServer
  readonly #folder: string
  readonly #ids: Readonly<Record<string, UserId>>

  private constructor(server: RunningServer, log: RecordedLog, folder: string, ids: Readonly<Record<string, UserId>>) {
    this.#server = server
    this.url = server.url
    this.log = log
    this.#folder = folder
    this.#ids = ids
  }

  static async open({ env = {}, cstalk = {} }: HouseOptions = {}): Promise<House> {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const named = Object.entries({ ...(await chosenStore(folder)), ...env }).map(([name, value]) => [
      `PARLANCE_${name}`,
      value,
    ])
    const fixed = { PARLANCE_PORT: '0', PARLANCE_DATA_DIR: folder, PARLANCE_CONFIG: 'apps.json' }
    const apps = Object.entries(appIds).map(([companyId, id]) => {
      const more = companyId === '1' ? cstalk : {}
      return { id, name: id, origins: ['*'], cstalk: { companyId, jwtSecret: jwtSecretOf(companyId), ...more } }
    })
    const config = loadConfig({ ...fixed, ...Object.fromEntries(named) }, () => JSON.stringify({ apps }))
    const log = new RecordedLog()
    const ids = await hire(config, log)
    return new House(await startChosen(config, log), log, folder, ids)
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** Where SockJS clients connect. */
  get sockjsUrl(): string {
    return `${this.url}/ws`
  }

  /** Where clients without SockJS connect. */
  get websocketUrl(): string {
    return `${this.url.replace('http', 'ws')}/ws/websocket`
  }

  idOf(name: StaffName): UserId {
    return this.#ids[name]!
  }

  /** A bearer token, as the login gives it. */
  async login(name: StaffName): Promise<string> {
    const { companyId, loginName } = staff[name]
    const response = await fetch(`${this.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ companyId, loginName, password }),
    })
    const { token, reason } = (await response.json()) as { token: string | null; reason?: string }
    if (token === null) throw new Error(`${name} could not log in: ${reason}`)
    return token
  }

  /** A bearer token made by hand: of another company, expired, whatever a test wants. */
  forge(
    name: StaffName,
    { companyId, expires = '1h' }: { companyId?: string; expires?: string } = {},
  ): Promise<string> {
    return new SignJWT({ companyId: companyId ?? staff[name].companyId })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(String(this.idOf(name)))
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(jwtSecretOf(staff[name].companyId)))
  }

  /** A REST request of a member. */
  async rest(name: StaffName, method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const headers = {
      Authorization: `Bearer ${await this.login(name)}`,
      ...(body && { 'Content-Type': 'application/json' }),
    }
    const response = await fetch(this.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function hire(config: Config, log: RecordedLog): Promise<Record<string, UserId>> {
  const store = await openStore(config, log, { alone: true })
  const passwordHash = await hashPassword(password)
  const ids: Record<string, UserId> = {}
  for (const { companyId, loginName, name, role } of Object.values(staff)) {
    const draft = { appId: appIds[companyId]!, role, name, passwordHash, meta: { loginName } }
    const { id } = await store.users.create({ ...draft, identity: memberIdentity(loginName) })
    ids[loginName] = id
  }
  await store.close()
  return ids
}
