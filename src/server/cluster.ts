import { createHash, randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { RedisBus } from '../buses/redis/redis-bus.ts'
import { RedisConnections } from '../buses/redis/redis-connection.ts'
import { RedisLink } from '../buses/redis/redis-link.ts'
import { RedisNodes } from '../buses/redis/redis-nodes.ts'
import { RedisWatch } from '../buses/redis/redis-watch.ts'
import type { Config } from '../config.ts'
import type { Settings } from '../config/table.ts'
import type { Log } from '../core/ports.ts'
import { version } from '../version.ts'
import type { Metrics } from './metrics.ts'

/** What a server has besides the rest when it is one of several. */
export interface Cluster {
  readonly connections: RedisConnections
  readonly link: RedisLink
  readonly bus: RedisBus
  readonly nodes: RedisNodes
  /** For the broom. */
  readonly watch: RedisWatch
  /** It listens, so that the others can reach it. `files` names the folder of uploaded files. */
  readonly introduce: (listening: string, files: string) => void
  /** Says good-bye to the others. After everything that uses it. */
  readonly close: () => Promise<void>
}

/** These may differ from node to node. */
const ownSettings: ReadonlySet<string> = new Set<keyof Settings>([
  'host',
  'port',
  'nodeUrl',
  'dataDir',
  'configFile',
  'databaseUrl',
  'redisUrl',
  'logLevel',
  'trustedProxyHops',
  'metricsToken',
  'drainTimeoutMs',
  'drainDelayMs',
  'drainSpreadMs',
  'maxConnections',
  'maxConnectionsPerAddress',
])

/** With these settings a server is one of several, or may be. */
export function isClustered({ databaseUrl, redisUrl }: Settings): boolean {
  return databaseUrl !== null && redisUrl !== null
}

/** Waits for nothing: a Redis that isn't there is dialled until it is. */
export function openCluster(config: Config, log: Log): Cluster {
  const { settings, apps } = config
  const { redisUrl, redisPrefix: prefix } = settings
  const connections = new RedisConnections({ url: redisUrl ?? '', name: 'parlance', log })
  const id = randomUUID()
  const link = new RedisLink({ connections, id, prefix, log })
  const bus = new RedisBus({ link, apps: apps.map((app) => app.id), log })
  const card = { url: '', version, settings: settingsDigest(config), files: '', startedAt: Date.now() }
  const nodes = new RedisNodes({ link, prefix, card: { ...card, id }, log })
  return {
    connections,
    link,
    bus,
    nodes,
    watch: new RedisWatch(link.commands, log),
    introduce: (listening, files) => nodes.introduce({ ...card, files, url: nodeUrl(settings, listening) }),
    close: async () => {
      await nodes.close()
      connections.close()
    },
  }
}

/** Where the others reach a server that listens at `listening`. */
export function nodeUrl({ nodeUrl: configured, host }: Pick<Settings, 'nodeUrl' | 'host'>, listening: string): string {
  if (configured !== null) return configured
  if (host !== '0.0.0.0' && host !== '::') return listening
  const addresses = Object.values(networkInterfaces()).flatMap((ofOne) => ofOne ?? [])
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  return `http://${own?.address ?? '127.0.0.1'}:${new URL(listening).port}`
}

/** Differs when nodes are configured differently where they mustn't. Tells nothing of the secrets that are part of it. */
export function settingsDigest({ settings, apps }: Config): string {
  const common = Object.entries(settings).filter(([name]) => !ownSettings.has(name))
  return createHash('sha256')
    .update(JSON.stringify([common, apps]))
    .digest('base64url')
}

/** What the nodes say to each other, counted. */
export function measureCluster({ link, nodes }: Cluster, metrics: Metrics): void {
  metrics.gauge('nodes', 'The nodes that are alive, this one included.', () => nodes.all.length)
  metrics.gauge('nodes_heard', 'Whether the other nodes are heard over Redis.', () => (link.state.connected ? 1 : 0))
  metrics.gauge('bus_seconds', 'How long what another node says takes to come, on average, by both clocks.', () =>
    link.latencyMs === null ? [] : link.latencyMs.mean / 1000,
  )
  metrics.counter('bus_published_total', 'What was said to other nodes.', () => link.published)
  metrics.counter('bus_heard_total', 'What was heard from other nodes.', () => link.heard)
  metrics.counter('bus_gaps_total', 'How often something that others said may have been missed.', () => link.gaps)
  metrics.counter('bus_dropped_total', 'What was not said to, or not taken from, other nodes, by the reason.', () =>
    Object.entries(link.dropped).map(([type, count]) => [count, { type }]),
  )
}
