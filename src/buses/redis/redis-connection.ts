import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { AbstractConnector, Cluster, Command, Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../../core/ports.ts'
import { parseRedisAddress, type RedisAddress } from './redis-address.ts'

/** Commands are the same on both. In a cluster, all keys of a command or script must share a hash tag. */
export type RedisClient = Redis | Cluster

export interface RedisConnectionsOptions {
  /** As PARLANCE_REDIS_URL. May hold a password, so it is never logged. */
  readonly url: string
  /** What Redis calls the connections in CLIENT LIST. */
  readonly name: string
  readonly log: Log
  /** A command that isn't answered for so long fails; nobody knows then whether it was done. Default 2 s. */
  readonly commandTimeoutMs?: number
  /** A server that owes answers and says nothing for so long is gone, and is dialled anew. Default 5 s. */
  readonly silenceMs?: number
}

type Host = RedisAddress['hosts'][number]

const firstPauseMs = 50
const maxPauseMs = 2000
const pingEveryMs = 2000
const redialEveryMs = 1000
const graceMs = 300

/**
 * Connections to the Redis of the settings: one server, what sentinels call the master, or a cluster. Each dials again for ever.
 * No command waits for a connection, and none is sent twice: one that can't be sent, or whose connection is lost before the
 * answer, rejects. Only what a cluster's node refused because another has the key is sent on to that one.
 *
 * Whoever subscribes does it at each `ready` of the client, nothing is subscribed anew by itself.
 */
export class RedisConnections {
  readonly address: RedisAddress
  readonly #options: Required<RedisConnectionsOptions>
  readonly #clients = new Set<RedisClient>()
  /** Those that are not connected. An outage begins with the first and ends with the last. */
  readonly #waiting = new Set<RedisClient>()
  readonly #subscribers = new Set<Redis>()
  /** Knows which node of a cluster has which key. */
  #map: Cluster | null = null
  #pings: NodeJS.Timeout | null = null
  readonly #redials = new WeakMap<RedisClient, () => boolean>()
  /** Of each client's stream as it is now. */
  readonly #flushes = new WeakMap<RedisClient, () => void>()
  /** Until an outage is one, and not a client that dials anew. */
  #grace: NodeJS.Timeout | null = null
  #isOut = false
  #reason = 'the connection was closed'
  #closed = false

  /** Throws when the address can't be read. Dials nothing yet. */
  constructor(options: RedisConnectionsOptions) {
    this.address = parseRedisAddress(options.url)
    this.#options = { commandTimeoutMs: 2000, silenceMs: 5000, ...options }
  }

  get isCluster(): boolean {
    return this.address.kind === 'cluster'
  }

  get silenceMs(): number {
    return this.#options.silenceMs
  }

  /** For commands that are answered at once, on any keys. */
  command(): RedisClient {
    const { commandTimeoutMs: commandTimeout } = this.#options
    return this.isCluster ? this.#cluster({ commandTimeout }) : this.#single({ commandTimeout })
  }

  /** As `command`, but one connection to one server, also in a cluster: to the node that has the key, see `blocking`. */
  commandAt(key: string): Redis {
    const { commandTimeoutMs: commandTimeout } = this.#options
    return this.isCluster ? this.#routed(slotOf(key), { commandTimeout }) : this.#single({ commandTimeout })
  }

  /** For SUBSCRIBE and its like. What is published anywhere in a cluster is heard everywhere. */
  subscriber(): Redis {
    const client = this.isCluster ? this.#routed(null, {}) : this.#single({})
    this.#subscribers.add(client)
    // One that hears nothing owes no answer: without this, a server that went without a word would never be missed.
    this.#pings ??= setInterval(() => {
      for (const subscriber of this.#subscribers) if (subscriber.status === 'ready') subscriber.ping().catch(ignore)
    }, pingEveryMs).unref()
    return client
  }

  /**
   * For commands that wait at the server, for less than `silenceMs`. In a cluster it goes to the node that has the key, which
   * is looked up at each connect: after MOVED, `redial`.
   */
  blocking(key: string): Redis {
    return this.isCluster ? this.#routed(slotOf(key), {}) : this.#single({})
  }

  /** Dials anew, as when the server says that another one is to be asked. Not more often than once a second. */
  redial(client: RedisClient): void {
    let mayRedial = this.#redials.get(client)
    if (!mayRedial) this.#redials.set(client, (mayRedial = onceIn(redialEveryMs)))
    if (client.status === 'ready' && mayRedial()) client.disconnect(true)
  }

  /**
   * What the client was told to say leaves now, and not at the end of the turn: from within a `setImmediate`, that would be the end of
   * the next one.
   */
  sendNow(client: Redis): void {
    this.#flushes.get(client)?.()
  }

  close(): void {
    this.#closed = true
    if (this.#grace) clearTimeout(this.#grace)
    if (this.#pings) clearInterval(this.#pings)
    for (const client of [...this.#clients].reverse()) client.disconnect()
    this.#map?.disconnect()
  }

  #single(options: { commandTimeout?: number }): Redis {
    const { kind, hosts, db, masterName, sentinelPassword, tls } = this.address
    const where =
      kind === 'sentinel'
        ? {
            sentinels: hosts.map(({ host, port }) => ({ host, port })),
            name: masterName ?? '',
            ...(sentinelPassword === null ? {} : { sentinelPassword }),
            ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
            sentinelRetryStrategy: pauseMs,
            sentinelReconnectStrategy: pauseMs,
            sentinelCommandTimeout: this.#options.commandTimeoutMs,
            // A master that was replaced while it can still be reached would go on to be read and written.
            failoverDetector: true,
          }
        : { ...hosts[0] }
    return this.#watched(new Redis({ ...this.#common(), ...where, db, retryStrategy: pauseMs, ...options }))
  }

  #cluster(options: { commandTimeout?: number }): Cluster {
    const client = new Cluster(
      this.address.hosts.map(({ host, port }) => ({ host, port })),
      {
        clusterRetryStrategy: pauseMs,
        enableOfflineQueue: false,
        // What a lost connection leaves unanswered is not sent again.
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        slotsRefreshInterval: 1000,
        // Certificates are made out for names.
        dnsLookup: (host, found) => found(null, host),
        redisOptions: { ...this.#common(), ...options },
      },
    )
    return this.#watched(client)
  }

  /** To one node of the cluster: the master that has the slot, or (null) any. */
  #routed(slot: number | null, options: { commandTimeout?: number }): Redis {
    // One listener of each client that looks its way up there.
    const map = (this.#map ??= this.#cluster({}).setMaxListeners(0))
    const route = async (): Promise<Host> => {
      if (map.status === 'ready') map.refreshSlotsCache()
      else await once(map, 'ready', { signal: AbortSignal.timeout(maxPauseMs) }).catch(ignore)
      const key = slot === null ? undefined : map.slots[slot]?.[0]
      if (key !== undefined) return hostAt(key)
      const { host, port } = anyOf(map.nodes('master'))?.options ?? {}
      return host !== undefined && port !== undefined ? { host, port } : (anyOf(this.address.hosts) as Host)
    }
    const Connector = routedBy(route, this.address.tls)
    return this.#watched(new Redis({ ...this.#common(), retryStrategy: pauseMs, Connector, ...options }))
  }

  #common() {
    const { username, password, tls } = this.address
    const { name, silenceMs } = this.#options
    const mayRedial = onceIn(redialEveryMs)
    return {
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
      // The only version of the protocol that every Redis, and every proxy before one, speaks.
      protocol: 2 as const,
      connectionName: name,
      disableClientInfo: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      // Rejects what is unanswered as soon as the connection is lost.
      maxRetriesPerRequest: 0,
      connectTimeout: silenceMs,
      socketTimeout: silenceMs,
      keepAlive: 10_000,
      disconnectTimeout: 500,
      // One that became a replica: the name may lead to another by now. The command is not sent again.
      reconnectOnError: (error: Error) => error.message.startsWith('READONLY') && mayRedial(),
    } satisfies RedisOptions
  }

  #watched<Client extends RedisClient>(client: Client): Client {
    this.#clients.add(client)
    this.#waiting.add(client)
    // An error that nobody listens to is printed by the library.
    client.on('error', (error: Error) => (this.#reason = error.message))
    client.on('ready', () => this.#isReady(client))
    client.on('close', () => this.#isLost(client))
    if (client instanceof Redis) client.on('connect', () => this.#flushes.set(client, gather(client.stream)))
    client.on('end', () => {
      this.#clients.delete(client)
      this.#waiting.delete(client)
      if (client instanceof Redis) this.#subscribers.delete(client)
    })
    return client
  }

  #isReady(client: RedisClient): void {
    this.#waiting.delete(client)
    if (this.#waiting.size > 0) return
    if (this.#grace) clearTimeout(this.#grace)
    this.#grace = null
    if (this.#isOut) this.#options.log.info({}, 'connected to Redis again')
    this.#isOut = false
  }

  #isLost(client: RedisClient): void {
    this.#waiting.add(client)
    if (this.#isOut || this.#closed) return
    this.#grace ??= setTimeout(() => {
      this.#grace = null
      this.#isOut = true
      this.#options.log.warn({ reason: this.#reason }, 'not connected to Redis, trying again until it is there')
    }, graceMs).unref()
  }
}

/** Before the next attempt. Not all at once, when many lost the same server. */
function pauseMs(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(attempt - 1, 10), maxPauseMs) * (0.75 + Math.random() / 4)
}

/** Dials where the route leads at that moment. */
function routedBy(route: () => Promise<Host>, tls: boolean) {
  return class extends AbstractConnector {
    constructor() {
      super(2000)
    }

    async connect(): ReturnType<AbstractConnector['connect']> {
      this.connecting = true
      const where = await route()
      // Rejecting ends the client, which is right when it was closed while the way was looked up.
      if (!this.connecting) throw new Error('the connection was closed')
      this.stream = tls ? connectSecurely(where) : connectPlain(where)
      this.stream.once('error', (error) => (this.firstError = error))
      return this.stream
    }
  }
}

/**
 * What is said in one turn of the event loop leaves in one system call: what is told of all partitions, and to everyone, is many
 * commands, and each had a call of its own. Returns what ends the turn before its time.
 */
function gather(stream: Redis['stream']): () => void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  let gathering: NodeJS.Immediate | null = null
  const flush = (): void => {
    if (!gathering) return
    clearImmediate(gathering)
    gathering = null
    stream.uncork()
  }
  stream.write = (...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = setImmediate(flush)
      stream.cork()
    }
    return write(...args)
  }
  return flush
}

/** True, and then false for so long. */
function onceIn(ms: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (now - last < ms) return false
    last = now
    return true
  }
}

function slotOf(key: string): number {
  return new Command('get', [key]).getSlot()
}

function hostAt(node: string): Host {
  const colon = node.lastIndexOf(':')
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) }
}

function anyOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)]
}

function ignore(): void {
  // A connection that is lost is told by its events.
}
