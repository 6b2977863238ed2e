import type { Ended, Room } from '../journal.ts'
import type { Speaker } from './speaker.ts'

const timeoutMs = 15_000

export interface ApplicationOptions {
  readonly room: Room
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Of a text. */
  readonly body: (text: string) => object
  /** How often the same is asked again when nobody knows whether it was taken: where it is said only once. */
  readonly tries?: number
}

/** An application's own server, which says things over HTTP. */
export class Application implements Speaker {
  readonly room: Room
  readonly name: string
  readonly isReady = true
  readonly #options: ApplicationOptions

  constructor(options: ApplicationOptions) {
    this.room = options.room
    this.name = options.name
    this.#options = options
  }

  async say(text: string): Promise<Ended> {
    const { tries = 1 } = this.#options
    for (let tried = 1; ; tried++) {
      const ended = await this.#post(text)
      if (ended.outcome !== 'unknown' || tried === tries) return ended
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }

  async #post(text: string): Promise<Ended> {
    const { url, headers, body } = this.#options
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body(text)),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const answer = await response.text()
      if (response.ok) return { outcome: 'acked' }
      // The balancer's own answer says nothing of what the node did.
      const outcome = response.status === 502 ? 'unknown' : 'refused'
      return { outcome, why: `${response.status} ${answer.slice(0, 200)}` }
    } catch (error) {
      return { outcome: 'unknown', why: String(error) }
    }
  }
}
