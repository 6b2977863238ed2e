import { createHash } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { Shelf } from '../../core/nodes.ts'
import type { Turns } from './turns.ts'

/** Whoever has a turn and dies keeps the others waiting so long at most. */
const turnMs = 5000
const firstPauseMs = 2
const maxPauseMs = 100

/**
 * Turns over all nodes: those of this node wait for each other here, and who is next for that of another node. A node that is stopped in
 * the middle of its turn for longer than 5 s is not waited for: this keeps the work of people who meet by chance, and is no
 * lock to build on.
 */
export class SharedTurns {
  readonly #own: Turns
  readonly #shelf: Shelf

  constructor(own: Turns, shelf: Shelf) {
    this.#own = own
    this.#shelf = shelf
  }

  /** Resolves or rejects as the action does; `unavailable` when its turn didn't come. */
  take<T>(key: string, action: () => Promise<T>): Promise<T> {
    return this.#own.take(key, async () => {
      const name = createHash('sha256').update(key).digest('base64url')
      await this.#claim(name)
      const until = performance.now() + turnMs
      try {
        return await action()
      } finally {
        // Later it may be another's turn already.
        if (performance.now() < until - turnMs / 2) await this.#shelf.remove(name).catch(ignore)
      }
    })
  }

  async #claim(name: string): Promise<void> {
    const until = performance.now() + 2 * turnMs
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, 2 * pauseMs)) {
      if (await this.#shelf.add(name, '1', turnMs)) return
      if (performance.now() > until) throw new ChatError('unavailable', 'others are busy with this, try again')
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** How many keys somebody waits for here. */
  get size(): number {
    return this.#own.size
  }
}

function ignore(): void {
  // It goes by itself.
}
