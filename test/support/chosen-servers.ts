import type { Config } from '../../src/config.ts'
import type { Log } from '../../src/core/ports.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { redisVariable } from './chosen-store.ts'
import { RoundRobin } from './round-robin.ts'

/** How many servers stand behind the address of what a test opens. */
export const nodeCount = process.env[redisVariable] === undefined ? 1 : 2

/**
 * What a run of the tests is on: one server, or nodes that serve together behind a balancer that gives each request to the
 * next of them, whoever asks. `nodes` is for tests of what each has for itself.
 */
export async function startChosen(config: Config, log: Log, nodes = nodeCount): Promise<RunningServer> {
  if (nodes === 1) return startServer(config, log)
  const settings = { ...config.settings, port: 0 }
  const servers: RunningServer[] = []
  while (servers.length < nodes) servers.push(await startServer({ ...config, settings }, log))
  const addresses = servers.map(({ url }) => url)
  const balancer = await RoundRobin.at(config.settings.port, addresses)
  return {
    url: balancer.url,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
      await balancer[Symbol.asyncDispose]()
    },
  }
}
