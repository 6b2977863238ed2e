import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import type { Random } from '../random.ts'
import { configuration, type Tenant } from './apps.ts'
import { Balancer } from './balancer.ts'
import type { Daemon } from './daemon.ts'
import { Network, type Address } from './network.ts'
import { parlance, type Node } from './parlance.ts'
import { mariadb, redis } from './services.ts'
import { stock, type Stocked } from './stock.ts'

export interface WorldOptions {
  readonly folder: string
  readonly nodes: number
  /** When a sender hears that its message is kept. */
  readonly ack: string
  /** Whether Redis still has everything after it was killed. */
  readonly redisKeeps: boolean
  readonly isInside: boolean
  readonly random: Random
  /** What a node logs. */
  readonly onLog: (node: string, line: string) => void
}

/** Nodes, what they stand on, and the balancer in front of them. */
export class World implements AsyncDisposable {
  readonly nodes: readonly Node[]
  readonly database: Daemon
  /** Null where one node serves alone. */
  readonly redis: Daemon | null
  /** Null where nothing can be cut off. */
  readonly network: Network | null
  readonly balancer: Balancer
  readonly stocked: Readonly<Record<Tenant, Stocked>>

  private constructor(parts: Pick<World, 'nodes' | 'database' | 'redis' | 'network' | 'balancer' | 'stocked'>) {
    this.nodes = parts.nodes
    this.database = parts.database
    this.redis = parts.redis
    this.network = parts.network
    this.balancer = parts.balancer
    this.stocked = parts.stocked
  }

  static async open(options: WorldOptions): Promise<World> {
    const { folder, random } = options
    const network = options.isInside ? await Network.open() : null
    const host = network?.servicesHost ?? '127.0.0.1'
    const isMany = options.nodes > 1
    const place = async (name: string) => ({ folder: join(folder, name), host, port: await freePort() })
    const [database, cache] = await Promise.all([
      mariadb(await place('mariadb')),
      isMany ? redis(await place('redis'), options.redisKeeps) : null,
    ])
    await Promise.all([database.daemon.start(), cache?.daemon.start()])
    const stocked = await stock(database.url)
    await mkdir(join(folder, 'data'), { recursive: true })
    await writeFile(join(folder, 'apps.json'), configuration(), { mode: 0o600 })
    const services = { DATABASE_URL: database.url, ...(cache && { REDIS_URL: cache.url }), ACK: options.ack }
    const nodes: Node[] = []
    for (let index = 0; index < options.nodes; index++) {
      const name = `node ${index + 1}`
      const address = network ? await network.place(index) : await loopback()
      const onLine = (line: string): void => options.onLog(name, line)
      nodes.push(parlance({ name, address, folder, env: services, onLine }))
    }
    await Promise.all(nodes.map(({ daemon }) => daemon.start()))
    const balancer = await Balancer.open(nodes, random.for('balancer'))
    const parts = { nodes, database: database.daemon, redis: cache?.daemon ?? null, network, balancer, stocked }
    return new World(parts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.balancer[Symbol.asyncDispose]()
    const daemons = [...this.nodes.map(({ daemon }) => daemon), this.database, ...(this.redis ? [this.redis] : [])]
    await Promise.all(daemons.map((daemon) => daemon.end('SIGKILL')))
    await this.network?.close()
  }
}

async function loopback(): Promise<Address> {
  return { front: '127.0.0.1', back: '127.0.0.1', port: await freePort(), prefix: [] }
}
