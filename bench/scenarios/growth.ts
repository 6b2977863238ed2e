import { join } from 'node:path'
import { runLoop, type Crowd, type Slice } from '../load/crowd.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { ratios } from '../report/statistics.ts'
import { startParlance } from '../subject/servers.ts'
import { Stock } from '../subject/stock.ts'
import { deskPairs } from './desk.ts'
import { costUs } from './pairs.ts'
import type { Conditions } from './scenario.ts'

const active = 10
const maxRatio = 1.15

/** The same ten consultations, in stores of ten, a thousand, and a hundred thousand rooms. */
export async function growth({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const sizes = quick ? [active, 100, 1000] : [active, 1000, 100_000]
  const rounds = quick ? 2 : 15
  const forMs = quick ? 300 : 700
  const crowds: Crowd[] = []
  for (const size of sizes) {
    say(`writing ${size} rooms`)
    crowds.push(await crowdAmong(size, join(folder, String(size)), profileDir))
  }
  for (const crowd of crowds) await runLoop(crowd, { inFlight: 1, forMs })

  const slices = sizes.map((): Slice[] => [])
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`)
    for (const [index, crowd] of crowds.entries()) slices[index]!.push(await runLoop(crowd, { inFlight: 1, forMs }))
  }
  for (const crowd of crowds) {
    crowd.close()
    await crowd.subject.stop()
  }
  const costs = slices.map((of) => of.map(costUs))
  const measures = sizes.flatMap((size, index) => [
    measure(`${size.toLocaleString('en-US')} rooms`, 'server CPU per message', 'µs', costs[index]!),
    measure(
      `${size.toLocaleString('en-US')} rooms`,
      'acknowledged messages',
      '/s',
      slices[index]!.map(({ messages, elapsedMs }) => (messages * 1000) / elapsedMs),
    ),
  ])
  const [fewest, most] = [sizes[0]!, sizes.at(-1)!]
  const bars = [
    bar(
      `server CPU per message, ${most.toLocaleString('en-US')} rooms against ${fewest}`,
      '×',
      ratios(costs.at(-1)!, costs[0]!),
      { atMost: maxRatio },
    ),
  ]
  const notes = [
    `${active} pairs speak, one message outstanding in each; their rooms lie spread among the others. Each room has three messages; a third waits, a third is held, a third is closed.`,
  ]
  return { scenario: 'growth', measures, bars, notes }
}

async function crowdAmong(size: number, dataDir: string, profileDir: string | null): Promise<Crowd> {
  const stock = new Stock(dataDir)
  const customers = await stock.addCustomers(size)
  const agents = await stock.addAgents(active)
  const speaking = Array.from({ length: active }, (_, index) => customers[Math.floor(((index + 0.5) * size) / active)]!)
  await stock.live(
    customers.filter((customer) => !speaking.includes(customer)),
    agents,
  )
  for (const [index, customer] of speaking.entries()) await stock.hold(customer, agents[index]!)
  await stock.close()
  return deskPairs(await startParlance({ dataDir, profileDir }, `parlance with ${size} rooms`), speaking, agents)
}
