import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { laravelApps, LaravelHouse } from './laravel-house.ts'
import { MariadbServer } from './mariadb-server.ts'
import { RedisServer } from './redis-server.ts'
import { ServerProcess } from './server-process.ts'

/** Nodes that serve two Laravel applications together, over a Redis and a MariaDB of their own. `await using` ends all. */
export class LaravelNodes implements AsyncDisposable {
  readonly redis: RedisServer
  readonly #mariadb: MariadbServer
  readonly #folder: string
  readonly #shop: object
  readonly #env: Readonly<Record<string, string>>
  readonly #opened = new Set<AsyncDisposable>()

  private constructor(redis: RedisServer, mariadb: MariadbServer, database: string, folder: string, shop: object) {
    this.redis = redis
    this.#mariadb = mariadb
    this.#folder = folder
    this.#shop = shop
    this.#env = { DATABASE_URL: database, REDIS_URL: redis.url, REDIS_PREFIX: 'nodes' }
  }

  /** `shop` is more of that application's section. */
  static async start(shop: object = {}): Promise<LaravelNodes> {
    const [redis, mariadb] = await Promise.all([RedisServer.start(), MariadbServer.start()])
    const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
    return new LaravelNodes(redis, mariadb, await mariadb.database(), folder, shop)
  }

  /** One more, in this process. */
  async open(): Promise<LaravelHouse> {
    const house = await LaravelHouse.open({ env: this.#env, shop: this.#shop, folder: this.#folder })
    this.#opened.add(house)
    return house
  }

  /** One more, in a process of its own that may be killed. */
  async spawn(): Promise<ServerProcess> {
    const apps = [
      { id: 'shop', laravel: { ...laravelApps.shop, ...this.#shop } },
      { id: 'blog', laravel: laravelApps.blog },
    ]
    const config = join(this.#folder, 'apps.json')
    await writeFile(config, JSON.stringify({ apps }))
    const server = await ServerProcess.start(this.#folder, { ...this.#env, CONFIG: config })
    this.#opened.add(server)
    return server
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map((one) => one[Symbol.asyncDispose]()))
    await this.redis[Symbol.asyncDispose]()
    await this.#mariadb[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
