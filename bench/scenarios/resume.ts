import { join } from 'node:path'
import { gather, runLoop } from '../load/crowd.ts'
import { GroupTalker, type Seat } from '../load/group-talker.ts'
import { Tally } from '../load/talker.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { stockGroups } from '../subject/group-stock.ts'
import { startParlance } from '../subject/servers.ts'
import type { Conditions } from './scenario.ts'

const missed = 20
const channels = 50
const maxMs = 2
/** What the server says, at the level of details, when it asks its store for what somebody missed. */
const readLine = 'missed events were read'

interface Return {
  readonly cpuMsEach: number
  readonly elapsedMs: number
  readonly readsPerChannel: number
}

/** Five thousand who are cut off at once and come back, each to a channel in which twenty messages were written meanwhile. */
export async function resume({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const count = quick ? 200 : 5000
  const rounds = quick ? 1 : 3
  const dataDir = join(folder, 'data')
  const seats = await stockGroups(dataDir, channels, count / channels)
  const returns: Return[] = []
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: ${count} clients`)
    returns.push(await cutAndReturn({ dataDir, profileDir }, seats, missed * (round - 1)))
  }
  const of = (pick: (each: Return) => number): number[] => returns.map(pick)
  const name = 'parlance gitplelive'
  const each = of(({ cpuMsEach }) => cpuMsEach)
  const reads = of(({ readsPerChannel }) => readsPerChannel)
  return {
    scenario: 'resume',
    measures: [
      measure(name, 'server CPU for one who comes back', 'ms', each),
      measure(
        name,
        `${count.toLocaleString('en-US')} are back after`,
        's',
        of(({ elapsedMs }) => elapsedMs / 1000),
      ),
      measure(name, 'looks into the store for what was missed, per channel', '', reads),
    ],
    bars: [
      bar('server CPU for one who comes back', 'ms', each, { atMost: maxMs }),
      bar('looks into the store for what was missed, per channel', '', reads, { atMost: 1 }),
    ],
    notes: [
      `${count.toLocaleString('en-US')} clients in ${channels} channels, cut off at once; ${missed} messages in each channel; then they dial again, 100 at a time, each with its position. From the first dial until the last has heard everything: the WebSocket’s handshake, the token, the user’s channels and the ${missed} messages. Every message arrived, once.`,
    ],
  }
}

async function cutAndReturn(
  where: { dataDir: string; profileDir: string | null },
  channelSeats: readonly (readonly Seat[])[],
  saidBefore: number,
): Promise<Return> {
  const subject = await startParlance({ ...where, logLevel: 'debug', counted: readLine })
  const seats = channelSeats.flat().map((seat): Seat => {
    const [seq = 0, epoch = 0] = seat.position ?? []
    return { ...seat, position: [seq + saidBefore, epoch] }
  })
  const tally = new Tally()
  const first = await gather(seats.length, (index) => GroupTalker.connect(subject.port, seats[index]!, tally))
  for (const talker of first) talker.close()

  const writers = await gather(channelSeats.length, async (index) => {
    return [await GroupTalker.connect(subject.port, { ...channelSeats[index]![0]!, position: null }, tally)]
  })
  // So that the time is over before the second one.
  const loop = {
    subject,
    rooms: writers,
    audience: 1,
    tally,
    close: () => writers.flat().forEach((one) => one.close()),
  }
  for (let said = 0; said < missed; said++) await runLoop(loop, { inFlight: 1, forMs: 0 })
  loop.close()

  const told = tally.deliveries
  const readsBefore = subject.counted
  const before = await subject.sample()
  const from = performance.now()
  const back = await gather(seats.length, (index) => GroupTalker.connect(subject.port, seats[index]!, tally))
  const elapsedMs = performance.now() - from
  const after = await subject.sample()
  for (const talker of back) talker.close()
  const deliveries = tally.deliveries - told
  if (deliveries !== seats.length * missed || tally.faults.length > 0)
    throw new Error(`${deliveries} of ${seats.length * missed} messages were told again; ${tally.faults.join('; ')}`)
  const readsPerChannel = (subject.counted - readsBefore) / channelSeats.length
  await subject.stop()
  return { cpuMsEach: (after.cpuMs - before.cpuMs) / seats.length, elapsedMs, readsPerChannel }
}
