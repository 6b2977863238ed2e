import type { Socket } from 'node:net'
import { createConnection, createPool, type Connection, type ConnectionOptions, type Pool } from 'mysql2/promise'
import { ChatError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import { DatabaseError, DatabaseTakenError } from './database-error.ts'
import { migrations } from './migrations.ts'
import { firstOf, run } from './statement.ts'

const poolSize = 10
const connectTimeoutMs = 5000
const lockWaitSeconds = 3
const retryMs = 1000
/** Longer than a question may take, see statement.ts. */
const silentMs = 12_000
const endMs = 2000

/**
 * What every connection says first. Strict, so that nothing is cut short silently; backslashes escape, as the driver
 * writes them; a transaction that waits for another's lock gives up in time to be tried again.
 */
const session =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO', innodb_lock_wait_timeout = 5, transaction_isolation = 'READ-COMMITTED'"
/** MariaDB before 11.1 knows the isolation by its old name. */
const sessionOfOld = session.replace('transaction_isolation', 'tx_isolation')

export function connectionOptions(url: string): ConnectionOptions {
  return {
    uri: url,
    charset: 'utf8mb4_bin',
    connectTimeout: connectTimeoutMs,
    supportBigNumbers: true,
    // None is ever prepared, and each connection keeps a place for as many as it may prepare: half a megabyte for the default.
    maxPreparedStatements: 1,
    // The stack of who asked, taken for every question for the sake of those that fail.
    trace: false,
  }
}

/** Many statements in one, see transaction.ts. For reading, where words of strangers are looked for, there is one at a time. */
function writerOptions(url: string): ConnectionOptions {
  return { ...connectionOptions(url), multipleStatements: true }
}

async function prepareSession(connection: Pick<Connection, 'query'>): Promise<void> {
  try {
    await connection.query(session)
  } catch (error) {
    if (!hasCode(error, 'ER_UNKNOWN_SYSTEM_VARIABLE')) throw error
    await connection.query(sessionOfOld)
  }
}

/**
 * A process that hangs, or is cut off, must not keep what it has locked: the server ends a writer's connection that was quiet for
 * so long, in a transaction or not. Less than others wait for a lock. Writers say something every second.
 */
const quietSeconds = 4

async function prepareWriter(connection: Connection): Promise<void> {
  await prepareSession(connection)
  await run(connection, `SET SESSION wait_timeout = ${quietSeconds}`)
}

/** For reading. Each of its connections is prepared before it is used. */
export function openPool(url: string, log: Log): Pool {
  const pool = createPool({ ...connectionOptions(url), connectionLimit: poolSize, maxIdle: poolSize })
  // Queries of one connection go in order: what comes after hears of nothing before the session is set.
  pool.pool.on('connection', (connection) => {
    prepareSession(connection.promise()).catch((error: unknown) => {
      log.warn({ error }, 'a connection to the database could not be prepared')
      connection.destroy()
    })
    // One on which a question had no answer in time stays in use for as long as there is none; ten of them would be the whole pool.
    streamOf(connection).setTimeout(silentMs, () => connection.destroy())
  })
  const query = pool.query.bind(pool) as (...args: readonly unknown[]) => Promise<unknown>
  const asked = (...args: readonly unknown[]): Promise<unknown> =>
    query(...args).catch((error: unknown) => {
      throw refusalOf(error)
    })
  return Object.assign(pool, { query: asked })
}

function streamOf(connection: object): Socket {
  return (connection as { readonly stream: Socket }).stream
}

/** Doesn't wait for a server that hangs. */
export async function endPool(pool: Pool): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, endMs)
  await Promise.race([pool.end(), promise]).finally(() => clearTimeout(timer))
}

/** Who writes. There is one of each at a time. */
export type Writer = 'server' | 'command' | 'migration'

const taken: Readonly<Record<Writer, string>> = {
  server: 'another server has this database; stop it first, or give this one a database of its own',
  command: 'another command writes to the database; run this one again when it is done',
  migration: 'another process brings the database to its newest version; start again when it is done',
}

/** Nodes that serve together on one database: each has one of these places. A lock's name has at most 64 characters. */
const maxNodes = 64
const places = Array.from({ length: maxNodes }, (_, index) => `concat('parlance node ${index} ', md5(database()))`)

/**
 * A connection of one of several nodes. Rejects with a `DatabaseTakenError` when a server that serves alone has the database: it
 * would not know what others write.
 */
export async function openNodeWriter(url: string): Promise<Connection> {
  const connection = await createConnection(writerOptions(url))
  connection.on('error', () => {})
  try {
    await prepareWriter(connection)
    for (const place of places) {
      const row = await firstOf(connection, `SELECT GET_LOCK(${place}, 0) AS held`)
      if (Number(row?.['held']) !== 1) continue
      // The place is taken first: of a node and a server that start at the same moment, one at least sees the other.
      const server = await firstOf(connection, "SELECT IS_USED_LOCK(concat('parlance server ', md5(database()))) AS id")
      if (server?.['id'] === null) return connection
      throw new DatabaseTakenError(
        'a server that serves alone has this database; stop it, or start all of them with the same PARLANCE_REDIS_URL',
      )
    }
    throw new DatabaseError(`there are ${maxNodes} nodes on this database, which is the most`)
  } catch (error) {
    connection.destroy()
    throw error
  }
}

async function hasNodes(connection: Connection): Promise<boolean> {
  const used = places.map((place) => `IS_USED_LOCK(${place})`)
  const row = await firstOf(connection, `SELECT coalesce(${used.join(', ')}) AS id`)
  return row?.['id'] !== null
}

