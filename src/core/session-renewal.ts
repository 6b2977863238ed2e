import type { Swept } from './broom.ts'
import type { Nodes } from './nodes.ts'
import type { Clock, Log, UserStore } from './ports.ts'
import type { Sessions } from './session.ts'

export interface SessionRenewalOptions {
  readonly sessions: Sessions
  readonly nodes: Nodes
  readonly users: Pick<UserStore, 'byIds'>
  readonly now: Clock
  readonly log: Log
}

/** After a gap, finds out what became of those who are connected: a block reaches every node, even when nobody heard of it there. */
export class SessionRenewal implements Swept {
  readonly #options: SessionRenewalOptions
  #isDue = false
  #isRunning = false

  constructor(options: SessionRenewalOptions) {
    this.#options = options
    options.nodes.onGap(() => (this.#isDue = true))
  }

  sweep(): void {
    if (this.#isDue && !this.#isRunning) void this.#renew()
  }

  async #renew(): Promise<void> {
    const { sessions, users, now, log } = this.#options
    this.#isDue = false
    this.#isRunning = true
    try {
      await sessions.reread(users, now())
    } catch (error) {
      // Again at the next sweep.
      this.#isDue = true
      log.debug({ error }, 'the accounts of those who are connected could not be read')
    } finally {
      this.#isRunning = false
    }
  }
}
