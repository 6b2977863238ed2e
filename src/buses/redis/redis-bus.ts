import type { Delivery } from '../../core/event.ts'
import type { AppId } from '../../core/model.ts'
import type { Bus, Log } from '../../core/ports.ts'
import { ProcessBus } from '../process-bus.ts'
import type { RedisLink } from './redis-link.ts'
import { isSignal, readSignal, signalJson } from './signals.ts'

const topic = 'signal'

/**
 * The bus of several nodes, for what takes no seq. Listeners of this node hear a signal at once, as on `ProcessBus`; those of
 * the others hear it as `foreign`, a moment later, or never when Redis is away: then they have a gap.
 *
 * What happens in rooms has a road of its own, the room log: `publish` ignores it, on every node `hear` brings it.
 */
export class RedisBus implements Bus {
  readonly #local: ProcessBus
  readonly #link: RedisLink
  /** Asked of every signal before anybody here hears it: false for one that is old news. */
  screen: (delivery: Delivery) => boolean = () => true

  constructor(options: { link: RedisLink; apps: readonly AppId[]; log: Log }) {
    this.#local = new ProcessBus(options.log)
    this.#link = options.link
    const apps = new Set(options.apps)
    this.#link.hear(topic, (body) => {
      const delivery = readSignal(body, apps)
      if (typeof delivery === 'string') return delivery
      if (this.screen(delivery)) this.#local.publish(delivery)
      return undefined
    })
  }

  publish(delivery: Delivery): void {
    const { event } = delivery
    if (!isSignal(event) || !this.screen(delivery)) return
    // First, because a listener here may answer with another. Each node finds out by itself who is present.
    if (event.type !== 'presence_changed' && !delivery.here) this.#link.send(topic, signalJson(delivery))
    this.#local.publish(delivery)
  }

  /** For the listeners of this node alone. */
  hear(delivery: Delivery): void {
    this.#local.publish(delivery)
  }

  listen(listener: (delivery: Delivery) => void): () => void {
    return this.#local.listen(listener)
  }
}
