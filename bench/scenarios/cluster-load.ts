import { gather, runLoop, type Crowd, type Slice } from '../load/crowd.ts'
import { GroupTalker } from '../load/group-talker.ts'
import { Tally } from '../load/talker.ts'
import { bar, measure, type Bar, type Measure } from '../report/result.ts'
import { percentile, ratios } from '../report/statistics.ts'
import type { Ground } from '../subject/cluster.ts'
import { embedded, type Part, type Side } from './cluster-side.ts'
import type { Conditions } from './scenario.ts'

/** With fewer, two nodes, Redis, MariaDB and the load take each other's time, and a pair can't be faster than one. */
export const coresForRates = 6
const maxCostRatio = 1.25
const minRateRatio = 1.5
const minDurablePerSecond = 5000
/** Until the nodes have read what they remember of a thousand who have just come, and what they do is compiled. */
const warmUpMs = 10_000

/** A slice, and what the nodes' services used meanwhile. */
interface Ran {
  readonly slice: Slice
  readonly redisCpuMs: number
  readonly mariadbCpuMs: number
}

async function runOn(ground: Ground, crowd: Crowd, loop: Parameters<typeof runLoop>[1]): Promise<Ran> {
  const before = ground.cpu()
  const slice = await runLoop(crowd, loop)
  const after = ground.cpu()
  return {
    slice,
    redisCpuMs: after.redisCpuMs - before.redisCpuMs,
    mariadbCpuMs: after.mariadbCpuMs - before.mariadbCpuMs,
  }
}

/** One room, its members spread over both nodes. */
export async function fanOut(
  { quick, say, machine }: Conditions,
  ground: Ground,
  pair: Side,
  single: Side,
): Promise<Part> {
  const rounds = quick ? 2 : 7
  const forMs = quick ? 300 : 1500
  say('a crowd at both')
  const both = { pair: await oneRoom(pair), single: await oneRoom(single) }
  for (const crowd of Object.values(both)) await runLoop(crowd, { inFlight: 16, forMs: 500 })
  const measures: Measure[] = []
  const bars: Bar[] = []
  for (const inFlight of [1, 16]) {
    const ran = { pair: [] as Ran[], single: [] as Ran[] }
    for (let round = 1; round <= rounds; round++) {
      say(`${inFlight} in flight, round ${round} of ${rounds}`)
      for (const side of ['pair', 'single'] as const)
        ran[side].push(await runOn(ground, both[side], { inFlight, forMs }))
    }
    const each = (side: 'pair' | 'single', pick: (ran: Ran) => number): number[] => ran[side].map(pick)
    const costs = { pair: each('pair', nodesUs), single: each('single', nodesUs) }
    const rates = { pair: each('pair', deliveriesPerSecond), single: each('single', deliveriesPerSecond) }
    const what = `${inFlight} in flight`
    measures.push(
      measure(pair.subject.name, `${what}: nodes’ CPU per delivery`, 'µs', costs.pair),
      measure(embedded, `${what}: server CPU per delivery`, 'µs', costs.single),
      measure(
        'Redis',
        `${what}: CPU per message of the nodes`,
        'µs',
        each('pair', ({ slice, redisCpuMs }) => (redisCpuMs * 1000) / slice.messages),
      ),
      measure(
        'MariaDB',
        `${what}: CPU per message of the nodes`,
        'µs',
        each('pair', ({ slice, mariadbCpuMs }) => (mariadbCpuMs * 1000) / slice.messages),
      ),
      measure(pair.subject.name, `${what}: deliveries`, '/s', rates.pair),
      measure(embedded, `${what}: deliveries`, '/s', rates.single),
    )
    bars.push(
      machine.cores < coresForRates
        ? bar(`${what}: nodes’ CPU per delivery, of the embedded server’s`, '×', ratios(costs.pair, costs.single), {
            atMost: maxCostRatio,
          })
        : bar(
            `${what}: deliveries per second of both nodes, of the embedded server’s`,
            '×',
            ratios(rates.pair, rates.single),
            {
              atLeast: minRateRatio,
            },
          ),
    )
  }
  for (const crowd of Object.values(both)) crowd.close()
  return { measures, bars }
}

