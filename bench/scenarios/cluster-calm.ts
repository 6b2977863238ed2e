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
import { hold, type Connecting, type Held } from './idle.ts'
import type { Conditions } from './scenario.ts'

const kib = 1024
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

/** What a connection keeps, at servers that have just been started: with what V8 keeps in reserve after the rush of connecting, and without. */
export async function memory({ quick, say }: Conditions, count: number, { pair, single }: Grounds): Promise<Part> {
  const rounds = quick ? 1 : 2
  const held = { pair: [] as Held[], single: [] as Held[] }
  const inReserve = { pair: [] as number[], single: [] as number[] }
  const holdAt = async (side: 'pair' | 'single', subject: Measured, connect: Connecting): Promise<void> => {
    const rssBytes: number[] = []
    const without = async (): Promise<Sample> => {
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      rssBytes.push((await subject.settle()).rssBytes)
      await subject.giveBack()
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      return subject.giveBack()
    }
    held[side].push(await hold(subject, count, connect, without))
    inReserve[side].push((rssBytes.at(-1)! - rssBytes[0]!) / count / kib)
  }
  for (let round = 1; round <= rounds; round++) {
    say(`${count} who say nothing, round ${round} of ${rounds}`)
    const nodes = await Cluster.start(pair.place)
    await holdAt('pair', nodes, (index, tally) =>
      GroupTalker.connect(nodes.portFor(index), pair.seats.idle[index]!, tally, '127.0.0.2'),
    )
    await nodes.stop()
    const one = await startParlance(single.alone, embedded)
    await holdAt('single', one, (index, tally) =>
      GroupTalker.connect(one.port, single.seats.idle[index]!, tally, '127.0.0.3'),
    )
    await one.stop()
  }
  const of = (side: 'pair' | 'single', pick: (each: Held) => number): number[] => held[side].map(pick)
  const who = 'users of gitplelive, two in each channel'
  const measures: Measure[] = [
    measure('parlance, two nodes', `${who}: resident, with V8’s reserve`, 'KiB', inReserve.pair),
    measure(embedded, `${who}: resident, with V8’s reserve`, 'KiB', inReserve.single),
  ]
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
