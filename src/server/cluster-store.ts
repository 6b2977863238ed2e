import { RedisRoomLog } from '../buses/redis/room-log.ts'
import type { Settings } from '../config/table.ts'
import type { Hub } from '../core/hub.ts'
import type { Log } from '../core/ports.ts'
import type { CommitWatch } from '../stores/commit-watch.ts'
import { ClusterStore } from '../stores/mysql/cluster-store.ts'
import type { Cluster } from './cluster.ts'

interface ClusterStoreSurroundings {
  readonly hub: Hub
  readonly log: Log
  readonly watch: CommitWatch
  readonly waits: (what: string | null) => void
}

/** The store of one of several nodes, with the log that they have in common. Rejects with a `DatabaseError` when it can't serve. */
export async function openClusterStore(
  { databaseUrl, redisUrl, redisPrefix: prefix, ack }: Settings,
  { nodes, bus }: Cluster,
  { hub, log, watch, waits }: ClusterStoreSurroundings,
): Promise<ClusterStore> {
  const ids = (): string[] => nodes.all.map(({ id }) => id)
  const roomLog = new RedisRoomLog({ url: redisUrl ?? '', prefix, nodeId: nodes.id, nodes: ids, log })
  const store = await ClusterStore.open({
    url: databaseUrl ?? '',
    roomLog,
    nodes,
    told: (delivery) => bus.hear(delivery),
    isWanted: (appId, roomId) => hub.hears(appId, roomId),
    ack,
    log,
    now: Date.now,
    watch,
    waits,
  })
  bus.screen = (delivery) => store.isNews(delivery)
  return store
}
