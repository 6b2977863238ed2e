/** Lets actions under one key go one after the other: of two that read something and then change it, neither is lost. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves or rejects as the action does. */
  take<T>(key: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(action)
    const settled = turn.then(nothing, nothing).then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    this.#last.set(key, settled)
    return turn
  }

  /** How many keys somebody waits for. */
  get size(): number {
    return this.#last.size
  }
}

function nothing(): void {
  // How the one before went is told to its own caller.
}
