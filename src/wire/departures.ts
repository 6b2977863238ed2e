import type { ServerResponse } from 'node:http'

/** By node, what to do with the answers that go through it when it leaves. */
export class Departures {
  readonly #byNode = new Map<string, Map<ServerResponse, () => void>>()

  /** Until the answer has ended. `letGo` ends it so that the client asks again, and loses nothing. */
  watch(nodeId: string, response: ServerResponse, letGo: () => void): void {
    const watched = this.#byNode.get(nodeId) ?? new Map<ServerResponse, () => void>()
    this.#byNode.set(nodeId, watched.set(response, letGo))
    response.once('close', () => {
      watched.delete(response)
      if (watched.size === 0) this.#byNode.delete(nodeId)
    })
  }

  /** All that go through a node. */
  letGo(nodeId: string): void {
    for (const letGo of this.#byNode.get(nodeId)?.values() ?? []) letGo()
  }
}
