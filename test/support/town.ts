import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.ts'
import type { RunningServer } from '../../src/server.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { RecordedLog } from './recorded-log.ts'

/** Somebody who has signed up and in. */
export interface Townsman {
  readonly _id: string
  readonly nickname: string
  readonly token: string
}

export interface Channel {
  readonly _id: string
  readonly name: string
  readonly communityId: string
}

const password = 'correct horse battery staple'
const secrets = { north: 'the secret of the north', south: 'the secret of the south' } as const
export type AppName = keyof typeof secrets

/** A server in this process with two apps that have communities, `north` and `south`, over a new folder. `await using` stops it. */
export class Town implements AsyncDisposable {
  readonly log: RecordedLog
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  #server: RunningServer

  private constructor(server: RunningServer, log: RecordedLog, folder: string, env: Readonly<Record<string, string>>) {
    this.#server = server
    this.log = log
    this.#folder = folder
    this.#env = env
  }

  /** `env`: settings by the names of their environment variables, without `PARLANCE_`. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Town> {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    const log = new RecordedLog()
    return new Town(await start(folder, env, log), log, folder, env)
  }

  get url(): string {
    return this.#server.url
  }

  /** The address of a community's namespace; `url` for one on the way to the server. */
  namespace(communityId: string, url = this.url): string {
    return `${url}/socket/commu-${communityId}`
  }

  async settler(nickname: string, app: AppName = 'north'): Promise<Townsman> {
    const id = `${nickname}@${app}.test`
    const named = { id, password, nickname }
    await this.ask(null, 'POST', `/api/user/auth/signup?app=${app}`, named)
    const { accessToken } = await this.ask<{ accessToken: string }>(
      null,
      'POST',
      `/api/user/auth/signin?app=${app}`,
      named,
    )
    const token = `Bearer ${accessToken}`
    const { _id } = await this.ask<{ _id: string }>({ token }, 'GET', '/api/user/auth/me')
    return { _id, nickname, token }
  }

  /** A new community's id. */
  async community(manager: Townsman, ...members: Townsman[]): Promise<string> {
    const { _id } = await this.ask<{ _id: string }>(manager, 'POST', '/api/community', { name: 'Quarter' })
    const users = members.map((member) => member._id)
    if (users.length > 0) await this.ask(manager, 'POST', `/api/communities/${_id}/users`, { users })
    return _id
  }

  async channel(manager: Townsman, communityId: string, isPrivate = false): Promise<Channel> {
    const words = { communityId, name: 'Square', type: 'Channel', isPrivate }
    const { _id, name } = await this.ask<Channel>(manager, 'POST', '/api/channel', words)
    return { _id, name, communityId }
  }

  /** The result of a request that has to succeed. */
  async ask<T>(as: Pick<Townsman, 'token'> | null, method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(as && { Authorization: as.token }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { result: T }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer.result
  }

  /** Stops the server and starts it over the same folder, at the same address. */
  async restart(): Promise<void> {
    const port = new URL(this.url).port
    await this.#server.close()
    this.#server = await start(this.#folder, { ...this.#env, PORT: port }, this.log)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Everybody here is at one address, and is many. */
const roomy = {
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '10000',
  FRAME_BURST: '10000',
  NEW_CUSTOMERS_BURST: '1000',
  DIAL_BURST: '10000',
}

async function start(folder: string, env: Readonly<Record<string, string>>, log: RecordedLog): Promise<RunningServer> {
  const apps = Object.entries(secrets).map(([id, jwtSecret]) => ({ id, name: id, origins: [], commu: { jwtSecret } }))
  const fixed = { PORT: '0', DATA_DIR: folder, CONFIG: 'apps.json', ...(await chosenStore(folder)) }
  const all = { ...fixed, ...roomy, ...env }
  const named = Object.fromEntries(Object.entries(all).map(([name, value]) => [`PARLANCE_${name}`, value]))
  return startChosen(
    loadConfig(named, () => JSON.stringify({ apps })),
    log,
  )
}
