import type { IncomingMessage } from 'node:http'
import { addressBlock } from './address.ts'

/** Looks at a request that wants to open a line: null lets it in, a number refuses it with that HTTP status. */
export type Admit = (request: IncomingMessage) => number | null

/** Asks a hook; one that throws refuses with 500. */
export function refusalStatus(admit: Admit, request: IncomingMessage, onBug: (error: unknown) => void): number | null {
  try {
    return admit(request)
  } catch (error) {
    onBug(error)
    return 500
  }
}

export interface AdmissionOptions {
  /** Default 100,000. */
  readonly maxLines?: number
  /** Lines of one client address (of IPv6: one /64). Default 10,000. */
  readonly maxLinesPerAddress?: number
}

/** How many lines there may be. One may be shared by several endpoints. */
export class Admission {
  readonly #maxLines: number
  readonly #maxLinesPerAddress: number
  readonly #byBlock = new Map<string, number>()
  #lines = 0

  constructor(options: AdmissionOptions = {}) {
    this.#maxLines = options.maxLines ?? 100_000
    this.#maxLinesPerAddress = options.maxLinesPerAddress ?? 10_000
  }

  get lines(): number {
    return this.#lines
  }

  /** Whether one from there could enter now. */
  hasRoom(address: string): boolean {
    return this.#lines < this.#maxLines && (this.#byBlock.get(addressBlock(address)) ?? 0) < this.#maxLinesPerAddress
  }

  /** False when there is no room. Who was let in must leave. */
  enter(address: string): boolean {
    if (this.#lines >= this.#maxLines) return false
    const block = addressBlock(address)
    const lines = this.#byBlock.get(block) ?? 0
    if (lines >= this.#maxLinesPerAddress) return false
    this.#byBlock.set(block, lines + 1)
    this.#lines++
    return true
  }

  leave(address: string): void {
    const block = addressBlock(address)
    const lines = this.#byBlock.get(block) ?? 0
    if (lines === 0) return
    if (lines === 1) this.#byBlock.delete(block)
    else this.#byBlock.set(block, lines - 1)
    this.#lines--
  }
}
