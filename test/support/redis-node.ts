import { randomUUID } from 'node:crypto'
import type { NodeTimes } from '../../src/buses/redis/node-times.ts'
import { RedisBus } from '../../src/buses/redis/redis-bus.ts'
import { RedisConnections } from '../../src/buses/redis/redis-connection.ts'
import { RedisLink } from '../../src/buses/redis/redis-link.ts'
import { RedisNodes } from '../../src/buses/redis/redis-nodes.ts'
import type { Delivery } from '../../src/core/event.ts'
import type { AppId } from '../../src/core/model.ts'
import type { NodeCard } from '../../src/core/nodes.ts'
import { RecordedLog } from './recorded-log.ts'
import type { RedisServer } from './redis-server.ts'

/** Of the tests: a second where a real node takes ten. */
export const quickTimes: NodeTimes = { beatMs: 50, ttlMs: 400, graceMs: 300, leaseMs: 400 }

const prefix = 'test'
const apps = ['seoul', 'incheon'] as AppId[]

/** One of several nodes, all in this process. */
export class RedisNode implements AsyncDisposable {
  readonly log = new RecordedLog()
  readonly connections: RedisConnections
  readonly link: RedisLink
  readonly bus: RedisBus
  readonly nodes: RedisNodes
  /** What its bus told. */
  readonly heard: Delivery[] = []

  constructor(redis: { readonly url: string }, { times = quickTimes }: { times?: NodeTimes } = {}) {
    const id = randomUUID()
    const { log } = this
    this.connections = new RedisConnections({
      url: redis.url,
      name: 'test',
      log,
      commandTimeoutMs: 300,
      silenceMs: 500,
    })
    this.link = new RedisLink({ connections: this.connections, id, prefix, log })
    this.bus = new RedisBus({ link: this.link, apps, log })
    this.nodes = new RedisNodes({ link: this.link, prefix, card: cardOf(id), times, log })
    this.bus.listen((delivery) => this.heard.push(delivery))
  }

  /** Some that know each other. */
  static async several(redis: RedisServer, count: number): Promise<RedisNode[]> {
    const nodes = Array.from({ length: count }, () => new RedisNode(redis))
    await until('all know each other', () =>
      nodes.every(({ nodes: { all }, link }) => all.length === count && link.state.connected),
    )
    return nodes
  }

  get id(): string {
    return this.nodes.id
  }

  /** As a process that is killed: without a good-bye. */
  die(): void {
    this.connections.close()
  }

  async close(): Promise<void> {
    await this.nodes.close()
    this.connections.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function cardOf(id: string): NodeCard {
  return { id, url: `http://${id}`, version: '1', settings: 's', files: 'f', startedAt: 1 }
}

/** Looks again and again, for what comes from another process without a word. */
export async function until(what: string, isSo: () => boolean, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
