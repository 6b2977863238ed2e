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
    const chars = charsOf(sql, values)
    if (this.#chars > 0 && this.#chars + chars > maxWaitingChars) await run(this, 'DO 0')
    for (const value of checked(values)) this.#values.push(value)
    this.#waiting.push(sql)
    this.#chars += chars
  }

  async query<Result extends QueryResult>(options: QueryOptions): Promise<[Result, FieldPacket[]]> {
    const asked = options.values as Value[]
    if (this.#chars > 0 && this.#chars + charsOf(options.sql, asked) > maxWaitingChars)
      await this.#send('DO 0', [], options)
    return this.#waiting.length > 0 ? this.#send(options.sql, asked, options) : this.#connection.query(options)
  }

  async #send<Result extends QueryResult>(
    sql: string,
    values: readonly Value[],
    options: QueryOptions,
  ): Promise<[Result, FieldPacket[]]> {
    const together = { ...options, sql: [...this.#waiting, sql].join(';\n'), values: [...this.#values, ...values] }
    this.#waiting = []
    this.#values = []
    this.#chars = 0
    const [answers, fields] = await this.#connection.query(together)
    return [(answers as QueryResult[]).at(-1) as Result, fields]
  }
}

function charsOf(sql: string, values: readonly Value[]): number {
  let chars = sql.length
  for (const value of values) if (typeof value === 'string') chars += value.length
  return chars
}

/** Done before anything that is asked of the database after it, and heard of then if it goes wrong. */
export async function later(database: Database, sql: string, values: readonly Value[]): Promise<void> {
  await (database instanceof Transaction ? database.later(sql, values) : run(database, sql, values))
}
