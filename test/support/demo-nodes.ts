import { loadConfig } from '../../src/config.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { MariadbServer } from './mariadb-server.ts'
import { RecordedLog } from './recorded-log.ts'
import { RedisServer } from './redis-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Env = Readonly<Record<string, string>>
type Folder = Awaited<ReturnType<typeof temporaryFolder>>

/** Two nodes in this process that serve the demo app together, over a Redis and a MariaDB of their own. `await using` ends all. */
export class DemoNodes implements AsyncDisposable {
  readonly log = new RecordedLog()
  readonly redis: RedisServer
  readonly #mariadb: MariadbServer
  readonly #folder: Folder
  readonly #env: Env
  readonly #servers: RunningServer[] = []

  private constructor(redis: RedisServer, mariadb: MariadbServer, folder: Folder, env: Env) {
    this.redis = redis
    this.#mariadb = mariadb
    this.#folder = folder
    this.#env = env
  }

  /** Both start at the same moment, on an empty database. Settings by the names of their environment variables. */
  static async start(more: Env = {}): Promise<DemoNodes> {
    const [redis, mariadb, folder] = await Promise.all([RedisServer.start(), MariadbServer.start(), temporaryFolder()])
    const env = { PORT: '0', DATA_DIR: folder.path, DATABASE_URL: await mariadb.database(), REDIS_URL: redis.url }
    const nodes = new DemoNodes(redis, mariadb, folder, { ...env, MESSAGE_BURST: '1000', DIAL_BURST: '1000', ...more })
    await Promise.all([nodes.#serve(0), nodes.#serve(1)])
    return nodes
  }

  get urls(): readonly [string, string] {
    return [this.#servers[0]!.url, this.#servers[1]!.url]
  }

  /** Drains it, as for an update, and starts another in its place at another address. */
  async replace(index: 0 | 1): Promise<void> {
    await this.#servers[index]!.close()
    await this.#serve(index)
  }

  async #serve(index: number): Promise<void> {
    const named = Object.entries(this.#env).map(([name, value]) => [`PARLANCE_${name}`, value])
    this.#servers[index] = await startServer(loadConfig(Object.fromEntries(named)), this.log)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()))
    await Promise.all([this.redis, this.#mariadb].map((server) => server[Symbol.asyncDispose]()))
    await this.#folder[Symbol.asyncDispose]()
  }
}
