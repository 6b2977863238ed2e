import type { RedisRoomLog } from '../buses/redis/room-log.ts'
import type { ClusterStore } from '../stores/mysql/cluster-store.ts'
import type { Metrics } from './metrics.ts'

/** What becomes of the entries of rooms, from the log in Redis to the database. */
export function measureRoomLog(log: RedisRoomLog, store: ClusterStore, metrics: Metrics): void {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
  metrics.gauge('log_writable', 'Whether rooms can be written by way of Redis.', () => (log.failure === null ? 1 : 0))
  metrics.gauge('log_partitions', 'The parts of the log that this node brings to the database.', () => {
    return partitions.filter((partition) => log.brings(partition)).length
  })
  metrics.gauge('log_lag_seconds', 'How long the last append that was timed took until this node read it.', () =>
    log.lagMs === null ? [] : log.lagMs / 1000,
  )
  metrics.gauge('log_unsettled', 'Entries that are in Redis and not known to be in the database.', () => {
    return store.counts.unsettled
  })
  metrics.counter('log_appends_total', 'Appends, by what became of them; those refused are decided again.', () => {
    const { appended, refused, failed } = log.counts
    return [
      [appended, { type: 'appended' }],
      [refused, { type: 'refused' }],
      [failed, { type: 'failed' }],
    ]
  })
  metrics.counter('log_read_total', 'Entries that this node read.', () => log.counts.read)
  metrics.counter(
    'log_dropped_total',
    'Entries that no node of ours wrote.',
    () => log.counts.dropped + store.counts.dropped,
  )
  metrics.counter('log_losses_total', 'How often Redis had lost what this node remembered.', () => log.counts.losses)
  metrics.counter('log_retried_total', 'Commands that were decided again, because another node was faster.', () => {
    return store.counts.retried
  })
  metrics.counter(
    'log_voided_total',
    'Entries that followed upon what was lost. Nobody was told that they are kept.',
    () => {
      return store.counts.voided
    },
  )
}
