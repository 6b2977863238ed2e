type AnyHandler = (...args: readonly unknown[]) => void

/** Typed events. A handler that throws is reported on the console and keeps nobody else from hearing. */
export class Emitter<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #handlers = new Map<keyof Events, readonly AnyHandler[]>()

  /** A handler that is added twice is called twice. */
  on<Name extends keyof Events>(name: Name, handler: (...args: Events[Name]) => void): void {
    // A new list each time: one that is being gone through must not change.
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler as unknown as AnyHandler])
  }

  /** Without a handler: all of that name. Without a name: all. */
  off<Name extends keyof Events>(name?: Name, handler?: (...args: Events[Name]) => void): void {
    if (name === undefined) this.#handlers.clear()
    else if (handler === undefined) this.#handlers.delete(name)
    else {
      const others = (this.#handlers.get(name) ?? []).filter((one) => !isSame(one, handler))
      this.#handlers.set(name, others)
    }
  }

  once<Name extends keyof Events>(name: Name, handler: (...args: Events[Name]) => void): void {
    const once = (...args: Events[Name]): void => {
      this.off(name, once)
      handler(...args)
    }
    this.on(name, Object.assign(once, { original: handler }))
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(...args)
      } catch (error) {
        // oxlint-disable-next-line no-console -- the application's mistake, which must be seen and must not end the connection
        console.error(`a handler of ${String(name)} failed`, error)
      }
    }
  }
}

function isSame(one: AnyHandler, other: unknown): boolean {
  return one === other || (one as { readonly original?: unknown }).original === other
}
