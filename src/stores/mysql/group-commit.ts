import type { Connection } from 'mysql2/promise'
import { ChatError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { CommitWatch } from '../commit-watch.ts'
import { isConnectionLost, isDuplicate, isTransient, reasonOf, refusalOf, shortReasonOf } from './database.ts'
import { firstOf, run, type Database } from './statement.ts'
import { Transaction } from './transaction.ts'

interface Job {
  /** Writes, and returns what to answer. */
  readonly run: (database: Database) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  answer: unknown
  /** Heard only after the commit: what it was refused for may have been undone with the batch. */
  refusal: Error | null
}

export interface GroupCommitOptions {
  /** A connection that nobody else writes with, ready to be used. Rejects with a `DatabaseError` when it can't be had. */
  readonly connect: () => Promise<Connection>
  /** Names its batches. */
  readonly writer: string
  /**
   * Others write to the same tables. What they have just added can't be seen and can't be added again: such a batch runs once
   * more, and then sees it. Default false.
   */
  readonly shared?: boolean
  readonly log: Log
  /** Called after the jobs and before the commit: last writes that several jobs share. */
  readonly beforeCommit: (database: Database) => Promise<void>
  readonly committed: () => void
  /** Called when a batch was undone: whatever was remembered of it must go. */
  readonly undone: () => void
  /** How long a batch is tried again while the server is away. Default 10 s. */
  readonly patienceMs?: number
  readonly watch?: CommitWatch | null
}

const maxBatch = 1000
const firstPauseMs = 50
const maxPauseMs = 2000
/** Well below the time after which the server ends a quiet connection, see `openWriter`. */
const keepAliveMs = 1000
const pingTimeoutMs = 2000
/** How often others may come first with what a batch wants to add. */
const maxBeaten = 5

/**
 * What was asked for while the last commit was under way commits together: a round trip and a flush to disk is what a
 * commit costs, and hundreds of messages share one. Jobs run one after the other, in the order they came, on one
 * connection.
 *
 * A job must decide before it writes: one that throws a `ChatError` must have written nothing, and is refused alone. When
 * the server undoes a batch or goes away, the batch runs again, for some time; whether a commit that was cut off happened
 * is read from the batch's number. After any other error its jobs run once more, each as a batch of its own, so that a
 * fault in one (a value that can't be stored) is not everyone's.
 */
export class GroupCommit {
  readonly #options: Required<GroupCommitOptions>
  #queue: Job[] = []
  /** How many are in the batch that is being written. */
  #underWay = 0
  #running: Promise<void> | null = null
  #connection: Connection | null = null
  #number = 0
  /** The number of the batch whose commit was sent and not answered. */
  #unsure: number | null = null
  #closed = false
  /** By then, by the clock of this process, it gives up what it can't finish. */
  #closesAt = Number.POSITIVE_INFINITY
  #keeper: NodeJS.Timeout | null = null
  /** Why the database failed at the last batch; null when it didn't. For health checks. */
  failure: string | null = null

  constructor(options: GroupCommitOptions) {
    this.#options = { patienceMs: 10_000, watch: null, shared: false, ...options }
  }

  get waiting(): number {
    return this.#queue.length + this.#underWay
  }

  /**
   * Writes nothing but a batch's number when the last batch failed: while the failure stands, nobody may come with a write that
   * would show that it is over.
   */
  probe(): void {
    if (this.failure !== null && !this.#running && !this.#closed) this.write(() => null).catch(() => {})
  }

  /** Takes its place as the writer. Rejects with a `DatabaseError` when somebody has it. */
  async open(): Promise<void> {
    await this.#connected()
    this.#keeper = setInterval(() => this.#keepAlive(), keepAliveMs).unref()
  }

  /** Resolves with what `run` returned, once that is durable. */
  write<T>(run: (database: Database) => Promise<T> | T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve, reject, answer: undefined, refusal: null })
      if (!this.#running) this.#start()
    })
  }

  /** Commits what was accepted, then closes. What can't be committed for as long as a batch is tried is given up. */
  async close(): Promise<void> {
    this.#closed = true
    this.#closesAt = performance.now() + this.#options.patienceMs
    if (this.#keeper) clearInterval(this.#keeper)
    while (this.#running) await this.#running
    await this.#connection?.end().catch(() => this.#connection?.destroy())
  }

  #start(): void {
    this.#run(this.#runAll())
  }

  #run(running: Promise<void>): void {
    this.#running = running.finally(() => {
      this.#running = null
      // Came after the last look and before this.
      if (this.#queue.length > 0) this.#start()
    })
  }

  /** Alone on the connection: what waited behind it there would have no time limit. */
  #keepAlive(): void {
    if (this.#running || !this.#connection) return
    const pinging = this.#connection.query({ sql: 'DO 0', timeout: pingTimeoutMs })
    this.#run(
      pinging.then(
        () => {},
        () => this.#disconnect(),
      ),
    )
  }

  async #runAll(): Promise<void> {
    // All of this turn of the event loop, and not only who came first.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch)
      this.#underWay = batch.length
      try {
        await this.#commitPatiently(batch)
      } catch (error) {
        if (batch.length > 1 && !isConnectionLost(error)) await this.#commitApart(batch)
        else this.#fail(batch, error)
      }
      this.#underWay = 0
    }
  }

  async #commitApart(batch: readonly Job[]): Promise<void> {
    for (const job of batch) {
      try {
        await this.#commitPatiently([job])
      } catch (error) {
        this.#fail([job], error)
      }
    }
  }

  #fail(batch: readonly Job[], error: unknown): void {
    // Those of the server are its own; the others are a job's fault, and the store is well.
    if (isConnectionLost(error) || (error instanceof Error && 'errno' in error)) this.failure = shortReasonOf(error)
    this.#options.watch?.lost(batch.length)
    this.#options.log.error({ error, lost: batch.length }, 'the store could not write; nobody was told that it did')
    const refusal = refusalOf(error)
    for (const job of batch) job.reject(refusal)
  }

  async #commitPatiently(batch: readonly Job[]): Promise<void> {
    const { log, patienceMs, shared } = this.#options
    const startedAt = performance.now()
    const until = startedAt + patienceMs
    let beaten = 0
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      try {
        if (!(await this.#wasCommitted())) await this.#commit(batch)
        this.#settle(batch)
        this.#options.watch?.committed(batch.length, performance.now() - startedAt)
        return
      } catch (error) {
        this.#options.undone()
        const isLost = isConnectionLost(error)
        if (isLost) this.#disconnect()
        else await this.#rollback()
        const isBeaten = shared && beaten < maxBeaten && isDuplicate(error)
        if (isBeaten) beaten++
        const retryAt = performance.now() + pauseMs
        if (retryAt > this.#closesAt) throw error
        // A commit that was sent and never answered: nobody may be told that it failed. It is asked for until somebody knows.
        const isOver = (!isLost && !isBeaten && !isTransient(error)) || retryAt > until
        if (isOver && this.#unsure === null) throw error
        if (isLost) this.failure = shortReasonOf(error)
        log.warn({ reason: reasonOf(error), pauseMs }, 'a write is tried again')
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  async #wasCommitted(): Promise<boolean> {
    if (this.#unsure === null) return false
    const connection = await this.#connected()
    // Locking: the commit may yet be on its way over the connection that was given up. The row is locked until it is there, or
    // until the server ends that connection.
    const row = await firstOf(connection, 'SELECT number FROM batches WHERE writer = ? FOR UPDATE', [
      this.#options.writer,
    ])
    const happened = Number(row?.['number']) === this.#unsure
    this.#unsure = null
    return happened
  }

  async #commit(batch: readonly Job[]): Promise<void> {
    const connection = await this.#connected()
    const transaction = new Transaction(connection)
    for (const job of batch) {
      try {
        job.refusal = null
        job.answer = job.run(transaction)
        // Most jobs only decide, and say what to write at the end: they cost no turn each.
        if (job.answer instanceof Promise) job.answer = await job.answer
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        job.refusal = error
      }
    }
    await this.#options.beforeCommit(transaction)
    const number = this.#number + 1
    // Answered before the commit is sent: from then on the row is locked until it is known what became of the batch.
    await run(transaction, 'REPLACE INTO batches (writer, number, at) VALUES (?, ?, ?)', [
      this.#options.writer,
      number,
      Date.now(),
    ])
    this.#unsure = number
    this.#number = number
    try {
      await run(connection, 'COMMIT')
      this.#unsure = null
    } catch (error) {
      // The server says that it didn't.
      if (!isConnectionLost(error)) this.#unsure = null
      throw error
    }
  }

  #settle(batch: readonly Job[]): void {
    this.failure = null
    this.#options.committed()
    for (const job of batch) {
      if (job.refusal === null) job.resolve(job.answer as never)
      else job.reject(job.refusal)
    }
  }

  async #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection
    const { connect, writer } = this.#options
    const connection = await connect()
    const row = await firstOf(connection, 'SELECT number FROM batches WHERE writer = ?', [writer])
    this.#number = Math.max(this.#number, Number(row?.['number'] ?? 0))
    this.#connection = connection
    return connection
  }

  #disconnect(): void {
    this.#connection?.destroy()
    this.#connection = null
  }

  async #rollback(): Promise<void> {
    try {
      if (this.#connection) await run(this.#connection, 'ROLLBACK')
    } catch {
      this.#disconnect()
    }
  }
}
