import { basename } from 'node:path'
import { createConnection } from 'mysql2/promise'

/** Names the variable that holds the address of a MariaDB, where a run of the tests is to be on one. */
export const mariadbVariable = 'TEST_MARIADB_URL'
/** Names the variable that holds the address of a Redis, where a run of the tests is to be on nodes over that and the MariaDB. */
export const redisVariable = 'TEST_REDIS_URL'

/**
 * The settings of what goes with a data folder, by the names of their environment variables without `PARLANCE_`: none
 * for the SQLite file in it, else a database of its own, for nodes with names of its own in Redis. The same folder has the same
 * ones, after a restart too.
 */
export async function chosenStore(folder: string): Promise<Readonly<Record<string, string>>> {
  const server = process.env[mariadbVariable]
  if (server === undefined) return {}
  const name = basename(folder).replaceAll('-', '_')
  const connection = await createConnection(server)
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4`)
  await connection.end()
  const redis = process.env[redisVariable]
  return {
    DATABASE_URL: `${server}/${name}`,
    ...(redis !== undefined && { REDIS_URL: redis, REDIS_PREFIX: basename(folder) }),
  }
}
