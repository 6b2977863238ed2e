import type { Ended } from '../journal.ts'

/** What was said last on a connection, and isn't answered yet. There is one at a time. */
export class Question {
  #answer: ((ended: Ended) => void) | null = null

  /** Asks with `send`, and resolves with the answer. */
  ask(send: () => void): Promise<Ended> {
    return new Promise((resolve) => {
      this.#answer = resolve
      try {
        send()
      } catch (error) {
        this.answer({ outcome: 'unknown', why: String(error) })
      }
    })
  }

  /** Harmless when nothing is asked. */
  answer(ended: Ended): void {
    this.#answer?.(ended)
    this.#answer = null
  }
}
