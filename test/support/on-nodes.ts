import { mariadbVariable, redisVariable } from './chosen-store.ts'
import { MariadbServer } from './mariadb-server.ts'
import { RedisServer } from './redis-server.ts'

let servers: readonly (MariadbServer | RedisServer)[] = []

/**
 * For `--test-global-setup`: every server of the run is two nodes over one MariaDB and one Redis, behind a balancer that sends
 * each request to the next of them. Conversations that are not in the run start what they need themselves: `commu-rest` a
 * process as people start it, `laravel-nodes` and `three-nodes` several; `laravel-redis` takes its server's Redis away.
 */
export async function globalSetup(): Promise<void> {
  const [mariadb, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()])
  servers = [mariadb, redis]
  process.env[mariadbVariable] = mariadb.url
  process.env[redisVariable] = redis.url
}

export async function globalTeardown(): Promise<void> {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
}
