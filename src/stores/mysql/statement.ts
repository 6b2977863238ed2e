import type { FieldPacket, QueryOptions, QueryResult, ResultSetHeader, RowDataPacket } from 'mysql2/promise'

/** What may stand for a `?`. */
export type Value = string | number | null
export type Row = Record<string, unknown>

/** A pool, one of its connections, or a transaction. */
export interface Database {
  query<Result extends QueryResult>(options: QueryOptions): Promise<[Result, FieldPacket[]]>
}

/** A server that doesn't answer within this is as good as gone. */
const timeoutMs = 10_000
const maxLoggedChars = 200

export async function rowsOf(database: Database, sql: string, values: readonly Value[] = []): Promise<Row[]> {
  const rows = await ask<RowDataPacket[]>(database, sql, values)
  return rows.map(readable)
}

/** All columns that aren't numbers hold text, those for keys as its bytes. A `typeCast` would cost objects for every column of every answer. */
function readable(row: Row): Row {
  for (const name in row) {
    const value = row[name]
    if (value instanceof Uint8Array) row[name] = (value as Buffer).toString('utf8')
  }
  return row
}

export async function firstOf(database: Database, sql: string, values: readonly Value[] = []): Promise<Row | null> {
  const [first] = await rowsOf(database, sql, values)
  return first ?? null
}

export async function run(
  database: Database,
  sql: string,
  values: readonly Value[] = [],
): Promise<{ changed: number; insertedId: number }> {
  const result = await ask<ResultSetHeader>(database, sql, values)
  return { changed: result.affectedRows, insertedId: result.insertId }
}

async function ask<Result extends QueryResult>(
  database: Database,
  sql: string,
  values: readonly Value[],
): Promise<Result> {
  try {
    const [result] = await database.query<Result>({ sql, values: checked(values), timeout: timeoutMs })
    return result
  } catch (error) {
    throw withoutValues(error, sql)
  }
}

/** The driver hangs all that was sent on its errors, and errors are logged: what people wrote, by the megabyte. */
function withoutValues(error: unknown, sql: string): unknown {
  for (const one of [error, error instanceof Error ? error.cause : null])
    if (one instanceof Error && 'sql' in one) one.sql = sql.slice(0, maxLoggedChars)
  return error
}

/** `(?, ?), (?, ?)` for rows of a multi-row insert. */
export function places(rows: number, columns: number): string {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`
  return Array.from({ length: rows }, () => row).join(', ')
}

/** `SELECT ? AS a, ? AS b UNION ALL SELECT ?, ?`: rows that a statement can join. */
export function derived(rows: number, columns: readonly string[]): string {
  const first = columns.map((name) => `? AS ${name}`).join(', ')
  const other = columns.map(() => '?').join(', ')
  return Array.from({ length: rows }, (_, index) => `SELECT ${index === 0 ? first : other}`).join(' UNION ALL ')
}

/** The driver would write an object out as SQL (`a` = 1): what the types forbid must not get that far. */
export function checked(values: readonly Value[]): Value[] {
  for (const value of values) {
    if (value !== null && typeof value !== 'string' && !Number.isFinite(value))
      throw new TypeError('neither text, a finite number nor null')
  }
  return [...values]
}
