import { join } from 'node:path'
import { CommuTalker } from '../load/commu-talker.ts'
import { gather } from '../load/crowd.ts'
import { GroupTalker } from '../load/group-talker.ts'
import { SocketIoTalker } from '../load/socketio-talker.ts'
import { StompTalker } from '../load/stomp-talker.ts'
import { Tally, type Talker } from '../load/talker.ts'
import { WsTalker } from '../load/ws-talker.ts'
import { bar, measure, type Bar, type Measure, type ScenarioResult } from '../report/result.ts'
import { ratios } from '../report/statistics.ts'
import { startBareWs, startParlance, startSocketIo } from '../subject/servers.ts'
import { Stock } from '../subject/stock.ts'
import { stockGroups } from '../subject/group-stock.ts'
import { stockTowns } from '../subject/town-stock.ts'
import type { Sample } from '../probe.ts'
import type { Measured, Subject } from '../subject/subject.ts'
import type { Conditions } from './scenario.ts'

const kib = 1024
const maxKiB = 12
const townSize = 100
const inCommunities = 'members of communities, each in a channel'
const settleMs = 2000

export interface Held {
  /** Against the fresh server. */
  readonly rssKiB: number
  /** Against the server with a fifth of them. */
  readonly laterRssKiB: number
  readonly heapKiB: number
}

export type Connecting = (index: number, tally: Tally) => Promise<Talker>

type Connect = (port: number, index: number, tally: Tally, from: string) => Promise<Talker>

/** Ten thousand who are connected and say nothing: what each keeps in memory. Every variant has a server of its own, freshly started. */
export async function idle({ quick, folder, profileDir, say, machine }: Conditions): Promise<ScenarioResult> {
  const wanted = quick ? 1000 : 10_000
  const rounds = quick ? 1 : 2
  // A few files are the server's own.
  const count = Math.min(wanted, machine.maxFiles - 200)
  const dataDir = join(folder, 'data')
  const stock = new Stock(dataDir)
  const customers = await stock.addCustomers(count)
  const [agent] = await stock.addAgents(1)
  await stock.close()

  const asCustomer: Connect = async (port, index, tally, from) => {
    const { number, roomId } = customers[index]!
    const talker = await StompTalker.connect(port, { customer: number }, tally, from)
    await talker.enter(roomId)
    return talker
  }
  const asAgent: Connect = async (port, _index, tally, from) => {
    const talker = await StompTalker.connect(port, { token: agent!.token }, tally, from)
    await talker.enterLobby()
    return talker
  }
  const towns = (await stockTowns(dataDir, Math.ceil(count / townSize), townSize)).flat()
  const inTown: Connect = (port, index, tally, from) => CommuTalker.connect(port, towns[index]!, tally, from)
  const seats = (await stockGroups(dataDir, Math.ceil(count / 2), 2)).flat()
  const inGroup: Connect = (port, index, tally, from) => GroupTalker.connect(port, seats[index]!, tally, from)
  const onSocketIo: Connect = async (port, index, tally, from) => {
    const talker = await SocketIoTalker.connect(port, tally, from)
    await talker.enter(`room ${index}`)
    return talker
  }
  const onBareWs: Connect = (port, _index, tally, from) => WsTalker.connect(port, tally, 0, from)

  const ours = (): Promise<Subject> => startParlance({ dataDir, profileDir })
  const variants = [
    { name: 'parlance', what: 'customers, each in its room', start: ours, connect: asCustomer },
    { name: 'parlance', what: 'agents in the lobby', start: ours, connect: asAgent },
    { name: 'parlance', what: 'users of gitplelive, two in each channel', start: ours, connect: inGroup },
    { name: 'parlance', what: inCommunities, start: ours, connect: inTown },
    { name: 'bare ws', what: 'nothing but connected', start: startBareWs, connect: onBareWs },
    { name: 'socket.io', what: 'each in its room', start: startSocketIo, connect: onSocketIo },
  ]
  const held = variants.map((): Held[] => [])
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { name, what, start, connect }] of variants.entries()) {
      say(`round ${round} of ${rounds}: ${count} on ${name}, ${what}`)
      const subject = await start()
      const from = `127.0.0.${2 + index}`
      held[index]!.push(await hold(subject, count, (at, tally) => connect(subject.port, at, tally, from)))
      await subject.stop()
    }
  }
  const measures: Measure[] = []
  const bars: Bar[] = []
  for (const [index, { name, what }] of variants.entries()) {
    const of = (pick: (each: Held) => number): number[] => held[index]!.map(pick)
    const resident = of(({ rssKiB }) => rssKiB)
    measures.push(
      measure(name, `${what}: resident`, 'KiB', resident),
      measure(
        name,
        `${what}: resident, the later four fifths`,
        'KiB',
        of(({ laterRssKiB }) => laterRssKiB),
      ),
      measure(
        name,
        `${what}: JavaScript heap`,
        'KiB',
        of(({ heapKiB }) => heapKiB),
      ),
    )
    if (what === inCommunities) {
      const theirs = held.at(-1)!.map(({ rssKiB }) => rssKiB)
      bars.push(bar(`${what}: resident memory of one, of socket.io’s`, '×', ratios(resident, theirs), { atMost: 1.1 }))
    } else if (name === 'parlance')
      bars.push(bar(`${what}: resident memory of one`, 'KiB', resident, { atMost: maxKiB }))
  }
  const all = count.toLocaleString('en-US')
  const notes = [
    `(resident set with ${all} connections − resident set of the fresh server) ÷ ${all}, each after a full collection (--expose-gc) and with nothing going on. Everything counts that grows with them: rooms remembered, presence, the store’s page cache; what the kernel holds for a socket doesn’t.`,
    'A start leaves free memory behind that the first connections use: the later four fifths, measured from the first fifth on, don’t profit from it.',
    ...(count < wanted
      ? [`Only ${all} connections: this system allows ${machine.maxFiles} open files a process.`]
      : []),
  ]
  return { scenario: 'idle', measures, bars, notes }
}

/** What so many connections keep there, each of them; `settled` says as of when. */
export async function hold(subject: Measured, count: number, connect: Connecting, settled = collected): Promise<Held> {
  const tally = new Tally()
  const few = Math.floor(count / 5)
  const fresh = await settled(subject)
  const talkers = await gather(few, (index) => connect(index, tally))
  const begun = await settled(subject)
  talkers.push(...(await gather(count - few, (index) => connect(few + index, tally))))
  const full = await settled(subject)
  if (tally.faults.length > 0) throw new Error(`${subject.name}: ${tally.faults.join('; ')}`)
  for (const talker of talkers) talker.close()
  return {
    rssKiB: (full.rssBytes - fresh.rssBytes) / count / kib,
    laterRssKiB: (full.rssBytes - begun.rssBytes) / (count - few) / kib,
    heapKiB: (full.heapBytes - fresh.heapBytes) / count / kib,
  }
}

/** Twice: what the first collection frees natively is given back after it. */
export async function collected(subject: Measured): Promise<Sample> {
  for (let times = 0; times < 2; times++) {
    await new Promise((resolve) => setTimeout(resolve, settleMs / 2))
    await subject.settle()
  }
  return subject.sample()
}