/** A connection that is the writer of that name for as long as it lives. Rejects with a `DatabaseError` when there is one. */
export async function openWriter(url: string, writer: Writer): Promise<Connection> {
  const connection = await createConnection(writerOptions(url))
  // Heard with the next statement too; without a listener it would end the process.
  connection.on('error', () => {})
  try {
    if (writer === 'migration') await prepareSession(connection)
    else await prepareWriter(connection)
    const row = await firstOf(connection, 'SELECT GET_LOCK(concat(?, md5(database())), ?) AS held', [
      `parlance ${writer} `,
      lockWaitSeconds,
    ])
    if (Number(row?.['held']) !== 1) throw new DatabaseTakenError(taken[writer])
    if (writer === 'server' && (await hasNodes(connection))) throw new DatabaseTakenError(taken.server)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/**
 * Waits for the server to be there, and takes the tables to the newest version. `waits` hears what for, in words that strangers may
 * read, and null when that is over.
 */
export async function prepareDatabase(
  url: string,
  log: Log,
  waits: (what: string | null) => void = () => {},
): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      const writer = await openWriter(url, 'migration')
      try {
        await migrate(writer)
      } finally {
        await writer.end()
      }
      waits(null)
      return
    } catch (error) {
      // Of several nodes that start at once, one brings the tables to the newest version, however long that takes.
      const isTaken = error instanceof DatabaseTakenError
      if (!isTaken && (error instanceof DatabaseError || !isConnectionLost(error))) throw asDatabaseError(error)
      if (!told) log.warn({ reason: reasonOf(error) }, 'the database can’t be used yet; trying again every second')
      waits(isTaken ? 'another node brings the database to its newest version' : shortReasonOf(error))
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

async function migrate(connection: Connection): Promise<void> {
  await run(connection, 'CREATE TABLE IF NOT EXISTS parlance_version (version INT NOT NULL) ENGINE = InnoDB')
  const row = await firstOf(connection, 'SELECT max(version) AS version FROM parlance_version')
  const version = Number(row?.['version'] ?? 0)
  if (version > migrations.length)
    throw new DatabaseError(
      `the database was made by a newer version (its version is ${version}, this program knows ${migrations.length}); upgrade, or restore the backup made before`,
    )
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue
    for (const statement of step) await once(connection, statement)
    await run(connection, 'INSERT INTO parlance_version (version) VALUES (?)', [index + 1])
  }
}

/** A column that is there was added before a crash. */
async function once(connection: Connection, statement: string): Promise<void> {
  try {
    await run(connection, statement)
  } catch (error) {
    if (!hasCode(error, 'ER_DUP_FIELDNAME')) throw error
  }
}

function asDatabaseError(error: unknown): Error {
  if (error instanceof DatabaseError) return error
  return new DatabaseError(`the database can't be used: ${reasonOf(error)}`, { cause: error })
}

export function reasonOf(refusal: unknown): string {
  const error = causeOf(refusal)
  if (!(error instanceof Error)) return String(error)
  // Node tells of all the addresses it tried, in an error without words of its own.
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}

/** For strangers: without the addresses and names of users that the server's words may hold. */
export function shortReasonOf(refusal: unknown): string {
  const error = causeOf(refusal)
  if (hasCode(error, ...fullCodes)) return 'the database’s disk is full'
  if (hasCode(error, ...readOnlyCodes)) return 'the database is read-only'
  if (isConnectionLost(error)) return 'the database can’t be reached'
  return error instanceof Error && 'code' in error ? `the database says ${String(error.code)}` : 'the database fails'
}

/** For who asked: the server is away, or takes nothing, and maybe it does in a moment. Any other error stays what it is. */
export function refusalOf(error: unknown): unknown {
  if (!isConnectionLost(error) && !hasCode(error, ...fullCodes, ...readOnlyCodes)) return error
  return Object.assign(new ChatError('unavailable', 'not now, try again'), { cause: error })
}

function causeOf(error: unknown): unknown {
  return error instanceof ChatError ? (error.cause ?? error) : error
}

const fullCodes = ['ER_DISK_FULL', 'ER_RECORD_FILE_FULL', 'ER_DISK_FULL_NOWAIT']
const readOnlyCodes = ['ER_OPTION_PREVENTS_STATEMENT', 'ER_READ_ONLY_MODE', 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION']

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** Nobody can say whether the last statement was done. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('fatal' in error && error.fatal === true && !hasCode(error, 'ER_ACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR'))
    return true
  return hasCode(
    error,
    'PROTOCOL_CONNECTION_LOST',
    'PROTOCOL_SEQUENCE_TIMEOUT',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',

    'EHOSTUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ER_SERVER_SHUTDOWN',
    'ER_CON_COUNT_ERROR',
    'ER_CLIENT_INTERACTION_TIMEOUT',
  )
}

/** What is to be written can't be, wherever and whenever it is tried again. */
export function isUnstorable(error: unknown): boolean {
  if (error instanceof TypeError || isDuplicate(error)) return true
  return hasCode(
    error,
    'ER_DATA_TOO_LONG',
    'ER_WARN_DATA_OUT_OF_RANGE',
    'WARN_DATA_TRUNCATED',
    'ER_TRUNCATED_WRONG_VALUE',
    'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
    'ER_BAD_NULL_ERROR',
    'ER_NET_PACKET_TOO_LARGE',
  )
}

/** A row with that key is there already. */
export function isDuplicate(error: unknown): boolean {
  return hasCode(error, 'ER_DUP_ENTRY')
}

/** The server has undone the transaction, and says to try again. */
export function isTransient(error: unknown): boolean {
  return hasCode(error, 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD')
}
