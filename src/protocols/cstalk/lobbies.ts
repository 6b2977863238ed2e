import type { Hub } from '../../core/hub.ts'
import type { AppId } from '../../core/model.ts'
import type { Roster } from '../../core/nodes.ts'

/** Whether anybody sits in a company's lobby, on whichever node. */
export class Lobbies {
  readonly #hub: Hub
  readonly #elsewhere: Roster
  readonly #attended = new Set<AppId>()

  constructor(hub: Hub, elsewhere: Roster) {
    this.#hub = hub
    this.#elsewhere = elsewhere
  }

  /** To be called when somebody began to listen there, or stopped. */
  changed(appId: AppId): void {
    const isAttended = this.#hub.listeners(appId) > 0
    if (isAttended === this.#attended.has(appId)) return
    if (isAttended) {
      this.#attended.add(appId)
      this.#elsewhere.put(appId, '1')
    } else {
      this.#attended.delete(appId)
      this.#elsewhere.remove(appId)
    }
  }

  isAttended(appId: AppId): boolean {
    return this.#attended.has(appId) || this.#elsewhere.others(appId).size > 0
  }
}
