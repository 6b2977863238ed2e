import { join } from 'node:path'
import { ProcessBus } from '../buses/process-bus.ts'
import type { Config } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import type { Settings } from '../config/table.ts'
import { Broom } from '../core/broom.ts'
import { Chat } from '../core/chat.ts'
import { Hub } from '../core/hub.ts'
import { RateLimit } from '../core/limits.ts'
import type { Bus, Clock, Log, Store } from '../core/ports.ts'
import { Presence } from '../core/presence.ts'
import { Sessions } from '../core/session.ts'
import { seedDemo } from '../demo-seed.ts'
import { DiskFileStore } from '../http/disk-file-store.ts'
import { Admission } from '../wire/admission.ts'
import { CounterLog } from '../wire/counter-log.ts'
import { Outbox } from '../wire/outbox.ts'
import type { WebSocketOptions } from '../wire/websocket.ts'
import { Metrics } from './metrics.ts'
import { openStore } from './open-store.ts'

/** What all protocols stand on. */
export interface House {
  readonly settings: Settings
  readonly apps: readonly AppConfig[]
  readonly store: Store
  readonly bus: Bus
  readonly hub: Hub
  readonly chat: Chat
  readonly presence: Presence
  readonly sessions: Sessions
  readonly broom: Broom
  readonly files: DiskFileStore
  /** A limit that the broom looks after. */
  readonly limit: (perSecond: number, burst: number) => RateLimit
  readonly metrics: Metrics
  /** What the WebSockets of all protocols have in common; the limits on connections count them together, the metrics as those of `name`. */
  readonly wire: (name: string) => Omit<WebSocketOptions, 'accept' | 'dialect'>
  readonly log: Log
  readonly now: Clock
}

/** Rejects with a `StoreFileError` or a `DatabaseError` when the store can't serve. */
export async function openHouse(config: Config, log: Log): Promise<House> {
  const now = Date.now
  const { settings, apps, demo } = config
  const metrics = new Metrics()
  const store = await openStore(config, log, { alone: true, watch: metrics })
  if (demo) await seedDemo(store)
  const bus = new ProcessBus(log)
  const broom = new Broom()
  const limit = (perSecond: number, burst: number): RateLimit => {
    const rate = new RateLimit({ perSecond, burst, now })
    broom.add(rate)
    return rate
  }
  // The first to listen: what it says goes out before others answer to the same event, with a close for instance.
  const hub = new Hub(bus, log)
  const presence = new Presence({ bus, now, debounceMs: settings.presenceDebounceMs })
  broom.add(presence)
  const chat = new Chat({
    store,
    bus,
    now,
    rate: limit(settings.messagesPerSecond, settings.messageBurst),
    maxBodyChars: settings.messageMaxChars,
    maxDetailChars: settings.messageMaxChars,
  })
  const files = await DiskFileStore.open({
    folder: join(settings.dataDir, 'files'),
    imageMaxPixels: settings.imageMaxPixels,
    thumbnailPixels: settings.thumbnailPixels,
    extensions: settings.uploadExtensions,
  })
  const sessions = new Sessions(bus)
  metrics.watch({ bus, hub, store })
  const shared = wireOptions(settings, log)
  const wire: House['wire'] = (name) => {
    const counters = metrics.wire(name)
    broom.add(new CounterLog(name, counters, log))
    return { ...shared, counters }
  }
  const kept = { store, files, metrics }
  return { settings, apps, bus, hub, chat, presence, sessions, broom, limit, wire, log, now, ...kept }
}

function wireOptions(settings: Settings, log: Log): ReturnType<House['wire']> {
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
