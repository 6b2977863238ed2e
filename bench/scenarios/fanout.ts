import { join } from 'node:path'
import { gather, runLoop, type Crowd, type Slice } from '../load/crowd.ts'
import { Tally } from '../load/talker.ts'
import { WsTalker } from '../load/ws-talker.ts'
import { bar, measure, type Bar, type Measure, type ScenarioResult } from '../report/result.ts'
import { ratios } from '../report/statistics.ts'
import { startBareWs } from '../subject/servers.ts'
import { communities, plainChannel } from './communities.ts'
import { desk } from './desk.ts'
import { groups } from './groups.ts'
import { laravelHttp, laravelJwt } from './laravel.ts'
import { pusherHttp, pusherWhisper } from './pusher.ts'
import type { Conditions } from './scenario.ts'
import type { Spoken } from './spoken.ts'
import { website } from './website.ts'

/** What is fanned out: of a protocol, the one room, and who does the same without keeping it. */
type Fanned = Pick<Spoken, 'name' | 'oneRoom'> & { readonly rival?: Rival }

interface Rival {
  readonly name: string
  crowd(listeners: number, payloadBytes: number): Promise<Crowd>
  /** By how many are in flight: our CPU for a delivery, of the rival's. */
  readonly atMost: Readonly<Record<1 | 16, number>>
}

const bareLoop: Rival = { name: 'the bare ws loop', crowd: wsCrowd, atMost: { 1: 1.1, 16: 1 / 8 } }

/** Here clients know the official server's frames, so it is what they are compared with. */
const communitiesAndRival: Fanned = {
  ...communities,
  rival: { name: 'socket.io', crowd: plainChannel, atMost: { 1: 1, 16: 1 / 5 } },
}

interface Contest {
  readonly spoken: Fanned
  readonly ours: Crowd
  readonly rival: Rival
  /** The same number who listen, and messages as long as ours. */
  readonly theirs: Crowd
}

/** One room, a thousand sockets of those who answer; its customer or guest writes. What a delivery costs the server, against a bare `ws` loop, or against the official server of the same wire. */
export async function fanout({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const listeners = quick ? 100 : 1000
  const rounds = quick ? 2 : 7
  const forMs = quick ? 300 : 1500
  const contests: Contest[] = []
  const all: readonly Fanned[] = [
    desk,
    website,
    laravelJwt,
    laravelHttp,
    pusherWhisper,
    pusherHttp,
    groups,
    communitiesAndRival,
  ]
  for (const spoken of all) {
    const { rival = bareLoop } = spoken
    say(`${listeners} listeners on ${spoken.name} and on ${rival.name}`)
    const ours = await spoken.oneRoom({ dataDir: join(folder, spoken.name), profileDir }, listeners)
    // Once unmeasured: it warms the server and tells how long our frames are.
    await runLoop(ours, { inFlight: 1, forMs: 300 })
    const theirs = await rival.crowd(listeners, ours.tally.payloadBytes)
    await runLoop(theirs, { inFlight: 1, forMs: 300 })
    contests.push({ spoken, ours, rival, theirs })
  }

  const measures: Measure[] = []
  const reached: Bar[] = []
  for (const inFlight of [1, 16] as const) {
    const slices = contests.map(() => ({ ours: [] as Slice[], theirs: [] as Slice[] }))
    for (let round = 1; round <= rounds; round++) {
      say(`${inFlight} in flight, round ${round} of ${rounds}`)
      for (const [index, { ours, theirs }] of contests.entries()) {
        slices[index]!.ours.push(await runLoop(ours, { inFlight, forMs }))
        slices[index]!.theirs.push(await runLoop(theirs, { inFlight, forMs }))
      }
    }
    for (const [index, { spoken, rival, theirs }] of contests.entries()) {
      const of = slices[index]!
      const costs = { ours: of.ours.map(costUs), theirs: of.theirs.map(costUs) }
      const other = `${theirs.subject.name}, ${theirs.tally.payloadBytes} bytes`
      measures.push(
        measure(spoken.name, `${inFlight} in flight: server CPU per delivery`, 'µs', costs.ours),
        measure(other, `${inFlight} in flight: server CPU per delivery`, 'µs', costs.theirs),
        measure(spoken.name, `${inFlight} in flight: deliveries`, '/s', of.ours.map(perSecond)),
        measure(other, `${inFlight} in flight: deliveries`, '/s', of.theirs.map(perSecond)),
      )
      reached.push(
        bar(
          `${spoken.name}, ${inFlight} in flight: server CPU per delivery, of ${rival.name}’s`,
          '×',
          ratios(costs.ours, costs.theirs),
          { atMost: rival.atMost[inFlight] },
        ),
      )
    }
  }
  for (const { ours, theirs } of contests) {
    ours.close()
    theirs.close()
    await Promise.all([ours.subject.stop(), theirs.subject.stop()])
  }
  const copies = contests.map(
    ({ spoken, ours }) => `${ours.tally.deliveries.toLocaleString('en-US')} on ${spoken.name}`,
  )
  const notes = [
    `${listeners} listeners and the one who writes; every copy arrived (${copies.join(', ')}). Ours are stored and acknowledged, except those on the Pusher protocol, where nothing is kept; the others keep nothing.`,
    'The loop’s messages are as long as those of the protocol that it is compared with (the WebSocket’s header not counted).',
  ]
  return { scenario: 'fanout', measures, bars: reached, notes }
}

async function wsCrowd(listeners: number, payloadBytes: number): Promise<Crowd> {
  const subject = await startBareWs()
  const tally = new Tally()
  const clients = await gather(listeners + 1, () => WsTalker.connect(subject.port, tally, payloadBytes))
  const close = (): void => clients.forEach((client) => client.close())
  return { subject, rooms: [[clients[0]!]], audience: listeners + 1, tally, close }
}

function costUs({ cpuMs, deliveries }: Slice): number {
  return (cpuMs * 1000) / deliveries
}

function perSecond({ deliveries, elapsedMs }: Slice): number {
  return (deliveries * 1000) / elapsedMs
}
