import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { loadConfig } from '../../src/config.ts'
import type { RunningServer } from '../../src/server.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { JwtClient } from './jwt-client.ts'
import { RecordedLog } from './recorded-log.ts'

/** Two Laravel applications that know nothing of each other. */
export const laravelApps = {
  shop: {
    id: 'shop-id',
    key: 'shop-key',
    secret: 'shop secret',
    jwtSecret: 'the secret of the shop',
    redisPrefix: 'shop_database_',
  },
  blog: {
    id: 'blog-id',
    key: 'blog-key',
    secret: 'blog secret',
    jwtSecret: 'the secret of the blog',
    redisPrefix: 'shop_database_blog_',
  },
} as const
export type LaravelAppName = keyof typeof laravelApps

export interface LaravelHouseOptions {
  /** Settings by the names of their environment variables, without `PARLANCE_`. */
  readonly env?: Readonly<Record<string, string>>
  /** More of the shop's `laravel` section. */
  readonly shop?: object
  readonly blog?: object
  /** The folder of an earlier house, which is not removed. */
  readonly folder?: string
}

export interface TokenClaims {
  readonly id?: unknown
  readonly name?: unknown
  readonly channel?: unknown
}

/** A server in this process with two Laravel applications, over a new folder. `await using` stops it. */
export class LaravelHouse implements AsyncDisposable {
  readonly url: string
  readonly log: RecordedLog
  readonly #server: RunningServer
  readonly #ownFolder: string | null

  private constructor(server: RunningServer, log: RecordedLog, ownFolder: string | null) {
    this.#server = server
    this.url = server.url
    this.log = log
    this.#ownFolder = ownFolder
  }

  static async open({ env = {}, shop = {}, blog = {}, folder }: LaravelHouseOptions = {}): Promise<LaravelHouse> {
    const path = folder ?? (await mkdtemp(join(tmpdir(), 'parlance-')))
    const named = Object.entries({ ...(await chosenStore(path)), ...env }).map(([name, value]) => [
      `PARLANCE_${name}`,
      value,
    ])
    const fixed = { PARLANCE_PORT: '0', PARLANCE_DATA_DIR: path, PARLANCE_CONFIG: 'apps.json' }
    const apps = [
      { id: 'shop', laravel: { ...laravelApps.shop, ...shop } },
      { id: 'blog', laravel: { ...laravelApps.blog, ...blog } },
    ]
    const config = loadConfig({ ...fixed, ...Object.fromEntries(named) }, () => JSON.stringify({ apps }))
    const log = new RecordedLog()
    return new LaravelHouse(await startChosen(config, log), log, folder === undefined ? path : null)
  }

  get wsUrl(): string {
    return this.url.replace('http', 'ws')
  }

  /** As the application makes it; with `expires` of the past, one that has expired. */
  token(claims: TokenClaims, app: LaravelAppName = 'shop', expires = '12h'): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(laravelApps[app].jwtSecret))
  }

  /** As a page of the application connects. */
  async dial(id: number, name: string, channel: string, app: LaravelAppName = 'shop'): Promise<JwtClient> {
    return JwtClient.dial(`${this.wsUrl}?token=${await this.token({ id, name, channel }, app)}`)
  }

  /** What the application says over HTTP. */
  publish(body: unknown, app: LaravelAppName = 'shop', secret: string = laravelApps[app].secret): Promise<Response> {
    return fetch(`${this.url}/api/laravel/${laravelApps[app].id}/broadcast`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  async health(): Promise<{ status: string; redis?: { state: string; since: string } }> {
    return (await (await fetch(`${this.url}/healthz`)).json()) as { status: string }
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    if (this.#ownFolder !== null) await rm(this.#ownFolder, { recursive: true, force: true })
  }
}
