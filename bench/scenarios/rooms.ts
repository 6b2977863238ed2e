import { openRoom } from '../load/newcomer.ts'
import { PintalkTalker } from '../load/pintalk-talker.ts'
import { Tally } from '../load/talker.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { percentile } from '../report/statistics.ts'
import { startParlance } from '../subject/servers.ts'
import { stockWebsite } from '../subject/website-stock.ts'
import type { Conditions } from './scenario.ts'

const maxCpuMs = 3
const atOnce = 8

interface Slice {
  readonly cpuMs: number
  readonly elapsedMs: number
  /** Ascending. */
  readonly latenciesMs: readonly number[]
}

/** Guests who are new: each opens its room over REST and connects to it. */
export async function rooms({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const guests = quick ? 40 : 400
  const rounds = quick ? 2 : 7
  const website = await stockWebsite(folder, 0)
  const subject = await startParlance({ dataDir: folder, profileDir })
  const tally = new Tally()
  const talkers: PintalkTalker[] = []

  const newcomer = async (): Promise<number> => {
    const from = performance.now()
    const room = await openRoom(subject.port, website)
    talkers.push(await PintalkTalker.connect(subject.port, room, { page: website.page }, tally))
    return performance.now() - from
  }
  const slice = async (): Promise<Slice> => {
    const latenciesMs: number[] = []
    const before = await subject.sample()
    const from = performance.now()
    let left = guests
    const queue = async (): Promise<void> => {
      while (left-- > 0) latenciesMs.push(await newcomer())
    }
    await Promise.all(Array.from({ length: atOnce }, queue))
    const elapsedMs = performance.now() - from
    const after = await subject.sample()
    if (tally.faults.length > 0) throw new Error(`${subject.name}: ${tally.faults.join('; ')}`)
    return { cpuMs: after.cpuMs - before.cpuMs, elapsedMs, latenciesMs: latenciesMs.sort((a, b) => a - b) }
  }

  const slices: Slice[] = []
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `${guests} newcomers, round ${round} of ${rounds}`)
    const measured = await slice()
    if (round > 0) slices.push(measured)
  }
  for (const talker of talkers) talker.close()
  await subject.stop()

  const costs = slices.map(({ cpuMs }) => cpuMs / guests)
  const latency = (share: number): number[] => slices.map(({ latenciesMs }) => percentile(latenciesMs, share))
  const perSecond = slices.map(({ elapsedMs }) => (guests * 1000) / elapsedMs)
  const measures = [
    measure('parlance pintalk', 'server CPU per room', 'ms', costs),
    measure('parlance pintalk', 'rooms', '/s', perSecond),
    measure('parlance pintalk', 'from the preflight to the first page, p50', 'ms', latency(0.5)),
    measure('parlance pintalk', 'from the preflight to the first page, p99', 'ms', latency(0.99)),
  ]
  const bars = [bar('server CPU to create a room and connect to it', 'ms', costs, { atMost: maxCpuMs })]
  const notes = [
    `${guests} newcomers a round, ${atOnce} at once, each as a browser does it: a connection for the preflight and POST /api/chat, and the WebSocket, until its first page is here. The sockets of all rounds stay open.`,
  ]
  return { scenario: 'rooms', measures, bars, notes }
}
