import type { Delivery } from '../core/event.ts'
import type { Bus, Log } from '../core/ports.ts'

/** The bus of a single node: a call to each listener, in the order they came. What a listener publishes comes after what it hears. */
export class ProcessBus implements Bus {
  readonly #listeners = new Set<(delivery: Delivery) => void>()
  readonly #waiting: Delivery[] = []
  #isDelivering = false
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  publish(delivery: Delivery): void {
    this.#waiting.push(delivery)
    // Within a listener: those after it must hear the first delivery before this one.
    if (this.#isDelivering) return
    this.#isDelivering = true
    for (const next of this.#waiting) this.#deliver(next)
    this.#waiting.length = 0
    this.#isDelivering = false
  }

  listen(listener: (delivery: Delivery) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #deliver(delivery: Delivery): void {
    for (const listener of this.#listeners) {
      try {
        listener(delivery)
      } catch (error) {
        this.#log.error({ error, event: delivery.event.type }, 'a listener failed on an event')
      }
    }
  }
}
