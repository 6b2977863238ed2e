import { mariadbVariable } from './chosen-store.ts'
import { MariadbServer } from './mariadb-server.ts'

let server: MariadbServer | null = null

/** For `--test-global-setup`: all tests of the run have one MariaDB. */
export async function globalSetup(): Promise<void> {
  server = await MariadbServer.start()
  process.env[mariadbVariable] = server.url
}

export async function globalTeardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]()
}
