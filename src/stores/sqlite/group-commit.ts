import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { CommitWatch } from '../commit-watch.ts'

interface Job {
  /** Writes, and returns what to answer. */
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  answer: unknown
  /** Heard only after the commit: what it was refused for may have been undone with the batch. */
  refusal: Error | null
}

/**
 * All that was asked for in one turn of the event loop commits together: the flush to disk is what a commit
 * costs, and a hundred messages share one.
 *
 * A job must decide before it writes: one that throws a `ChatError` must have written nothing, and is refused
 * alone. After any other error the batch is undone and its jobs run once more, each in a savepoint of its own, so
 * that a fault in one (a value that can't be stored) is not everyone's. When the commit fails, everyone is told.
 */
export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #log: Log
  readonly #begin
  readonly #commit
  readonly #rollback
  /** Called after the jobs and before the commit (or a savepoint's end): last writes that several jobs share. */
  readonly #beforeCommit: () => void
  /** Called when a batch was undone: whatever was remembered of it must go. */
  readonly #undone: () => void
  readonly #watch: CommitWatch | null
  #queue: Job[] = []
  #scheduled: NodeJS.Immediate | null = null
  #closed = false
  /** Why the database failed at the last batch; null when it didn't. For health checks. */
  failure: string | null = null

  constructor(
    database: DatabaseSync,
    log: Log,
    hooks: { beforeCommit: () => void; undone: () => void },
    watch: CommitWatch | null = null,
  ) {
    this.#database = database
    this.#log = log
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
    this.#beforeCommit = hooks.beforeCommit
    this.#undone = hooks.undone
    this.#watch = watch
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves with what `run` returned, once that is on the disk. Jobs run in the order they came. */
  write<T>(run: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve, reject, answer: undefined, refusal: null })
      this.#scheduled ??= setImmediate(() => this.flush())
    })
  }

  flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = null
    const batch = this.#queue
    if (batch.length === 0) return
    this.#queue = []
    this.failure = null
    const startedAt = performance.now()
    try {
      this.#commitAll(batch)
      this.#watch?.committed(batch.length, performance.now() - startedAt)
    } catch (error) {
      this.#undo()
      this.#failed(error, batch.length)
      for (const job of batch) job.reject(error)
    }
  }

  /**
   * Writes something without meaning when the last batch failed: while the failure stands, nobody may come with a write that
   * would show that it is over.
   */
  probe(): void {
    if (this.failure === null || this.#closed) return
    try {
      this.#begin.run()
      const { user_version: version } = this.#database.prepare('PRAGMA user_version').get() ?? {}
      // Written even when it is the same; a transaction without a write would succeed on a full disk.
      this.#database.exec(`PRAGMA user_version = ${Number(version)}`)
      this.#commit.run()
      this.failure = null
    } catch (error) {
      this.#undo()
      this.failure = wordsOf(error) ?? this.failure
    }
  }

  close(): void {
    this.flush()
    this.#closed = true
  }

  #commitAll(batch: readonly Job[]): void {
    this.#begin.run()
    try {
      this.#runTogether(batch)
    } catch {
      this.#undo()
      this.#begin.run()
      this.#runApart(batch)
    }
    this.#commit.run()
    for (const job of batch) {
      if (job.refusal === null) job.resolve(job.answer as never)
      else job.reject(job.refusal)
    }
  }

  #runTogether(batch: readonly Job[]): void {
    for (const job of batch) {
      try {
        job.answer = job.run()
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        job.refusal = error
      }
    }
    this.#beforeCommit()
  }

  #runApart(batch: readonly Job[]): void {
    for (const job of batch) {
      this.#database.exec('SAVEPOINT job')
      try {
        job.refusal = null
        job.answer = job.run()
        this.#beforeCommit()
      } catch (error) {
        // SQLite has rolled back everything by itself: the savepoint is gone too.
        if (!this.#database.isTransaction) throw error
        this.#database.exec('ROLLBACK TO job')
        this.#undone()
        if (!(error instanceof ChatError)) this.#failed(error, 1)
        job.refusal = error instanceof Error ? error : new Error(String(error))
      }
      this.#database.exec('RELEASE job')
    }
  }

  #failed(error: unknown, lost: number): void {
    this.failure = wordsOf(error) ?? this.failure
    this.#watch?.lost(lost)
    this.#log.error({ error, lost }, 'the store could not write; nobody was told that it did')
  }

  #undo(): void {
    try {
      // SQLite may have rolled back by itself (disk full, I/O).
      if (this.#database.isTransaction) this.#rollback.run()
    } catch (rollbackError) {
      this.#log.error({ error: rollbackError }, 'the store could not roll back')
    }
    this.#undone()
  }
}

/**
 * SQLite's words for its result code, without what a statement was about. Null for errors that carry none: they are a job's
 * own fault, and the store is well.
 */
function wordsOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  return 'errstr' in error ? String(error.errstr) : `SQLite error ${String(error.errcode)}`
}
