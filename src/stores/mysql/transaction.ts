import type { FieldPacket, QueryOptions, QueryResult } from 'mysql2/promise'
import { checked, run, type Database, type Value } from './statement.ts'

/** Together they count against the server's `max_allowed_packet`, 16 MiB and more by default. */
const maxWaitingChars = 2_000_000

/**
 * What one batch of a writer does, up to its commit. Statements whose answer nobody needs wait for the next one that somebody
 * asks, and go before it in the same packet: a round trip costs the node and the server more than most statements. The connection
 * must take several statements at once.
 */
export class Transaction implements Database {
  readonly #connection: Database
  #waiting = ['START TRANSACTION']
  #values: Value[] = []
  #chars = 0

  constructor(connection: Database) {
    this.#connection = connection
  }

  async later(sql: string, values: readonly Value[]): Promise<void> {
    let chars = sql.length
    for (const value of values) if (typeof value === 'string') chars += value.length
    if (this.#chars + chars > maxWaitingChars) await run(this, 'DO 0')
    this.#chars += chars
    this.#waiting.push(sql)
    this.#values.push(...checked(values))
  }

  async query<Result extends QueryResult>(options: QueryOptions): Promise<[Result, FieldPacket[]]> {
    const waiting = this.#waiting
    if (waiting.length === 0) return this.#connection.query(options)
    const sql = [...waiting, options.sql].join(';\n')
    const values = [...this.#values, ...(options.values as Value[])]
    this.#waiting = []
    this.#values = []
    this.#chars = 0
    const [answers, fields] = await this.#connection.query({ ...options, sql, values })
    return [(answers as QueryResult[]).at(-1) as Result, fields]
  }
}

/** Done before anything that is asked of the database after it, and heard of then if it goes wrong. */
export async function later(database: Database, sql: string, values: readonly Value[]): Promise<void> {
  await (database instanceof Transaction ? database.later(sql, values) : run(database, sql, values))
}
