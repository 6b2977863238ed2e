import { EventFraming } from './framing.ts'

/** A namespace that somebody is in. */
export class Namespace {
  readonly name: string
  readonly framing: EventFraming
  lines = 0

  constructor(name: string) {
    // A part of a packet's text would keep the whole of it in memory.
    this.name = Buffer.from(name).toString()
    this.framing = new EventFraming(this.name)
  }
}

/** The namespaces with somebody in them: one object for all its lines. Names that only were asked for leave nothing behind. */
export class Namespaces {
  readonly #byName = new Map<string, Namespace>()

  get size(): number {
    return this.#byName.size
  }

  enter(name: string): Namespace {
    let namespace = this.#byName.get(name)
    if (!namespace) {
      namespace = new Namespace(name)
      this.#byName.set(namespace.name, namespace)
    }
    namespace.lines++
    return namespace
  }

  leave(namespace: Namespace): void {
    if (--namespace.lines === 0) this.#byName.delete(namespace.name)
  }
}
