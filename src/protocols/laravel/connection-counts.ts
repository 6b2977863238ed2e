import type { Swept } from '../../core/broom.ts'
import type { AppId } from '../../core/model.ts'
import type { Nodes, Roster } from '../../core/nodes.ts'

/** How many connections each app has on one wire, on all nodes: those of the others are counted a second late. */
export class ConnectionCounts implements Swept {
  readonly #here = new Map<AppId, number>()
  readonly #roster: Roster
  /** The others don't know their new counts yet. */
  readonly #recounted = new Set<AppId>()

  /** `name` is the roster's. */
  constructor(nodes: Nodes, name: string) {
    this.#roster = nodes.roster(name)
  }

  of(appId: AppId): number {
    return (this.#here.get(appId) ?? 0) + totalOf(this.#roster.others(appId).values())
  }

  add(appId: AppId): void {
    this.#here.set(appId, (this.#here.get(appId) ?? 0) + 1)
    this.#recounted.add(appId)
  }

  remove(appId: AppId): void {
    const left = (this.#here.get(appId) ?? 0) - 1
    if (left > 0) this.#here.set(appId, left)
    else this.#here.delete(appId)
    this.#recounted.add(appId)
  }

  sweep(): void {
    for (const appId of this.#recounted) {
      const count = this.#here.get(appId)
      if (count === undefined) this.#roster.remove(appId)
      else this.#roster.put(appId, String(count))
    }
    this.#recounted.clear()
  }
}

/** Of what other nodes counted. What is no count is none. */
export function totalOf(counts: Iterable<string>): number {
  let total = 0
  for (const count of counts) total += /^\d{1,9}$/.test(count) ? Number(count) : 0
  return total
}
