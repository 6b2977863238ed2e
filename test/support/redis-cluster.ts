import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'
import { RedisServer } from './redis-server.ts'

const slots = 16_384

/** A Redis Cluster of three masters. `await using` ends it. */
export class RedisCluster implements AsyncDisposable {
  readonly servers: readonly RedisServer[]

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers
  }

  static async start(): Promise<RedisCluster> {
    const servers: RedisServer[] = []
    for (let i = 0; i < 3; i++) {
      const options = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(await freePort()),
        '--cluster-node-timeout',
        '1000',
      ]
      servers.push(await RedisServer.start({ keeps: true, options }))
    }
    const clients = servers.map(({ url }) => new Redis(url))
    const [first] = clients
    for (const [i, client] of clients.entries()) {
      const [from, to] = [Math.ceil((i * slots) / 3), Math.ceil(((i + 1) * slots) / 3) - 1]
      await client.cluster('ADDSLOTSRANGE', from, to)
      const busPort = /:\d+@(\d+)/.exec(String(await client.cluster('NODES')))?.[1]
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i > 0) await first?.call('CLUSTER', 'MEET', '127.0.0.1', servers[i]?.port ?? 0, busPort ?? 0)
    }
    for (const client of clients) {
      while (!isWhole(String(await client.cluster('INFO')))) await new Promise(setImmediate)
      client.disconnect()
    }
    return new RedisCluster(servers)
  }

  get url(): string {
    return `redis-cluster://${this.servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]()
  }
}

function isWhole(info: string): boolean {
  return (
    info.includes('cluster_state:ok') &&
    info.includes('cluster_known_nodes:3') &&
    info.includes('cluster_slots_ok:16384')
  )
}
