import { createHash } from 'node:crypto'
import type { NodeCard, Nodes } from '../../core/nodes.ts'

const tagChars = 6

/** Each connection's id begins with a tag of the node that has it, so that the others know where to send its requests. */
export class NodeTags {
  /** This node's. */
  readonly own: string
  readonly #nodes: Nodes
  #all: readonly NodeCard[] = []
  #byTag = new Map<string, NodeCard>()

  constructor(nodes: Nodes) {
    this.#nodes = nodes
    this.own = tagOf(nodes)
  }

  /** The other node whose connection it is; null when it is this one's, a dead one's or nobody's. */
  ownerOf(id: string): NodeCard | null {
    const { all } = this.#nodes
    if (all !== this.#all) {
      this.#all = all
      this.#byTag = new Map(all.filter((card) => card.id !== this.#nodes.id).map((card) => [tagOf(card), card]))
    }
    return this.#byTag.get(id.slice(0, tagChars)) ?? null
  }
}

/** Clients see it, and the ids of nodes are not for them. */
function tagOf({ id }: { readonly id: string }): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, tagChars)
}
