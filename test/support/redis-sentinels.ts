import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'
import { RedisServer } from './redis-server.ts'

const masterName = 'parlance'

/** A Redis, its replica, and a sentinel that puts the replica in its place. `await using` ends all. */
export class RedisSentinels implements AsyncDisposable {
  readonly servers: readonly [RedisServer, RedisServer]
  readonly #folder: string
  readonly #port: number
  readonly #child: ChildProcess

  private constructor(servers: readonly [RedisServer, RedisServer], folder: string, port: number, child: ChildProcess) {
    this.servers = servers
    this.#folder = folder
    this.#port = port
    this.#child = child
  }

  static async start(): Promise<RedisSentinels> {
    const quick = ['--repl-diskless-sync-delay', '0']
    const master = await RedisServer.start({ options: quick })
    const replica = await RedisServer.start({ options: [...quick, '--replicaof', '127.0.0.1', String(master.port)] })
    await untilReplicated(replica)
    const program = await installed(['redis-server'], () => commandPath('redis-server'))
    const folder = await mkdtemp(join(tmpdir(), 'parlance-sentinel-'))
    const port = await freePort()
    const configuration = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${masterName} 500`,
      `sentinel failover-timeout ${masterName} 2000`,
    ]
    await writeFile(join(folder, 'sentinel.conf'), `${configuration.join('\n')}\n`)
    const child = spawn(program, [join(folder, 'sentinel.conf'), '--sentinel'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const sentinels = new RedisSentinels([master, replica], folder, port, child)
    for await (const line of createInterface(child.stdout as NonNullable<typeof child.stdout>)) {
      if (!line.includes('+slave')) continue
      child.stdout?.resume()
      return sentinels
    }
    await sentinels[Symbol.asyncDispose]()
    throw new Error('the sentinel did not find the replica')
  }

  get url(): string {
    return `redis-sentinel://127.0.0.1:${this.#port}/${masterName}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    for (const server of this.servers) await server[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function untilReplicated({ url }: RedisServer): Promise<void> {
  const client = new Redis(url)
  while (!(await client.info('replication')).includes('master_link_status:up')) await new Promise(setImmediate)
  client.disconnect()
}
