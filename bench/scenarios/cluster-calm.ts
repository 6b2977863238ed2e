import { GroupTalker } from '../load/group-talker.ts'
import { Trio } from '../load/trio.ts'
import type { Sample } from '../probe.ts'
import { bar, measure, type Bar, type Measure } from '../report/result.ts'
import { ratios } from '../report/statistics.ts'
import { Cluster, type ClusterPlace } from '../subject/cluster.ts'
import type { Seats } from '../subject/cluster-stock.ts'
import { startParlance } from '../subject/servers.ts'
import type { Measured } from '../subject/subject.ts'
import { embedded, type Part, type Side } from './cluster-side.ts'
import { collected, hold, type Connecting, type Held } from './idle.ts'
import type { Conditions } from './scenario.ts'

const maxLaterMs = 3
/** Two nodes remember what they have in common twice. */
const maxMemoryRatio = 1.2
const settleMs = 1000

/** From sending to hearing, at a rate that keeps nobody busy. */
export async function waysOf({ quick, say }: Conditions, pair: Side, single: Side): Promise<Part> {
  const rounds = quick ? 2 : 7
  const messages = quick ? 10 : 100
  const trios = {
    pair: await Trio.at(pair.portFor, pair.seats.three),
    single: await Trio.at(single.portFor, single.seats.three),
  }
  for (const trio of Object.values(trios)) await trio.talk(messages)
  const median = { sameNode: [] as number[], otherNode: [] as number[], alone: [] as number[] }
  for (let round = 1; round <= rounds; round++) {
    say(`one at a time, round ${round} of ${rounds}`)
    const [near, far] = await trios.pair.talk(messages)
    median.sameNode.push(near)
    median.otherNode.push(far)
    median.alone.push((await trios.single.talk(messages))[0])
  }
  for (const trio of Object.values(trios)) trio.close()
  const later = (than: readonly number[]): number[] => median.otherNode.map((ms, round) => ms - than[round]!)
  const most = { atMost: maxLaterMs }
  return {
    measures: [
      measure(pair.subject.name, 'sent to heard at the other node, p50', 'ms', median.otherNode),
      measure(pair.subject.name, 'sent to heard at the sender’s node, p50', 'ms', median.sameNode),
      measure(embedded, 'sent to heard, p50', 'ms', median.alone),
    ],
    bars: [
      bar('heard at the other node, later than at the sender’s, p50', 'ms', later(median.sameNode), most),
      bar('heard at the other node, later than at the embedded server, p50', 'ms', later(median.alone), most),
    ],
  }
}

export interface Grounds {
  readonly pair: { readonly place: ClusterPlace; readonly seats: Seats }
  readonly single: {
    readonly alone: { readonly dataDir: string; readonly profileDir: string | null }
    readonly seats: Seats
  }
}

async function withoutReserve(subject: Measured): Promise<Sample> {
  for (let times = 0; times < 2; times++) {
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    await subject.giveBack()
  }
  return subject.sample()
}

/** What a connection keeps, at servers that have just been started: with what V8 keeps in reserve after the rush of connecting, and without. */
export async function memory({ quick, say }: Conditions, count: number, { pair, single }: Grounds): Promise<Part> {
  const rounds = quick ? 1 : 2
  const held = { pair: [] as Held[], single: [] as Held[] }
  const inReserve = { pair: [] as Held[], single: [] as Held[] }
  for (let round = 1; round <= rounds; round++) {
    say(`${count} who say nothing, round ${round} of ${rounds}`)
    for (const [into, settled] of [
      [inReserve, collected],
      [held, withoutReserve],
    ] as const) {
      const nodes = await Cluster.start(pair.place)
      const atNodes: Connecting = (index, tally) =>
        GroupTalker.connect(nodes.portFor(index), pair.seats.idle[index]!, tally, '127.0.0.2')
      into.pair.push(await hold(nodes, count, atNodes, settled))
      await nodes.stop()
      const one = await startParlance(single.alone, embedded)
      const atOne: Connecting = (index, tally) =>
        GroupTalker.connect(one.port, single.seats.idle[index]!, tally, '127.0.0.3')
      into.single.push(await hold(one, count, atOne, settled))
      await one.stop()
    }
  }
  const of = (side: 'pair' | 'single', pick: (each: Held) => number): number[] => held[side].map(pick)
  const who = 'users of gitplelive, two in each channel'
  const measures: Measure[] = []
  for (const [name, side] of [
    ['parlance, two nodes', inReserve.pair],
    [embedded, inReserve.single],
  ] as const) {
    const resident = side.map(({ rssKiB }) => rssKiB)
    measures.push(measure(name, `${who}: resident, with V8’s reserve`, 'KiB', resident))
  }
  const bars: Bar[] = []
  for (const [what, pick, isBarred] of [
    ['JavaScript heap', ({ heapKiB }: Held) => heapKiB, true],
    ['resident', ({ rssKiB }: Held) => rssKiB, true],
    ['resident, the later four fifths', ({ laterRssKiB }: Held) => laterRssKiB, false],
  ] as const) {
    const [two, one] = [of('pair', pick), of('single', pick)]
    measures.push(
      measure('parlance, two nodes', `${who}: ${what}`, 'KiB', two),
      measure(embedded, `${who}: ${what}`, 'KiB', one),
    )
    if (!isBarred) continue
    const ratio = ratios(two, one)
    bars.push(bar(`${what} of a connection, of the embedded server’s`, '×', ratio, { atMost: maxMemoryRatio }))
  }
  return { measures, bars }
}
