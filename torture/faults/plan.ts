import type { Random } from '../random.ts'

/** What goes wrong. */
export const faultKinds = [
  'node killed',
  'node stopped',
  'node paused',
  'node cut off from its clients',
  'node cut off from the services',
  'node cut off',
  'Redis killed',
  'Redis paused',
  'database killed',
  'database paused',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  readonly kind: FaultKind
  /** Which node; 0 where it is none's. */
  readonly node: number
  readonly atMs: number
  /** How long it stays so, before it is mended. */
  readonly forMs: number
}

export interface PlanOptions {
  readonly random: Random
  readonly forMs: number
  readonly nodes: number
  readonly kinds: readonly FaultKind[]
}

/** How long each lasts, and how often it comes in comparison. */
const traits: Readonly<
  Record<FaultKind, { readonly leastMs: number; readonly mostMs: number; readonly weight: number }>
> = {
  'node killed': { leastMs: 0, mostMs: 5000, weight: 4 },
  'node stopped': { leastMs: 0, mostMs: 3000, weight: 2 },
  'node paused': { leastMs: 1000, mostMs: 15_000, weight: 4 },
  'node cut off from its clients': { leastMs: 1000, mostMs: 12_000, weight: 2 },
  'node cut off from the services': { leastMs: 1000, mostMs: 15_000, weight: 4 },
  'node cut off': { leastMs: 1000, mostMs: 15_000, weight: 2 },
  'Redis killed': { leastMs: 0, mostMs: 4000, weight: 3 },
  'Redis paused': { leastMs: 500, mostMs: 8000, weight: 2 },
  'database killed': { leastMs: 0, mostMs: 4000, weight: 3 },
  'database paused': { leastMs: 500, mostMs: 8000, weight: 2 },
}

/** Nothing is hit again before it has had so long to come back. */
const restMs = 3000

/** When what goes wrong, and for how long. Faults of different things overlap as chance has it. */
export function planFaults({ random, forMs, nodes, kinds }: PlanOptions): Fault[] {
  const drawn = kinds.flatMap((kind) => Array.from({ length: traits[kind].weight }, () => kind))
  const faults: Fault[] = []
  const busyUntil = new Map<string, number>()
  for (let atMs = random.between(500, 2000); atMs < forMs; atMs += random.between(300, 3500)) {
    const kind = random.pick(drawn)
    const node = isOfNode(kind) ? random.between(0, nodes - 1) : 0
    const { leastMs, mostMs } = traits[kind]
    const wantedMs = random.between(leastMs, mostMs)
    const target = targetOf({ kind, node })
    if (atMs < (busyUntil.get(target) ?? 0)) continue
    const lastsMs = Math.min(wantedMs, Math.max(0, forMs - atMs))
    busyUntil.set(target, atMs + lastsMs + restMs)
    faults.push({ kind, node, atMs, forMs: lastsMs })
  }
  return faults
}

export function targetOf({ kind, node }: Pick<Fault, 'kind' | 'node'>): string {
  return isOfNode(kind) ? `node ${node + 1}` : (kind.split(' ')[0] ?? kind)
}

function isOfNode(kind: FaultKind): boolean {
  return kind.startsWith('node ')
}
