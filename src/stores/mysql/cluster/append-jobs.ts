import { ChatError } from '../../../core/errors.ts'
import type { AppId } from '../../../core/model.ts'
import type { Append, Appended, Author, Decide } from '../../../core/ports.ts'

/** An append that was asked for, until its sender has its answer. */
export class AppendJob {
  readonly appId: AppId
  readonly decide: Decide
  readonly by: Author
  readonly append: Append
  /** Milliseconds, by the clock of this process. */
  readonly deadline: number
  /** It is decided: nothing more of it is to be done, or everything was said. */
  isOver = false
  /** The sender has its answer. */
  isKnown = false
  readonly #ordered = Promise.withResolvers<Appended>()
  readonly #durable = Promise.withResolvers<Appended>()
  #appended: Appended | null = null

  constructor(appId: AppId, decide: Decide, by: Author, deadline: number) {
    this.appId = appId
    this.decide = decide
    this.by = by
    this.deadline = deadline
    this.append = { ordered: this.#ordered.promise, durable: this.#durable.promise }
    // Whoever asks for one of both needn't look at the other.
    this.#ordered.promise.catch(ignore)
    this.#durable.promise.catch(ignore)
  }

  /** Everyone may hear of it. */
  order(appended: Appended): void {
    this.isOver = true
    this.#appended = appended
    this.#ordered.resolve(appended)
  }

  /** Nothing can undo it. Comes after `order`. */
  keep(): void {
    if (!this.#appended) return
    this.isKnown = true
    this.#durable.resolve(this.#appended)
  }

  /** At once, where nothing was to be done. */
  answer(appended: Appended): void {
    this.order(appended)
    this.keep()
  }

  refuse(error: unknown): void {
    this.isOver = true
    this.isKnown = true
    this.#ordered.reject(error)
    this.#durable.reject(error)
  }
}

export function notNow(): ChatError {
  return new ChatError('unavailable', 'not now, try again')
}

function ignore(): void {
  // The other promise says the same.
}
