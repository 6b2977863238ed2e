import type { Trouble } from '../journal.ts'
import type { Daemon } from '../world/daemon.ts'
import type { Side } from '../world/network.ts'
import type { World } from '../world/world.ts'
import { faultKinds, targetOf, type Fault, type FaultKind } from './plan.ts'

/** What can't go wrong in a world, and why. */
export function leftOut(world: Pick<World, 'network' | 'redis'>, whyNotCut: string | null): Map<FaultKind, string> {
  const out = new Map<FaultKind, string>()
  for (const kind of faultKinds) {
    if (kind.includes('cut off') && !world.network) out.set(kind, whyNotCut ?? 'no networks were wanted')
    if (kind.startsWith('Redis') && !world.redis) out.set(kind, 'one node needs no Redis')
  }
  return out
}

export interface SaboteurOptions {
  readonly world: World
  readonly now: () => number
  /** Each fault and each mending, when it happens. */
  readonly say: (what: string) => void
}

/** Does what a plan says. */
export class Saboteur {
  readonly troubles: Trouble[] = []
  readonly #world: World
  readonly #now: () => number
  readonly #say: (what: string) => void

  constructor({ world, now, say }: SaboteurOptions) {
    this.#world = world
    this.#now = now
    this.#say = say
  }

  /** Resolves when everything is mended. Rejects when something doesn't start any more. */
  async carryOut(plan: readonly Fault[]): Promise<void> {
    const from = this.#now()
    // What takes longer to come back than was planned is hit later.
    const last = new Map<string, Promise<void>>()
    for (const fault of plan) {
      await sleep(from + fault.atMs - this.#now())
      const target = targetOf(fault)
      const before = last.get(target)
      last.set(target, before ? before.then(() => this.#hit(fault)) : this.#hit(fault))
    }
    await Promise.all(last.values())
  }

  async #hit(fault: Fault): Promise<void> {
    const from = this.#now()
    this.#say(`${wordsOf(fault)} for ${(fault.forMs / 1000).toFixed(1)} s`)
    await this.#break(fault)
    await sleep(fault.forMs)
    await this.#mend(fault)
    const to = this.#now()
    this.#say(`${wordsOf(fault)}: over after ${((to - from) / 1000).toFixed(1)} s`)
    this.troubles.push({ from, to })
  }

  async #break({ kind, node }: Fault): Promise<void> {
    const daemon = this.#daemon(kind, node)
    if (kind.endsWith('killed')) await daemon.end('SIGKILL')
    else if (kind.endsWith('stopped')) await daemon.end('SIGTERM')
    else if (kind.endsWith('paused')) daemon.pause()
    else for (const side of sidesOf(kind)) await this.#world.network?.cut(node, side)
  }

  async #mend({ kind, node }: Fault): Promise<void> {
    const daemon = this.#daemon(kind, node)
    if (kind.endsWith('paused')) daemon.resume()
    else if (kind.includes('cut off')) for (const side of sidesOf(kind)) await this.#world.network?.mend(node, side)
    // Whoever was killed, and whoever ended by itself.
    await daemon.revive()
  }

  #daemon(kind: FaultKind, node: number): Daemon {
    const { nodes, redis, database } = this.#world
    const daemon = kind.startsWith('Redis') ? redis : kind.startsWith('database') ? database : nodes[node]?.daemon
    if (!daemon) throw new Error(`there is nothing that can be "${kind}"`)
    return daemon
  }
}

function wordsOf({ kind, node }: Fault): string {
  return kind.replace(/^node/, `node ${node + 1}`)
}

function sidesOf(kind: FaultKind): Side[] {
  if (kind.endsWith('its clients')) return ['front']
  return kind.endsWith('the services') ? ['back'] : ['front', 'back']
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
