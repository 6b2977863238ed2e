import { detachFrame, detachText, frameBytes } from './detach.ts'
import type { StompFrame } from './frame.ts'
import type { StompLimits } from './limits.ts'
import { quote, StompError } from './stomp-error.ts'

interface Transaction {
  readonly frames: StompFrame[]
  bytes: number
}

/** The open transactions of one connection: frames that wait for their COMMIT. */
export class Transactions {
  readonly #limits: StompLimits
  readonly #open = new Map<string, Transaction>()

  constructor(limits: StompLimits) {
    this.#limits = limits
  }

  begin(id: string): void {
    // 1.2 "BEGIN": identifiers of started transactions are unique.
    if (this.#open.has(id)) throw new StompError(`transaction ${quote(id)} has already begun`)
    if (this.#open.size >= this.#limits.maxTransactions) throw new StompError('too many open transactions')
    this.#open.set(detachText(id), { frames: [], bytes: 0 })
  }

  defer(id: string, frame: StompFrame): void {
    const transaction = this.#find(id)
    transaction.bytes += frameBytes(frame)
    if (transaction.frames.length >= this.#limits.maxTransactionFrames)
      throw new StompError(`too many frames in transaction ${quote(id)}`)
    if (transaction.bytes > this.#limits.maxTransactionBytes)
      throw new StompError(`transaction ${quote(id)} is too large`)
    transaction.frames.push(detachFrame(frame))
  }

  /** Ends it; for ABORT the frames are dropped. */
  take(id: string): readonly StompFrame[] {
    const { frames } = this.#find(id)
    this.#open.delete(id)
    return frames
  }

  #find(id: string): Transaction {
    const transaction = this.#open.get(id)
    if (!transaction) throw new StompError(`no transaction ${quote(id)}`)
    return transaction
  }
}
