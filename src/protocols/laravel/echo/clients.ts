import type { AppId } from '../../../core/model.ts'

/** How many connections each app has, on this node. */
export class EchoClients {
  readonly #counts = new Map<AppId, number>()

  count(appId: AppId): number {
    return this.#counts.get(appId) ?? 0
  }

  add(appId: AppId): void {
    this.#counts.set(appId, this.count(appId) + 1)
  }

  remove(appId: AppId): void {
    const left = this.count(appId) - 1
    if (left > 0) this.#counts.set(appId, left)
    else this.#counts.delete(appId)
  }
}
