/** What arrived and was not asked for yet. */
export class Inbox<T> {
  readonly #show: (item: T) => string
  #unread: T[] = []
  #end: string | null = null
  readonly #waiting = new Set<{ matches: (item: T) => boolean; found: (item: T) => void; ended: () => void }>()

  /** `show` is how an item stands in the message of a failed test. */
  constructor(show: (item: T) => string) {
    this.#show = show
  }

  put(item: T): void {
    for (const one of this.#waiting) {
      if (!one.matches(item)) continue
      this.#waiting.delete(one)
      return one.found(item)
    }
    this.#unread.push(item)
  }

  /** Nothing more will come. */
  end(reason: string): void {
    this.#end ??= reason
    for (const one of this.#waiting) one.ended()
  }

  /** Everything that was not taken, and takes it. */
  drain(): T[] {
    return this.#unread.splice(0)
  }

  /** The first that matches, now or when it comes, and takes it. Rejects with what came instead. */
  take(wanted: string, matches: (item: T) => boolean, timeoutMs = 10_000): Promise<T> {
    const index = this.#unread.findIndex(matches)
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0] as T)
    return new Promise((resolve, reject) => {
      const stop = (why: string): void => {
        clearTimeout(timer)
        this.#waiting.delete(one)
        const instead = this.#unread.map((item) => `\n  ${this.#show(item).slice(0, 300)}`).join('') || ' nothing'
        reject(new Error(`${wanted} did not come (${why}); instead came:${instead}`))
      }
      const timer = setTimeout(stop, timeoutMs, `waited ${timeoutMs} ms`)
      const one = {
        matches,
        found: (item: T) => {
          clearTimeout(timer)
          resolve(item)
        },
        ended: () => stop(this.#end ?? 'ended'),
      }
      if (this.#end !== null) return stop(this.#end)
      this.#waiting.add(one)
    })
  }
}
