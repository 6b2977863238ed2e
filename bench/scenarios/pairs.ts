import { join } from 'node:path'
import { gather, runLoop, type Crowd, type Slice } from '../load/crowd.ts'
import { SocketIoTalker } from '../load/socketio-talker.ts'
import { Tally } from '../load/talker.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { percentile, ratios } from '../report/statistics.ts'
import { startSocketIo } from '../subject/servers.ts'
import { communities, plainPairs } from './communities.ts'
import { desk } from './desk.ts'
import { groups } from './groups.ts'
import type { Conditions } from './scenario.ts'
import { website } from './website.ts'

/** Five hundred rooms at once, each of two who answer each other: customer and agent, guest and host. */
export async function pairs({ quick, folder, profileDir, say, machine }: Conditions): Promise<ScenarioResult> {
  const count = quick ? 50 : 500
  const rounds = quick ? 2 : 7
  const forMs = quick ? 300 : 2000
  const ours: Crowd[] = []
  for (const spoken of [desk, website, groups]) {
    say(`${count} pairs on ${spoken.name}`)
    ours.push(await spoken.pairs({ dataDir: join(folder, spoken.name), profileDir }, count))
  }
  say(`${count} pairs on socket.io`)
  const theirs = await socketIoPairs(count)
  say(`${count} pairs on ${communities.name}, and its clients on socket.io`)
  const towns = await communities.pairs({ dataDir: join(folder, communities.name), profileDir }, count)
  const plain = await plainPairs(count)
  const crowds = [...ours, theirs, towns, plain]
  for (const crowd of crowds) await runLoop(crowd, { inFlight: 1, forMs: 500 })

  const slices = new Map(crowds.map((crowd) => [crowd, [] as Slice[]]))
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`)
    for (const [crowd, of] of slices) of.push(await runLoop(crowd, { inFlight: 1, forMs }))
  }
  for (const crowd of crowds) crowd.close()
  await Promise.all(crowds.map(({ subject }) => subject.stop()))

  const measures = [...slices].flatMap(([crowd, of]) => {
    const name = crowd === plain ? `${crowd.subject.name}, communities` : crowd.subject.name
    const latency = (share: number): number[] => of.map(({ latenciesMs }) => percentile(latenciesMs, share))
    const load = of.map(({ loadCpuMs, cpuMs }) => loadCpuMs / cpuMs)
    return [
      measure(name, 'acknowledged messages', '/s', of.map(perSecond)),
      measure(name, 'server CPU per message', 'µs', of.map(costUs)),
      measure(name, 'ack latency p50', 'ms', latency(0.5)),
      measure(name, 'ack latency p99', 'ms', latency(0.99)),
      measure(name, 'load generator’s CPU, of the server’s', '×', load),
    ]
  })
  const contests = [...ours.map((crowd) => [crowd, theirs] as const), [towns, plain] as const]
  const bars = contests.map(([crowd, peer]) =>
    bar(
      `${crowd.subject.name}: acknowledged messages per second, of socket.io’s`,
      '×',
      ratios(slices.get(crowd)!.map(perSecond), slices.get(peer)!.map(perSecond)),
      { atLeast: 0.6 },
    ),
  )
  const copies = crowds.map(({ subject, tally }) => `${tally.payloadBytes} bytes on ${subject.name}`)
  const notes = [
    `${count} rooms of two, one message outstanding in each, the two in turn; each message reached both, in communities the other one.`,
    `Ours are on the disk (${machine.fileSystem}, synchronous=FULL) before the RECEIPT of cstalk, the sender’s own copy of pintalk, the reply of gitplelive and the ack of commu; socket.io keeps nothing. The same text everywhere; a copy is ${copies.join(', ')}.`,
  ]
  return { scenario: 'pairs', measures, bars, notes }
}

async function socketIoPairs(count: number): Promise<Crowd> {
  const subject = await startSocketIo()
  const tally = new Tally()
  const rooms = await gather(count, async (index) => {
    const two = [await SocketIoTalker.connect(subject.port, tally), await SocketIoTalker.connect(subject.port, tally)]
    for (const talker of two) await talker.enter(`room ${index}`)
    return two
  })
  return { subject, rooms, audience: 2, tally, close: () => rooms.flat().forEach((talker) => talker.close()) }
}

function perSecond({ messages, elapsedMs }: Slice): number {
  return (messages * 1000) / elapsedMs
}

export function costUs({ cpuMs, messages }: Slice): number {
  return (cpuMs * 1000) / messages
}
