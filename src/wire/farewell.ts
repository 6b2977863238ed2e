const stepMs = 50

/**
 * How clients are told to leave when the server ends: all at once, or spread over a time, so that ten thousand of them don't
 * come to the other nodes within one second. One may be shared by several endpoints.
 */
export class Farewell {
  readonly #overMs: () => number

  /** Asked when the telling begins. Default 0: all at once. */
  constructor(overMs: () => number = () => 0) {
    this.#overMs = overMs
  }

  /**
   * Tells those who are there now. Resolves when all were told; `tell` may be called for one that has left meanwhile. Without a
   * time to spread over, everyone has been told when it returns.
   */
  tellAll<T>(lines: Iterable<T>, tell: (line: T) => void): Promise<void> {
    const all = [...lines]
    const steps = Math.max(1, Math.ceil(this.#overMs() / stepMs))
    let taken = 0
    let told = 0
    const step = (): boolean => {
      const until = Math.ceil((all.length * ++taken) / steps)
      for (const line of all.slice(told, until)) tell(line)
      told = until
      return told >= all.length
    }
    if (step()) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (!step()) return
        clearInterval(timer)
        resolve()
      }, stepMs)
    })
  }
}
