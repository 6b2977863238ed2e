import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AnsweredRequest } from '../http/application.ts'
import type { Bus, Store } from '../core/ports.ts'
import type { Hub } from '../core/hub.ts'
import type { CommitWatch } from '../stores/commit-watch.ts'
import { version } from '../version.ts'
import { WireCounters } from '../wire/counters.ts'
import { processMetrics } from './process-metrics.ts'

const milliseconds = 1 / 1000
const commitBuckets = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5]
const requestBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
const wireHelp = {
  opened: 'Connections that were opened.',
  closed: 'Connections that are gone.',
  refused: 'Turned away before they were connections: limits, or the server drains.',
  slow: 'Closed because too much waited for them.',
  stale: 'Given up because nothing came from them.',
  invalid: 'Closed for bytes that are no message.',
  faults: 'Lost without a goodbye.',
  bugs: 'Handlers that threw: a mistake of ours.',
} as const satisfies Record<keyof WireCounters, string>

/**
 * What the server counts, for Prometheus. The hot paths add to plain numbers, of a connection, of a group of listeners, of a
 * kind of event; what they come to is read when somebody asks. No label takes its value from a client.
 */
export class Metrics implements CommitWatch {
  readonly #registry = new Registry()
  readonly #wires = new Map<string, WireCounters>()
  readonly #requests = new Counter({
    name: 'parlance_http_requests_total',
    help: 'Answered requests, without those of SockJS and Socket.IO.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.#registry],
  })
  readonly #requestSeconds = new Histogram({
    name: 'parlance_http_request_seconds',
    help: 'How long answers took.',
    labelNames: ['status'],
    buckets: requestBuckets,
    registers: [this.#registry],
  })
  readonly #commits = new Histogram({
    name: 'parlance_store_commit_seconds',
    help: 'How long commits took; many writes share one.',
    buckets: commitBuckets,
    registers: [this.#registry],
  })
  #written = 0
  #lost = 0

  constructor() {
    this.gauge('info', 'Always 1.', () => [[1, { version }]])
    this.gauge('connections', 'Open connections.', () =>
      this.#perWire(({ opened, closed }) => Math.max(0, opened - closed)),
    )
    for (const [name, help] of Object.entries(wireHelp) as [keyof WireCounters, string][])
      this.counter(`connections_${name}_total`, help, () => this.#perWire((counters) => counters[name]))
    this.counter('store_writes_total', 'Writes that are durable.', () => this.#written)
    this.counter('store_lost_writes_total', 'Writes that failed; nobody was told that they happened.', () => this.#lost)
  }

  /** New counters of a wire, or of a protocol that has one to itself. */
  wire(name: string): WireCounters {
    const counters = new WireCounters()
    this.#wires.set(name, counters)
    return counters
  }

  /** Follows what is said to whom, and the store. */
  watch({ bus, hub, store }: { bus: Bus; hub: Hub; store: Store }): void {
    const events = new Map<string, number>()
    bus.listen(({ event: { type } }) => events.set(type, (events.get(type) ?? 0) + 1))
    this.counter('events_total', 'What happened in rooms and channels, by its type.', () =>
      [...events].map(([type, count]) => [count, { type }]),
    )
    const perProtocol = (which: 'encoded' | 'delivered') => (): Sample[] =>
      [...hub.counts].map(([protocol, counts]) => [counts[which], { protocol }])
    this.counter('encodings_total', 'Events that became bytes, once for all who get the same.', perProtocol('encoded'))
    this.counter('deliveries_total', 'Copies of events, one for each listener.', perProtocol('delivered'))
    this.gauge('store_waiting_writes', 'Writes that were asked for and are not durable yet.', () => store.waiting)
  }

  /** Takes durations in milliseconds. */
  histogram(name: string, help: string): (ms: number) => void {
    const registers = [this.#registry]
    const seconds = new Histogram({ name: `parlance_${name}`, help, buckets: commitBuckets, registers })
    return (ms) => seconds.observe(ms * milliseconds)
  }

  /** What is read when somebody asks: a number, or one for each set of labels. `parlance_` comes before the name. */
  gauge(name: string, help: string, read: () => Reading): void {
    new Gauge({
      name: `parlance_${name}`,
      help,
      registers: [this.#registry],
      labelNames: ['wire', 'protocol', 'type', 'version'],
      collect() {
        this.reset()
        for (const [value, labels] of samplesOf(read())) this.set(labels, value)
      },
    })
  }

  /** The same for what only grows. */
  counter(name: string, help: string, read: () => Reading): void {
    new Counter({
      name: `parlance_${name}`,
      help,
      registers: [this.#registry],
      labelNames: ['wire', 'protocol', 'type', 'version'],
      collect() {
        this.reset()
        for (const [value, labels] of samplesOf(read())) this.inc(labels, value)
      },
    })
  }

  committed(writes: number, elapsedMs: number): void {
    this.#written += writes
    this.#commits.observe(elapsedMs * milliseconds)
  }

  lost(writes: number): void {
    this.#lost += writes
  }

  answered({ method, route, status, elapsedMs }: AnsweredRequest): void {
    // Whoever asks for what isn't there may do so in any of three dozen methods.
    this.#requests.inc(route === null ? { method: '', route: '', status } : { method, route, status })
    this.#requestSeconds.observe({ status: `${Math.floor(status / 100)}xx` }, elapsedMs * milliseconds)
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    return Registry.merge([this.#registry, processMetrics()]).metrics()
  }

  #perWire(read: (counters: WireCounters) => number): Sample[] {
    return [...this.#wires].map(([wire, counters]) => [read(counters), { wire }])
  }
}

type Sample = readonly [value: number, labels: Record<string, string>]
type Reading = number | readonly Sample[]

function samplesOf(reading: Reading): readonly Sample[] {
  return typeof reading === 'number' ? [[reading, {}]] : reading
}
