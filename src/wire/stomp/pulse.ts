import type { HeartBeat } from './negotiation.ts'

/**
 * When something last went out and came in, for 1.2 "Heart-beating". Traffic only raises a flag, and the sweep
 * turns flags into times: no clock is read per message. What that blurs is settled on the safe side: a message
 * sent since the last sweep counts as sent at that sweep, one received counts as received now.
 */
export class Pulse {
  #beat: HeartBeat = { sendMs: 0, receiveMs: 0 }
  #sent = false
  #heard = false
  #sentAt: number
  #heardAt: number
  #sweptAt: number

  constructor(now: number) {
    this.#sentAt = this.#heardAt = this.#sweptAt = now
  }

  start(beat: HeartBeat): void {
    this.#beat = beat
    this.#sent = this.#heard = true
  }

  sent(): void {
    this.#sent = true
  }

  heard(): void {
    this.#heard = true
  }

  /** `beat`: send one now, for at the next sweep it would be late. `stale`: the other side is gone. */
  sweep(now: number): 'beat' | 'stale' | null {
    const gapMs = Math.max(0, now - this.#sweptAt)
    if (this.#sent) this.#sentAt = this.#sweptAt
    if (this.#heard) this.#heardAt = now
    this.#sent = this.#heard = false
    this.#sweptAt = now
    const { sendMs, receiveMs } = this.#beat
    // The gap is part of the tolerance: after a stall of this process, what arrived meanwhile is still unread.
    if (receiveMs > 0 && now - this.#heardAt > 2 * receiveMs + gapMs) return 'stale'
    if (sendMs === 0 || now + gapMs - this.#sentAt < sendMs) return null
    this.#sentAt = now
    return 'beat'
  }
}
