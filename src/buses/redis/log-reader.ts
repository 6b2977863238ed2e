import type { Redis } from 'ioredis'
import type { LogCheck, LogPartition } from './log-partition.ts'
import { checkScript } from './log-scripts.ts'

export interface LogReaderOptions {
  /** For this reader alone: it waits at the server. */
  readonly client: Redis
  /** To a server that may be asked to let this reader go on. */
  readonly commands: Redis
  readonly partitions: readonly LogPartition[]
  /** How long the server holds a question to which there is no answer yet. */
  readonly blockMs: number
  readonly redial: (client: Redis) => void
  readonly checked: () => void
  readonly failed: (error: unknown) => void
}

type Streams = [key: string, entries: [id: string, fields: string[] | null][]][]

/** Of each partition at once. What is behind by more comes with the next answer. */
const maxEntries = 200
const pauseMs = 500

/**
 * Reads some partitions over one connection. On each new connection, every one is checked before anything more is read of it: that
 * may be another server, or one that forgot something.
 */
export class LogReader {
  readonly #options: LogReaderOptions
  readonly #byKey: ReadonlyMap<string, LogPartition>
  /** Of the connection, in Redis. */
  #clientId: number | null = null
  #wake: (() => void) | null = null
  #isWaiting = false
  #isNudged = false
  #closed = false
  /** By `performance.now()`. */
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(options: LogReaderOptions) {
    this.#options = options
    this.#byKey = new Map(options.partitions.map((partition) => [partition.keys.log, partition]))
    options.client.on('close', () => this.#wake?.())
  }

  start(): void {
    const { client } = this.#options
    client.on('ready', () => void this.#read())
    if (client.status === 'ready') void this.#read()
  }

  /** How long ago the server last answered. */
  get silentMs(): number {
    return performance.now() - this.#answeredAt
  }

  /** Something is to be checked, or read again. */
  nudge(): void {
    this.#isNudged = true
    this.#wake?.()
    if (!this.#isWaiting || this.#clientId === null) return
    this.#options.commands.client('UNBLOCK', this.#clientId).catch(ignore)
  }

  /** Dials anew. */
  redial(): void {
    this.#options.redial(this.#options.client)
  }

  /** Reads no more. */
  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  disconnect(): void {
    this.#options.client.disconnect()
  }

  /** For as long as the connection lasts. */
  async #read(): Promise<void> {
    const { client, partitions } = this.#options
    // What ends with this connection, and not with the next one.
    const { stream } = client
    const isOpen = (): boolean => !this.#closed && client.stream === stream && client.status === 'ready'
    for (const partition of partitions) partition.suspect()
    this.#clientId = null
    while (isOpen()) {
      try {
        this.#clientId ??= Number(await client.client('ID'))
        this.#isNudged = false
        await this.#check()
        if (isOpen()) await this.#readOnce()
      } catch (error) {
        if (!isOpen()) return
        this.#options.failed(error)
        await this.#pause(pauseMs)
        if (isElsewhere(error)) this.redial()
      }
    }
  }

  async #check(): Promise<void> {
    const { client, partitions } = this.#options
    const suspects = partitions.filter(({ isSuspect, state }) => isSuspect && state !== 'recovering')
    if (suspects.length === 0) return
    const checks = suspects.map(async (partition) => {
      const { epoch, log, settled } = partition.keys
      const { position, mark } = partition
      const answer = await checkScript.run(client, [epoch, log, settled], [mark === '' ? '' : position, mark])
      partition.judge(checkOf(answer))
    })
    // All of them, so that none is answered after the next question.
    const failure = (await Promise.allSettled(checks)).find((check) => check.status === 'rejected')
    this.#answeredAt = performance.now()
    this.#options.checked()
    if (failure) throw failure.reason
  }

  async #readOnce(): Promise<void> {
    const { client, partitions, blockMs } = this.#options
    const readable = partitions.filter(({ state }) => state === 'reading')
    if (readable.length === 0 || this.#isNudged) return void (this.#isNudged || (await this.#pause(blockMs)))
    const keys = readable.map(({ keys: { log } }) => log)
    const positions = readable.map(({ position }) => position)
    this.#isWaiting = true
    const answering = client.xread('COUNT', maxEntries, 'BLOCK', blockMs, 'STREAMS', ...keys, ...positions)
    const streams = (await answering.finally(() => (this.#isWaiting = false))) as Streams | null
    this.#answeredAt = performance.now()
    for (const [key, entries] of streams ?? []) this.#byKey.get(key)?.take(entries)
  }

  async #pause(forMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, forMs)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    this.#wake = null
  }
}

/** The server says that another one is to be asked. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|ASK|READONLY|CLUSTERDOWN|UNBLOCKED) /.test(error.message)
}

function checkOf(answer: unknown): LogCheck {
  if (!Array.isArray(answer)) throw new Error('Redis answered the check of the log with something else')
  const [epoch, last, settled, verdict] = answer.map(String)
  return { epoch: epoch ?? '', last: last ?? '', settled: settled ?? '', verdict: verdict ?? '' }
}

function ignore(): void {
  // It goes on by itself, a moment later.
}
