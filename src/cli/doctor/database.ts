import { createConnection, type Connection } from 'mysql2/promise'
import { connectionOptions, reasonOf } from '../../stores/mysql/database.ts'
import { migrations } from '../../stores/mysql/migrations.ts'
import { firstOf, rowsOf } from '../../stores/mysql/statement.ts'
import { driftOf } from './clock.ts'
import { bad, doubt, good, type Finding } from './finding.ts'

const oldest = { mysql: [8, 0], mariadb: [10, 11] } as const
const minPacketBytes = 16 * 1024 * 1024
/** Of one node: its pool, its writers and some to spare. */
const connectionsPerNode = 16
const fewestNodes = 3

/** Looks at a MySQL or MariaDB database and leaves it as it is: bringing its tables up to date is left to a start. */
export async function checkDatabase(url: string, now: () => number): Promise<Finding[]> {
  // Without the password that the address may hold.
  const { host, pathname } = new URL(url)
  const name = `the database ${pathname.slice(1)} at ${host}`
  let connection: Connection
  try {
    connection = await createConnection(connectionOptions(url))
  } catch (error) {
    const advice = 'start it, or set PARLANCE_DATABASE_URL right: address, user, password and database'
    return [bad(`${name} does not answer: ${reasonOf(error)}`, advice)]
  }
  connection.on('error', () => {})
  try {
    return [good(`${name} answers`), ...(await checkAll(connection, name, now))]
  } catch (error) {
    return [bad(`${name} can’t be looked at: ${reasonOf(error)}`, 'give the user all rights on the database')]
  } finally {
    connection.destroy()
  }
}

async function checkAll(connection: Connection, name: string, now: () => number): Promise<Finding[]> {
  const rows = await rowsOf(
    connection,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin',
      'max_allowed_packet', 'read_only', 'max_connections')`,
  )
  const variables = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]))
  const is = (variable: string, ...values: string[]): boolean => values.includes(variables.get(variable) ?? '')
  const findings = [checkVersion(variables.get('version') ?? ''), await checkTables(connection, name)]
  if (!is('read_only', 'OFF', '0'))
    findings.push(bad(`${name} is read-only`, 'point PARLANCE_DATABASE_URL at the primary server'))
  if (!is('innodb_flush_log_at_trx_commit', '1'))
    findings.push(
      doubt(
        'the database server answers commits before they are on its disk (innodb_flush_log_at_trx_commit)',
        'set it to 1, or a power failure takes messages that were acknowledged',
      ),
    )
  if (is('log_bin', 'ON', '1') && !is('sync_binlog', '1'))
    findings.push(
      doubt(
        'the database server’s binary log is not flushed with each commit (sync_binlog)',
        'set it to 1, or a power failure may leave replicas without messages that were acknowledged',
      ),
    )
  if (Number(variables.get('max_allowed_packet')) < minPacketBytes)
    findings.push(
      doubt(
        'the database server takes statements up to less than 16 MiB (max_allowed_packet)',
        'set it to 16M or more, or a burst of long messages is refused',
      ),
    )
  // The tables name theirs; what somebody adds by hand would not.
  const words = String((await firstOf(connection, 'SELECT @@character_set_database AS words'))?.['words'])
  if (words !== 'utf8mb4')
    findings.push(doubt(`${name} has the character set ${words}`, 'ALTER DATABASE … CHARACTER SET utf8mb4'))
  const connections = Number(variables.get('max_connections'))
  if (connections < connectionsPerNode * fewestNodes)
    findings.push(
      doubt(
        `the database server lets ${connections} in at once (max_connections)`,
        `allow ${connectionsPerNode} for each node, and those of a backup`,
      ),
    )
  const before = now()
  const clock = await firstOf(connection, 'SELECT unix_timestamp(now(3)) * 1000 AS at')
  findings.push(driftOf('the database server', Number(clock?.['at']), (before + now()) / 2))
  return findings
}

function checkVersion(version: string): Finding {
  const kind = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [oldestMajor, oldestMinor] = oldest[kind]
  const title = kind === 'mariadb' ? 'MariaDB' : 'MySQL'
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
  if (isOld) return bad(`the server is ${title} ${version}`, `it must be ${oldestMajor}.${oldestMinor} or newer`)
  return good(`the server is ${title} ${version}`)
}

async function checkTables(connection: Connection, name: string): Promise<Finding> {
  const table = await firstOf(connection, "SHOW TABLES LIKE 'parlance_version'")
  if (!table) return good(`${name} has no tables yet; the next start makes them`)
  const row = await firstOf(connection, 'SELECT max(version) AS version FROM parlance_version')
  const version = Number(row?.['version'] ?? 0)
  if (version > migrations.length)
    return bad(
      `${name} was made by a newer version (its version is ${version}, this program knows ${migrations.length})`,
      'upgrade, or restore the backup made before',
    )
  if (version === migrations.length) return good(`${name} has version ${version}, the current one`)
  return doubt(
    `${name} has version ${version}; the next start brings it to ${migrations.length}`,
    'make a backup first: there is no way back',
  )
}
