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

export async function rowsOf(database: Database, sql: string, values: readonly Value[] = []): Promise<Row[]> {
  const [rows] = await database.query<RowDataPacket[]>({ sql, values: checked(values), timeout: timeoutMs })
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
  const [result] = await database.query<ResultSetHeader>({ sql, values: checked(values), timeout: timeoutMs })
  return { changed: result.affectedRows, insertedId: result.insertId }
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
