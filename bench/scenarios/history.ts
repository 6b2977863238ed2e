import { join } from 'node:path'
import { StompTalker } from '../load/stomp-talker.ts'
import { Tally } from '../load/talker.ts'
import { bar, measure, type ScenarioResult } from '../report/result.ts'
import { percentile } from '../report/statistics.ts'
import { startParlance } from '../subject/servers.ts'
import { Stock } from '../subject/stock.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import type { RoomId } from '../../src/core/model.ts'
import type { Conditions } from './scenario.ts'

const maxMs = 2
const pageSize = 30

/** A page of thirty from anywhere in a room of a million messages, over the wire and straight from the store. */
export async function history({ quick, folder, profileDir, say }: Conditions): Promise<ScenarioResult> {
  const messages = quick ? 20_000 : 1_000_000
  const rounds = quick ? 2 : 5
  const pages = quick ? 50 : 400
  say(`writing ${messages} messages`)
  const stock = new Stock(folder)
  const [customer] = await stock.addCustomers(1)
  const [agent] = await stock.addAgents(1)
  await stock.hold(customer!, agent!)
  await stock.talk(customer!, messages)
  await stock.close()
  const anywhere = (): number => pageSize + 1 + Math.floor(Math.random() * (messages - pageSize))

  const parlance = await startParlance({ dataDir: folder, profileDir })
  const reader = await StompTalker.connect(parlance.port, { customer: customer!.number }, new Tally())
  await reader.enter(customer!.roomId)
  const overTheWire: number[][] = []
  const cpuMs: number[] = []
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `over the wire, round ${round} of ${rounds}`)
    const before = await parlance.sample()
    const times: number[] = []
    for (let page = 0; page < pages; page++)
      times.push(await timed(async () => mustBeWhole(await reader.ask('MESSAGE_LIST', { startId: anywhere() }))))
    const after = await parlance.sample()
    if (round === 0) continue
    overTheWire.push(times.sort((a, b) => a - b))
    cpuMs.push((after.cpuMs - before.cpuMs) / pages)
  }
  reader.close()
  await parlance.stop()

  const inProcess: number[][] = []
  const store = new SqliteStore({ path: join(folder, 'parlance.sqlite'), log: console, now: Date.now })
  for (let round = 0; round <= rounds; round++) {
    const times: number[] = []
    for (let page = 0; page < pages; page++) times.push(await timed(() => pageOf(store, customer!.roomId, anywhere())))
    if (round > 0) inProcess.push(times.sort((a, b) => a - b))
  }
  await store.close()

  const medians = {
    wire: overTheWire.map((times) => percentile(times, 0.5)),
    store: inProcess.map((times) => percentile(times, 0.5)),
  }
  const measures = [
    measure('parlance', 'MESSAGE_LIST over a socket, there and back, p50', 'ms', medians.wire),
    measure(
      'parlance',
      'MESSAGE_LIST over a socket, there and back, p99',
      'ms',
      overTheWire.map((times) => percentile(times, 0.99)),
    ),
    measure('parlance', 'server CPU per page', 'ms', cpuMs),
    measure('store', 'messages.page in this process, p50', 'ms', medians.store),
    measure(
      'store',
      'messages.page in this process, p99',
      'ms',
      inProcess.map((times) => percentile(times, 0.99)),
    ),
  ]
  const bars = [
    bar('a page over a socket, there and back (more than the time inside the server)', 'ms', medians.wire, {
      atMost: maxMs,
    }),
    bar('a page from the store', 'ms', medians.store, { atMost: maxMs }),
  ]
  const notes = [
    `${messages.toLocaleString('en-US')} messages in the room; pages of ${pageSize} before ids drawn at random, ${pages} a round, one at a time.`,
  ]
  return { scenario: 'history', measures, bars, notes }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

async function pageOf(store: SqliteStore, roomId: RoomId, before: number): Promise<void> {
  const page = await store.messages.page(roomId, { before, audience: 'all', limit: pageSize, keep: 'newest' })
  if (page.length !== pageSize) throw new Error(`a page of ${page.length} messages before ${before}`)
}

function mustBeWhole(frame: string): void {
  const { data } = JSON.parse(frame.slice(frame.indexOf('\n\n') + 2, -1)) as { data: { messages: unknown[] } }
  if (data.messages.length !== pageSize) throw new Error(`a page of ${data.messages.length} messages`)
}
