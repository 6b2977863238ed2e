import { RedisRoomLog } from '../buses/redis/room-log.ts'
import type { Settings } from '../config/table.ts'
import type { Hub } from '../core/hub.ts'
import type { Log } from '../core/ports.ts'
import { ClusterStore } from '../stores/mysql/cluster-store.ts'
import type { Cluster } from './cluster.ts'
import type { Metrics } from './metrics.ts'
import { measureRoomLog } from './room-log-metrics.ts'

interface ClusterStoreSurroundings {
  readonly hub: Hub
  readonly log: Log
  readonly metrics: Metrics
  readonly waits: (what: string | null) => void
}

/** The store of one of several nodes, with the log that they have in common. Rejects with a `DatabaseError` when it can't serve. */
export async function openClusterStore(
  { databaseUrl, redisPrefix: prefix, ack }: Settings,
  { connections, nodes, bus }: Cluster,
  { hub, log, metrics, waits }: ClusterStoreSurroundings,
): Promise<ClusterStore> {
  const ids = (): string[] => nodes.all.map(({ id }) => id)
  const appended = metrics.histogram('log_append_seconds', 'How long appends took until Redis had answered.')
  const roomLog = new RedisRoomLog({ connections, prefix, nodeId: nodes.id, nodes: ids, log, appended })
  const store = await ClusterStore.open({
    url: databaseUrl ?? '',
    roomLog,
    nodes,
    told: (delivery) => bus.hear(delivery),
    isWanted: (appId, roomId) => hub.hears(appId, roomId),
    ack,
    log,
    now: Date.now,
    watch: metrics,
    waits,
  })
  measureRoomLog(roomLog, store, metrics)
  bus.screen = (delivery) => store.isNews(delivery)
  return store
}
