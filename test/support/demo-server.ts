import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { loadConfig } from '../../src/config.ts'
import type { RunningServer } from '../../src/server.ts'
import { startChosen } from './chosen-servers.ts'
import { chosenStore } from './chosen-store.ts'
import { RecordedLog } from './recorded-log.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The demo app's server in this process, over a new folder, with what fastify itself says of its routes. */
export class DemoServer implements AsyncDisposable {
  readonly url: string
  /** `GET /api/room/:id`, without what browsers and fastify add: OPTIONS and HEAD. */
  readonly routes: ReadonlySet<string>
  readonly #server: RunningServer
  readonly #folder: AsyncDisposable

  private constructor(server: RunningServer, routes: ReadonlySet<string>, folder: AsyncDisposable) {
    this.url = server.url
    this.routes = routes
    this.#server = server
    this.#folder = folder
  }

  static async start(): Promise<DemoServer> {
    const folder = await temporaryFolder()
    const routes = new Set<string>()
    const listen = (message: unknown): void => {
      const { fastify } = message as { readonly fastify: FastifyInstance }
      fastify.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.add(`${one} ${url}`)
      })
    }
    subscribe('fastify.initialization', listen)
    try {
      const env = { PORT: '0', DATA_DIR: folder.path, ...(await chosenStore(folder.path)) }
      const named = Object.entries(env).map(([name, value]) => [`PARLANCE_${name}`, value])
      const config = loadConfig(Object.fromEntries(named))
      return new DemoServer(await startChosen(config, new RecordedLog()), routes, folder)
    } finally {
      unsubscribe('fastify.initialization', listen)
    }
  }

  async json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await (await fetch(this.url + path, init)).json()) as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await this.#folder[Symbol.asyncDispose]()
  }
}
