import { createHash, randomBytes } from 'node:crypto'
import type { RoomId } from '../../../core/model.ts'
import type { NodeCard, Nodes, Shelf } from '../../../core/nodes.ts'
import type { Person } from '../tokens.ts'
import type { SocketHouse } from './house.ts'
import { lastSeqsFor, maxMissed } from './recovery.ts'
import type { Seat } from './seat.ts'
import type { Seats } from './seats.ts'
import { pack, readSuitcase, type Suitcase } from './suitcase.ts'

const topic = 'commu.seat'
/** With those that came from the socket itself. */
const maxTail = maxMissed + 200
/** When a node stops, its clients are told so: what they can't have heard is little. */
const maxStowedTail = 200
const stowedAtOnce = 100
/** The client waits meanwhile, and can do without. */
const patienceMs = 1000

const shape = /^[\w-]{20}\.([\w-]{8})$/

/** Says which node made it, which is where it is looked for first. Clients bring it back as it is. */
export function newPid({ id }: Nodes): string {
  return `${randomBytes(15).toString('base64url')}.${tagOf(id)}`
}

interface Wanted {
  readonly pid: string
  readonly appId: string
  readonly userId: number
  readonly communityId: number
}

/**
 * Brings seats from node to node: a client that was lost may come back to any of them. The node that has its seat gives it away when it
 * is asked; one that stops leaves its seats on a shelf. What a node that died had is gone with it, and its clients' next
 * sockets are new ones.
 */
export class Moves {
  readonly #house: SocketHouse
  readonly #seats: Seats
  readonly #keepMs: number
  readonly #shelf: Shelf

  constructor(house: SocketHouse, seats: Seats, keepMs: number) {
    this.#house = house
    this.#seats = seats
    this.#keepMs = keepMs
    this.#shelf = house.nodes.shelf('commu.seats')
    house.nodes.answer(topic, async (text) => {
      const suitcase = await this.#give(JSON.parse(text) as Wanted)
      return suitcase === null ? '' : JSON.stringify(suitcase)
    })
  }

  /** Null for none, and for one of somebody else. */
  async fetch(pid: unknown, { app, user }: Person, communityId: RoomId): Promise<Suitcase | null> {
    const [, tag] = (typeof pid === 'string' && shape.exec(pid)) || []
    if (tag === undefined) return null
    const wanted = { pid: pid as string, appId: app.app.id, userId: user.id, communityId }
    const { all, id } = this.#house.nodes
    const others = all.filter((node) => node.id !== id)
    const maker = others.find((node) => tagOf(node.id) === tag)
    const rest = others.filter((node) => node !== maker)
    const found = (maker && (await this.#ask([maker], wanted))) ?? (await this.#ask(rest, wanted))
    const suitcase = found ?? (await this.#take(wanted))
    const isTheirs = suitcase?.appId === app.app.id && suitcase.userId === user.id
    return isTheirs && suitcase.communityId === communityId ? suitcase : null
  }

  /** For whichever node the clients come to. When the last of them has gone. */
  async stow(): Promise<void> {
    const away = [...this.#seats.away]
    for (let at = 0; at < away.length; at += stowedAtOnce) {
      await Promise.all(away.slice(at, at + stowedAtOnce).map((seat) => this.#stow(seat)))
    }
  }

  async #stow(seat: Seat): Promise<void> {
    try {
      const suitcase = await this.#pack(seat, maxStowedTail)
      if (suitcase) await this.#shelf.put(seat.pid, JSON.stringify(suitcase), this.#keepMs)
    } catch (error) {
      this.#house.log.warn({ error }, 'a socket could not be kept for its client')
    }
  }

  async #ask(nodes: readonly NodeCard[], wanted: Wanted): Promise<Suitcase | null> {
    const text = JSON.stringify(wanted)
    const answers = await Promise.all(nodes.map((node) => this.#answerOf(node, text)))
    return readSuitcase(answers.find((answer) => answer !== '') ?? '')
  }

  /** Empty for a node that says nothing in time: one that has just died is still among those who are there. */
  async #answerOf({ id }: NodeCard, text: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    const timer = setTimeout(resolve, patienceMs, '')
    this.#house.nodes.ask(id, topic, text).then(resolve, () => resolve(''))
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  async #take({ pid }: Wanted): Promise<Suitcase | null> {
    const text = await this.#shelf.take(pid).catch(() => null)
    return text === null ? null : readSuitcase(text)
  }

  async #give({ pid, appId, userId, communityId }: Wanted): Promise<Suitcase | null> {
    const seat = this.#seats.byPid(pid)
    const isTheirs = seat?.app.app.id === appId && seat.session.user?.id === userId
    if (!seat?.canReturn || !isTheirs || seat.communityId !== communityId) return null
    // This node may not have noticed yet that the client is gone.
    await seat.vacated()
    return this.#pack(seat, maxTail)
  }

  /** Null when somebody else has it already. */
  async #pack(seat: Seat, most: number): Promise<Suitcase | null> {
    if (!this.#seats.unpark(seat)) return null
    try {
      return pack(this.#house, seat, await lastSeqsFor(this.#house, seat, true), most)
    } finally {
      this.#seats.leave(seat)
    }
  }
}

function tagOf(nodeId: string): string {
  return createHash('sha256').update(nodeId).digest('base64url').slice(0, 8)
}
