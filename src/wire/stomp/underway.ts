import { frameBytes } from './detach.ts'
import type { StompFrame } from './frame.ts'

/** The frames whose promises the host has not settled, counted. */
export class Underway {
  #frames = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get none(): boolean {
    return this.#frames === 0
  }

  /** Returns what to call when the frame is settled. */
  add(frame: StompFrame): () => void {
    const bytes = frameBytes(frame)
    this.#frames++
    this.#bytes += bytes
    return () => {
      this.#frames--
      this.#bytes -= bytes
    }
  }
}
