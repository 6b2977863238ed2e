import type { NodeCard, Nodes, Roster, Shelf } from '../../core/nodes.ts'
import type { Forwarding } from '../forwarding.ts'

/** Until then every node has read the roster. */
const claimMs = 30_000

/**
 * Which node has a session. The roster knows it at once, and a moment late; the shelf knows it from before the client hears
 * that its session is open. So a client's first requests find it wherever they come, and later ones ask nobody.
 */
export class SessionDirectory {
  readonly #forwarding: Forwarding
  readonly #prefix: string
  readonly #nodes: Nodes
  readonly #roster: Roster
  readonly #shelf: Shelf

  /** `prefix`: of the endpoint, whose names are no other's. */
  constructor(forwarding: Forwarding, prefix: string) {
    this.#forwarding = forwarding
    this.#prefix = prefix
    this.#nodes = forwarding.nodes
    this.#roster = this.#nodes.roster('sockjs')
    this.#shelf = this.#nodes.shelf('sockjs')
  }

  /** The other node that is known to have it. */
  known(name: string): NodeCard | null {
    for (const id of this.#roster.others(this.#key(name)).keys()) {
      const node = this.#forwarding.node(id)
      if (node !== null) return node
    }
    return null
  }

  /** The same for one that was opened just now. */
  async find(name: string): Promise<NodeCard | null> {
    const id = await this.#shelf.get(this.#key(name))
    return id === null ? null : this.#forwarding.node(id)
  }

  /** Null: it is this node's. Else the node that was first. */
  async claim(name: string): Promise<NodeCard | null> {
    const key = this.#key(name)
    if (await this.#shelf.add(key, this.#nodes.id, claimMs)) return null
    const first = await this.find(name)
    if (first === null) await this.#shelf.put(key, this.#nodes.id, claimMs)
    return first
  }

  opened(name: string): void {
    this.#roster.put(this.#key(name), 'open')
  }

  closed(name: string): void {
    this.#roster.remove(this.#key(name))
  }

  #key(name: string): string {
    return `${this.#prefix}/${name}`
  }
}
