import type { Config } from '../../src/config.ts'
import type { Log } from '../../src/core/ports.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { redisVariable } from './chosen-store.ts'
import { RoundRobin } from './round-robin.ts'

/** Where a run of the tests is on nodes: how many. */
const nodeCount = Number(process.env['TEST_NODES'] ?? 2)

/**
 * What a run of the tests is on: one server, or nodes that serve together behind a balancer that gives each request to the
 * next of them, whoever asks.
 */
export async function startChosen(config: Config, log: Log): Promise<RunningServer> {
  if (process.env[redisVariable] === undefined && !process.env['TEST_LB']) return startServer(config, log)
  const settings = { ...config.settings, port: 0 }
  const nodes: RunningServer[] = []
  while (nodes.length < nodeCount) nodes.push(await startServer({ ...config, settings }, log))
  const addresses = nodes.map(({ url }) => url)
  const balancer = await RoundRobin.at(config.settings.port, addresses)
  return {
    url: balancer.url,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await balancer[Symbol.asyncDispose]()
    },
  }
}
