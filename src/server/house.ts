import { join } from 'node:path'
import { ProcessBus } from '../buses/process-bus.ts'
import { ProcessNodes } from '../buses/process-nodes.ts'
import type { Config } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import type { Settings } from '../config/table.ts'
import { Broom } from '../core/broom.ts'
import { Chat } from '../core/chat.ts'
import { Hub } from '../core/hub.ts'
import { RateLimit } from '../core/limits.ts'
import type { Nodes } from '../core/nodes.ts'
import type { Bus, Clock, Log, Store } from '../core/ports.ts'
import { Presence } from '../core/presence.ts'
import { SessionRenewal } from '../core/session-renewal.ts'
import { Sessions } from '../core/session.ts'
import { SharedLimits } from '../core/shared-limits.ts'
import { seedDemo } from '../demo-seed.ts'
import { DiskFileStore } from '../http/disk-file-store.ts'
import { Admission } from '../wire/admission.ts'
import { version } from '../version.ts'
import { CounterLog } from '../wire/counter-log.ts'
import { Farewell } from '../wire/farewell.ts'
import { Forwarding } from '../wire/forwarding.ts'
import { Outbox } from '../wire/outbox.ts'
import type { WebSocketOptions } from '../wire/websocket.ts'
import { openClusterStore } from './cluster-store.ts'
import { isClustered, measureCluster, openCluster, type Cluster } from './cluster.ts'
import { drainTimes } from './drain-times.ts'
import { Metrics } from './metrics.ts'
import { openStore } from './open-store.ts'

/** What all protocols stand on. */
export interface House {
  readonly settings: Settings
  readonly apps: readonly AppConfig[]
  readonly store: Store
  readonly bus: Bus
  readonly nodes: Nodes
  /** Null for a server that serves alone. */
  readonly cluster: Cluster | null
  readonly hub: Hub
  readonly chat: Chat
  readonly presence: Presence
  readonly sessions: Sessions
  readonly broom: Broom
  readonly files: DiskFileStore
  /** A limit that the broom looks after. With a name, the same on every node, it counts what is done on all of them. */
  readonly limit: (perSecond: number, burst: number, name?: string) => RateLimit
  readonly metrics: Metrics
  /** What the WebSockets of all protocols have in common; the limits on connections count them together, the metrics as those of `name`. */
  readonly wire: (name: string) => WireOptions
  /** To the nodes that have the sessions of requests that come here. Null for a server that serves alone. */
  readonly forwarding: Forwarding | null
  readonly log: Log
  readonly now: Clock
}

export interface WireOptions extends Omit<WebSocketOptions, 'accept' | 'dialect'> {
  readonly forwarding?: Forwarding
}

/**
 * Rejects with a `StoreFileError` or a `DatabaseError` when the store can't serve. `waits` hears what the opening waits for, in
 * words that strangers may read.
 */
export async function openHouse(
  config: Config,
  log: Log,
  waits: (what: string | null) => void = () => {},
): Promise<House> {
  const now = Date.now
  const { settings, apps, demo } = config
  const metrics = new Metrics()
  const cluster = isClustered(settings) ? openCluster(config, log) : null
  const bus = cluster?.bus ?? new ProcessBus(log)
  const nodes = cluster?.nodes ?? new ProcessNodes({ url: '', version, settings: '', files: '', startedAt: now() }, now)
  const broom = new Broom()
  const sharedLimits = cluster && new SharedLimits(nodes)
  // Before the limits, which forget who has spent nothing for a while.
  if (sharedLimits) broom.add(sharedLimits)
  const limit: House['limit'] = (perSecond, burst, name) => {
    const rate = new RateLimit({ perSecond, burst, now })
    broom.add(rate)
    if (name !== undefined) sharedLimits?.add(name, rate)
    return rate
  }
  // The first to listen: what it says goes out before others answer to the same event, with a close for instance.
  const hub = new Hub(bus, log)
  const store = cluster
    ? await openClusterStore(settings, cluster, { hub, log, metrics, waits })
    : await openStore(config, log, { alone: true, watch: metrics, waits })
  if (demo) await seedDemo(store)
  const presence = new Presence({
    bus,
    now,
    debounceMs: settings.presenceDebounceMs,
    ...(cluster && {
      elsewhere: { nodes, rooms: store.rooms, isHeard: (appId, roomId) => hub.hears(appId, roomId) },
    }),
  })
  broom.add(presence)
  if (cluster) broom.add(cluster.watch)
  if (cluster) measureCluster(cluster, metrics)
  const chat = new Chat({
    store,
    bus,
    now,
    rate: limit(settings.messagesPerSecond, settings.messageBurst, 'commands'),
    maxBodyChars: settings.messageMaxChars,
    maxDetailChars: settings.messageMaxChars,
  })
  const files = await DiskFileStore.open({
    folder: join(settings.dataDir, 'files'),
    shared: isClustered(settings),
    imageMaxPixels: settings.imageMaxPixels,
    thumbnailPixels: settings.thumbnailPixels,
    extensions: settings.uploadExtensions,
  })
  const sessions = new Sessions(bus)
  if (cluster) broom.add(new SessionRenewal({ sessions, nodes, users: store.users, now, log }))
  metrics.watch({ bus, hub, store })
  // Alone, there is nowhere else to go: whoever comes back finds this server again, or its successor.
  const farewell = new Farewell(() => (nodes.all.length > 1 ? drainTimes(settings).spreadMs : 0))
  const forwarding = cluster && openForwarding(settings, nodes, farewell, metrics)
  const shared = { ...wireOptions(settings, log), farewell, ...(forwarding && { forwarding }) }
  const wire: House['wire'] = (name) => {
    const counters = metrics.wire(name)
    broom.add(new CounterLog(name, counters, log))
    return { ...shared, counters }
  }
  const kept = { store, files, metrics, cluster, forwarding }
  return { settings, apps, bus, nodes, hub, chat, presence, sessions, broom, limit, wire, log, now, ...kept }
}

function openForwarding(settings: Settings, nodes: Nodes, farewell: Farewell, metrics: Metrics): Forwarding {
  const { trustedProxyHops: trustedHops, maxConnections: maxAtOnce } = settings
  const forwarding = new Forwarding({ nodes, trustedHops, maxAtOnce, farewell })
  metrics.gauge(
    'forwarding',
    'Requests and WebSockets that another node has, and that go through this one.',
    () => forwarding.atOnce,
  )
  metrics.counter('forwarded_total', 'Those that were passed on.', () => forwarding.passed)
  metrics.counter('forwarded_missing_total', 'Those that found nobody there.', () => forwarding.missed)
  return forwarding
}

function wireOptions(settings: Settings, log: Log): WireOptions {
  return {
    maxMessageBytes: settings.websocketMaxBytes,
    maxQueuedBytes: settings.outboxMaxBytes,
    pingAfterMs: settings.pingIntervalMs,
    trustedHops: settings.trustedProxyHops,
    admission: new Admission({
      maxLines: settings.maxConnections,
      maxLinesPerAddress: settings.maxConnectionsPerAddress,
    }),
    outbox: new Outbox(),
    onBug: (error) => log.error({ error }, 'a connection handler failed'),
  }
}