async function oneRoom({ subject, seats, portFor }: Side): Promise<Crowd> {
  const tally = new Tally()
  const talkers = await gather(seats.crowd.length, (index) =>
    GroupTalker.connect(portFor(index), seats.crowd[index]!, tally),
  )
  const close = (): void => talkers.forEach((talker) => talker.close())
  return { subject, rooms: [[talkers[0]!]], audience: talkers.length, tally, close }
}

/** Many rooms at once, so that there is something to be brought to the database together. */
export async function durable({ quick, say }: Conditions, ground: Ground, pair: Side, single: Side): Promise<Part> {
  const rounds = quick ? 2 : 7
  const forMs = quick ? 300 : 2000
  say('pairs at both')
  const both = { pair: await rooms(pair), single: await rooms(single) }
  for (const crowd of Object.values(both)) await runLoop(crowd, { inFlight: 1, forMs: quick ? 300 : warmUpMs })
  const ran = { pair: [] as Ran[], single: [] as Ran[] }
  for (let round = 1; round <= rounds; round++) {
    say(`pairs, round ${round} of ${rounds}`)
    for (const side of ['pair', 'single'] as const)
      ran[side].push(await runOn(ground, both[side], { inFlight: 1, forMs }))
  }
  for (const crowd of Object.values(both)) crowd.close()
  const rates = ran.pair.map(messagesPerSecond)
  const perMessage = (pick: (ran: Ran) => number): number[] =>
    ran.pair.map((each) => (pick(each) * 1000) / each.slice.messages)
  const latency = (share: number): number[] => ran.pair.map(({ slice }) => percentile(slice.latenciesMs, share))
  const { name } = pair.subject
  return {
    measures: [
      measure(name, 'acknowledged messages', '/s', rates),
      measure(embedded, 'acknowledged messages', '/s', ran.single.map(messagesPerSecond)),
      measure(
        name,
        'nodes’ CPU per message',
        'µs',
        perMessage(({ slice }) => slice.cpuMs),
      ),
      measure(
        embedded,
        'server CPU per message',
        'µs',
        ran.single.map(({ slice }) => (slice.cpuMs * 1000) / slice.messages),
      ),
      measure(
        'Redis',
        'CPU per message',
        'µs',
        perMessage(({ redisCpuMs }) => redisCpuMs),
      ),
      measure(
        'MariaDB',
        'CPU per message',
        'µs',
        perMessage(({ mariadbCpuMs }) => mariadbCpuMs),
      ),
      measure(
        'the load',
        'CPU per message',
        'µs',
        perMessage(({ slice }) => slice.loadCpuMs),
      ),
      measure(name, 'ack latency p50', 'ms', latency(0.5)),
      measure(name, 'ack latency p99', 'ms', latency(0.99)),
    ],
    bars: [bar('messages acknowledged by two nodes, in the database', '/s', rates, { atLeast: minDurablePerSecond })],
  }
}

async function rooms({ subject, seats, portFor }: Side): Promise<Crowd> {
  const tally = new Tally()
  const all = await gather(seats.pairs.length, (room) =>
    Promise.all(seats.pairs[room]!.map((seat, index) => GroupTalker.connect(portFor(room + index), seat, tally))),
  )
  return { subject, rooms: all, audience: 2, tally, close: () => all.flat().forEach((talker) => talker.close()) }
}

function nodesUs({ slice }: Ran): number {
  return (slice.cpuMs * 1000) / slice.deliveries
}

function deliveriesPerSecond({ slice }: Ran): number {
  return (slice.deliveries * 1000) / slice.elapsedMs
}

function messagesPerSecond({ slice }: Ran): number {
  return (slice.messages * 1000) / slice.elapsedMs
}
