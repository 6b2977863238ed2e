import type { Swept } from './broom.ts'
import type { RateLimit, Spent } from './limits.ts'
import type { Nodes } from './nodes.ts'

const topic = 'limits'
/** Of each limit, in one sweep. */
const maxKeys = 5000
const maxKeyChars = 256
const maxTextChars = 200_000

/**
 * Limits that count what one may do on all nodes together. Each node decides at once, by what it knows, and tells the others at each
 * sweep what was spent with it. So for a second somebody may spend a burst on each node; after that, they pay for it.
 */
export class SharedLimits implements Swept {
  readonly #nodes: Nodes
  readonly #limits = new Map<string, RateLimit>()

  constructor(nodes: Nodes) {
    this.#nodes = nodes
    nodes.hear(topic, (text) => this.#hear(text))
  }

  /** Under the same name on every node. */
  add(name: string, limit: RateLimit): void {
    if (this.#limits.has(name)) throw new Error(`there are two limits called ${name}`)
    this.#limits.set(name, limit)
  }

  /** To be called before the limits themselves are swept. */
  sweep(): void {
    for (const [name, limit] of this.#limits) {
      let chars = 0
      let told: Spent[] = []
      for (const spent of limit.spentHere(maxKeys)) {
        const keyChars = String(spent[0]).length
        if (keyChars > maxKeyChars) continue
        told.push(spent)
        chars += keyChars
        if (chars < maxTextChars) continue
        this.#tell(name, told)
        told = []
        chars = 0
      }
      if (told.length > 0) this.#tell(name, told)
    }
  }

  #tell(name: string, spent: readonly Spent[]): void {
    if (this.#nodes.all.length > 1) this.#nodes.tell(topic, JSON.stringify([name, spent]))
  }

  #hear(text: string): void {
    const [name, spent] = listOf(text)
    const limit = typeof name === 'string' ? this.#limits.get(name) : undefined
    if (!limit || !Array.isArray(spent)) return
    for (const one of spent.slice(0, maxKeys)) if (isSpent(one)) limit.spentElsewhere(one)
  }
}

function listOf(text: string): readonly unknown[] {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? (value as unknown[]) : []
  } catch {
    return []
  }
}

function isSpent(value: unknown): value is Spent {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [key, count] = value as [unknown, unknown]
  const isKey = (typeof key === 'string' && key.length <= maxKeyChars) || typeof key === 'number'
  return isKey && Number.isSafeInteger(count)
}
