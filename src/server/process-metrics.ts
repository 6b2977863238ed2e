import { collectDefaultMetrics, Registry } from 'prom-client'

/** Looking these up takes longer the more connections there are, and stops the event loop meanwhile. */
const costly = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'process_open_fds',
]

let registry: Registry | null = null

/** Memory, processor time, garbage collection and the lag of the event loop: of the process, whatever servers are in it. Measured from the first call on. */
export function processMetrics(): Registry {
  if (registry) return registry
  registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of costly) registry.removeSingleMetric(name)
  return registry
}
