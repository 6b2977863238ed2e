/** Lets so many pass at a time; the others wait in line. */
export class Gate {
  readonly #waiting: (() => void)[] = []
  #places: number

  constructor(places: number) {
    this.#places = places
  }

  /** Resolves with one's place, which is given back by disposing of it. */
  async enter(): Promise<Disposable> {
    if (this.#places > 0) this.#places--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return { [Symbol.dispose]: () => this.#leave() }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#places++
  }
}
