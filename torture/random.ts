/** Chance that can be had again: the same number gives the same. */
export class Random {
  readonly #name: string
  #state: number

  constructor(name: string | number) {
    this.#name = String(name)
    this.#state = 2_166_136_261
    for (const letter of this.#name) this.#state = Math.imul(this.#state ^ letter.charCodeAt(0), 16_777_619) >>> 0
  }

  /** Chance of its own for one part, so that what one part asks for changes nothing for the others. */
  for(part: string): Random {
    return new Random(`${this.#name}/${part}`)
  }

  /** From 0 to below 1. Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)]
    if (picked === undefined) throw new Error('there is nothing to choose from')
    return picked
  }
}
