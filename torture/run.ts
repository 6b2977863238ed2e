import { checkAll } from './checks/checks.ts'
import type { Violation } from './checks/violation.ts'
import { Cast, chatChannel } from './clients/cast.ts'
import { faultKinds, planFaults, type Fault, type FaultKind } from './faults/plan.ts'
import { leftOut, Saboteur } from './faults/saboteur.ts'
import { isOpen, Journal, type History, type MarkKept, type Records } from './journal.ts'
import { Random } from './random.ts'
import { tenants } from './world/apps.ts'
import { Histories } from './world/histories.ts'
import type { Node } from './world/parlance.ts'
import { World } from './world/world.ts'

const warmUpMs = 30_000
const healMs = 90_000
const quietMs = 30_000
/** What would come twice comes soon after the first. */
const afterwardsMs = 1000

export interface RunOptions {
  readonly seed: number
  readonly seconds: number
  readonly nodes: number
  readonly ack: string
  readonly redisKeeps: boolean
  /** Empty, and the run's own. */
  readonly folder: string
  readonly isInside: boolean
  /** Why there are no networks to cut. */
  readonly whyNotCut: string | null
  readonly say: (what: string) => void
  readonly onLog: (node: string, line: string) => void
}

export interface Verdict {
  readonly seed: number
  readonly seconds: number
  readonly nodes: number
  readonly ack: string
  readonly faults: readonly Fault[]
  readonly leftOut: readonly string[]
  readonly records: Records
  readonly violations: readonly Violation[]
}

/** One run: a world, everybody in it, what goes wrong, and what is to be said of it when all is quiet again. */
export async function run(options: RunOptions): Promise<Verdict> {
  const { seed, seconds, nodes, ack } = options
  const random = new Random(seed)
  const startedAt = performance.now()
  const now = (): number => performance.now() - startedAt
  const say = (what: string): void => options.say(`${(now() / 1000).toFixed(2).padStart(7)} s  ${what}`)
  await using world = await World.open({ ...options, random })
  const out = leftOut(world, options.whyNotCut)
  const kinds = faultKinds.filter((kind) => !out.has(kind))
  const faults = planFaults({ random: random.for('faults'), forMs: seconds * 1000, nodes, kinds })
  const journal = new Journal(now)
  const saboteur = new Saboteur({ world, now, say })
  const crashes = watchCrashes(world.nodes, say)
  const casts = await openCasts(world, journal, random)
  try {
    await until(() => isEverybodyThere(journal), warmUpMs)
    for (const talk of casts.flatMap(({ talks }) => talks)) talk.start()
    say('everybody is there')
    await saboteur.carryOut(faults)
    const healedAt = now()
    say('all is mended')
    const unhealed = await finish(casts, world, journal, say)
    await until(() => isQuiet(journal), quietMs)
    await sleep(afterwardsMs)
    const records: Records = { ...journal, troubles: saboteur.troubles, ...(await readBack(world, casts)) }
    say('all is quiet')
    const violations = [...unhealed, ...crashes(), ...checkAll(records, healedAt)]
    return { seed, seconds, nodes, ack, faults, leftOut: wordsOf(out), records, violations }
  } finally {
    for (const cast of casts) cast.close()
  }
}

function openCasts({ stocked, balancer }: World, journal: Journal, random: Random): Promise<Cast[]> {
  const opened = tenants.map((tenant) =>
    Cast.open({ tenant, stocked: stocked[tenant], url: balancer.url, journal, random: random.for(tenant) }),
  )
  return Promise.all(opened)
}

/** A node that ends by itself is a fault of ours; it is started again, as a supervisor does. */
function watchCrashes(nodes: readonly Node[], say: (what: string) => void): () => Violation[] {
  const found: Violation[] = []
  for (const { name, daemon } of nodes) {
    daemon.onCrash = (how) => {
      say(`${name} ended by itself (${how})`)
      found.push({ rule: 'healing', words: `${name} ended by itself (${how})` })
      setTimeout(() => void daemon.revive(), 1000)
    }
  }
  return () => found
}

/** What is said last is heard by everybody. Tells what didn't come back in time. */
async function finish(
  casts: readonly Cast[],
  { balancer }: World,
  journal: Journal,
  say: (what: string) => void,
): Promise<Violation[]> {
  const deadline = performance.now() + healMs
  const leftMs = (): number => deadline - performance.now()
  let complaints: string[] = []
  const isWell = async (): Promise<boolean> => (complaints = await balancer.complaints()).length === 0
  await until(isWell, leftMs())
  say(complaints.length === 0 ? 'every node is ready' : complaints.join('; '))
  await until(() => isEverybodyThere(journal), leftMs())
  say('everybody is back')
  await Promise.race([
    Promise.all(casts.flatMap(({ talks }) => talks).map((talk) => talk.finish())),
    sleep(Math.max(0, leftMs())),
  ])
  return complaints.map((words) => ({ rule: 'healing', words }))
}

function isEverybodyThere(journal: Journal): boolean {
  return journal.readers.every((reader) => journal.isThere(reader))
}

/** Everybody who is there has heard the last words of everyone, where they are kept. */
function isQuiet({ lines, sends }: Journal): boolean {
  const last = new Map(sends.map((send) => [`${send.room.name} ${send.by}`, send]))
  return lines.filter(isOpen).every(({ room, readyAt, heard, mayMiss }) => {
    const texts = new Set(heard.map(({ text }) => text))
    const expected = [...last.values()].filter(
      (send) => send.room === room && send.by !== mayMiss && send.outcome === 'acked' && send.sentAt > (readyAt ?? 0),
    )
    return !room.isKept || expected.every(({ text }) => texts.has(text))
  })
}

async function readBack(world: World, casts: readonly Cast[]): Promise<Pick<Records, 'histories' | 'marksKept'>> {
  const histories: History[] = []
  const marksKept: MarkKept[] = []
  for (const { name: node, url } of world.nodes) {
    for (const [index, tenant] of tenants.entries()) {
      const rooms = casts[index]?.rooms
      if (!rooms) continue
      const of = new Histories(tenant, world.stocked[tenant], url)
      const group = await of.group()
      histories.push(
        { node, room: rooms.desk, entries: await of.desk() },
        { node, room: rooms.guests, entries: await of.guests() },
        { node, room: rooms.town, entries: await of.town() },
        { node, room: rooms.chat, entries: await of.chat(chatChannel) },
        { node, room: rooms.group, entries: group },
      )
      const newest = group.at(-1)?.id ?? 0
      for (const [reader, unread] of Object.entries(await of.unreadOfGroup()))
        marksKept.push({ node, room: rooms.group, reader, toId: newest - unread })
    }
  }
  return { histories, marksKept }
}

function wordsOf(out: ReadonlyMap<FaultKind, string>): string[] {
  return [...out].map(([kind, why]) => `${kind}: ${why}`)
}

async function until(isSo: () => boolean | Promise<boolean>, forMs: number): Promise<void> {
  const deadline = performance.now() + forMs
  while (!(await isSo()) && performance.now() < deadline) await sleep(100)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
