import { readFileSync } from 'node:fs'
import { MariadbServer } from '../../test/support/mariadb-server.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import type { Sample } from '../probe.ts'
import { startParlance } from './servers.ts'
import type { Measured, Subject } from './subject.ts'

const clockTicksPerSecond = 100

export interface Services {
  readonly redisCpuMs: number
  readonly mariadbCpuMs: number
}

/** A Redis that appends to a file and a MariaDB with its defaults, which flushes each commit to the disk. Both keep what they have below `folder`. */
export class Ground implements AsyncDisposable {
  readonly #redis: RedisServer
  readonly #mariadb: MariadbServer

  private constructor(redis: RedisServer, mariadb: MariadbServer) {
    this.#redis = redis
    this.#mariadb = mariadb
  }

  static async lay(folder: string): Promise<Ground> {
    const [redis, mariadb] = await Promise.all([
      RedisServer.start({ keeps: true, parent: folder }),
      MariadbServer.start({ parent: folder }),
    ])
    // However this program ends.
    process.on('exit', () => void Promise.all([redis.stop(), mariadb.kill()]))
    return new Ground(redis, mariadb)
  }

  get redisUrl(): string {
    return this.#redis.url
  }

  /** A fresh database. */
  database(): Promise<string> {
    return this.#mariadb.database()
  }

  /** Used since their start. */
  cpu(): Services {
    return { redisCpuMs: cpuMsOf(this.#redis.pid), mariadbCpuMs: cpuMsOf(this.#mariadb.pid) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#redis[Symbol.asyncDispose](), this.#mariadb[Symbol.asyncDispose]()])
  }
}

export interface ClusterPlace {
  readonly ground: Ground
  readonly databaseUrl: string
  /** Common to the nodes. */
  readonly dataDir: string
  readonly profileDir: string | null
}

/** Nodes that serve together. What they have used is the sum of all of them, without Redis and the database. */
export class Cluster implements Measured {
  readonly name: string
  readonly nodes: readonly Subject[]

  private constructor(name: string, nodes: readonly Subject[]) {
    this.name = name
    this.nodes = nodes
  }

  static async start({ ground, ...where }: ClusterPlace, count = 2): Promise<Cluster> {
    const nodes: Subject[] = []
    // One after the other: the first makes the tables and the demo app.
    while (nodes.length < count)
      nodes.push(await startParlance({ ...where, redisUrl: ground.redisUrl }, `parlance node ${nodes.length + 1}`))
    return new Cluster('parlance, two nodes', nodes)
  }

  /** Where the client of that number connects: they are spread evenly. */
  portFor(index: number): number {
    return this.nodes[index % this.nodes.length]!.port
  }

  async sample(): Promise<Sample> {
    return sum(await Promise.all(this.nodes.map((node) => node.sample())))
  }

  async settle(): Promise<Sample> {
    return sum(await Promise.all(this.nodes.map((node) => node.settle())))
  }

  async giveBack(): Promise<Sample> {
    return sum(await Promise.all(this.nodes.map((node) => node.giveBack())))
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }
}

function sum(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => samples.reduce((total, sample) => total + pick(sample), 0)
  return {
    cpuMs: of(({ cpuMs }) => cpuMs),
    rssBytes: of(({ rssBytes }) => rssBytes),
    heapBytes: of(({ heapBytes }) => heapBytes),
  }
}

/** User and system time of a process and its threads, as Linux counts it: in hundredths of a second. */
function cpuMsOf(pid: number | null): number {
  if (pid === null) throw new Error('a service of the nodes has ended')
  // The second field, a name in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / clockTicksPerSecond
}
