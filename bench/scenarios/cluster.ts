import { join } from 'node:path'
import type { Bar, Measure, ScenarioResult } from '../report/result.ts'
import { Cluster, Ground, type ClusterPlace } from '../subject/cluster.ts'
import { seated, type Sizes } from '../subject/cluster-stock.ts'
import { startParlance } from '../subject/servers.ts'
import { openMysqlStore, openStore } from '../subject/store.ts'
import { memory, waysOf } from './cluster-calm.ts'
import { coresForRates, durable, fanOut } from './cluster-load.ts'
import { embedded, type Part, type Side } from './cluster-side.ts'
import type { Conditions } from './scenario.ts'

/** Two nodes over one Redis and one MariaDB, against one that is all in one process with SQLite: what it costs to be two. */
export async function cluster(conditions: Conditions): Promise<ScenarioResult> {
  const { quick, folder, profileDir, say, machine } = conditions
  const sizes: Sizes = quick
    ? { listeners: 100, pairs: 50, idle: 500 }
    : { listeners: 1000, pairs: 500, idle: Math.min(10_000, machine.maxFiles - 200) }
  await using ground = await Ground.lay(folder)
  say('writing both stores')
  const place: ClusterPlace = {
    ground,
    databaseUrl: await ground.database(),
    dataDir: join(folder, 'nodes'),
    profileDir,
  }
  const alone = { dataDir: join(folder, 'embedded'), profileDir }
  const theirs = await seated(await openMysqlStore(place.databaseUrl), sizes)
  const ours = await seated(openStore(alone.dataDir), sizes)

  const nodes = await Cluster.start(place)
  const one = await startParlance(alone, embedded)
  const pair: Side = { subject: nodes, seats: theirs, portFor: (index) => nodes.portFor(index) }
  const single: Side = { subject: one, seats: ours, portFor: () => one.port }
  const measures: Measure[] = []
  const bars: Bar[] = []
  const add = (part: Part): void => {
    measures.push(...part.measures)
    bars.push(...part.bars)
  }
  add(await fanOut(conditions, ground, pair, single))
  add(await waysOf(conditions, pair, single))
  add(await durable(conditions, ground, pair, single))
  await Promise.all([nodes.stop(), one.stop()])
  add(await memory(conditions, sizes.idle, { pair: { place, seats: theirs }, single: { alone, seats: ours } }))
  const { listeners, pairs, idle } = sizes
  const notes = [
    `Two nodes, one Redis (appended to a file, every second to the disk), one MariaDB (its defaults: each commit on the disk), the embedded server with SQLite and the load share the machine. The nodes’ CPU is that of both together; what Redis and MariaDB use stands beside it.`,
    `Fan-out: ${listeners} in a group channel, half of them at each node, and one who speaks. Acknowledged messages: ${pairs} channels of two, one at each node. Both are in the database before they are acknowledged. Latency: one at a time, from sending to hearing, by one at the sender’s node and one at the other. Acknowledged messages are counted after ten seconds of the same load.`,
    `Memory: ${idle.toLocaleString('en-US')} members of groups, two in each channel, at freshly started servers, as in \`idle\`. With V8’s reserve: measured as there; how much free memory V8 keeps is the rush of connecting, and it is filled before the process grows. The others: after a last-resort collection, which leaves it none, and forgets code that isn’t used.`,
    ...(machine.cores < coresForRates
      ? [
          `With ${machine.cores} cores the pair can’t be faster than one server, so that the bar is on what a delivery costs.`,
        ]
      : []),
  ]
  return { scenario: 'cluster', measures, bars, notes }
}
