import { ChatError } from '../../../core/errors.ts'
import type { RoomId } from '../../../core/model.ts'
import type { Entry, Knock, NamespaceService, Refusal, Welcome } from '../../../wire/socketio/service.ts'
import { bearerToken, type Person } from '../tokens.ts'
import type { SocketHouse } from './house.ts'
import type { Arrival } from './catch-up.ts'
import { newPid, type Moves } from './moves.ts'
import { lastSeqsFor, maxMissed, missedBy } from './recovery.ts'
import { Seat } from './seat.ts'
import type { Seats } from './seats.ts'
import { heardUpTo } from './suitcase.ts'

const prefix = '/socket/commu-'
/** Missing, malformed, expired, of somebody who isn't in the community: all the same to the client. */
const unauthorized: Refusal = { refused: 'Unauthorized' }

/** The namespaces `/socket/commu-{communityId}`, for members of the community with a token. */
export class Entrance implements NamespaceService {
  readonly headers = ['token'] as const
  readonly #house: SocketHouse
  readonly #seats: Seats
  readonly #moves: Moves

  constructor(house: SocketHouse, seats: Seats, moves: Moves) {
    this.#house = house
    this.#seats = seats
    this.#moves = moves
  }

  owns(namespace: string): boolean {
    return namespace.startsWith(prefix)
  }

  async admit(knock: Knock): Promise<Welcome | Refusal> {
    const person = await this.#personOf(knock)
    const community = person?.app.ids.communityOf(knock.namespace.slice(prefix.length)) ?? null
    if (!person || community === null) return unauthorized
    const { pid, offset } = knock.auth
    const canReturn = knock.revision === 4
    const seat = canReturn ? this.#seats.find(pid, person.app, person.user.id, community) : null
    // The server may not have noticed yet that the client is gone.
    await seat?.vacated()
    const lastSeqs = seat && (await lastSeqsFor(this.#house, seat))
    const arrival = canReturn && !seat && pid !== undefined ? await this.#arrival(person, community, knock) : null
    // Looked at last: who was taken out until now stays out, and who is from now on is dismissed.
    if (!(await this.#isMember(person, community))) return unauthorized
    const enterAnew = () => this.#newEntry(person, community, canReturn)
    if (arrival) return { enter: () => this.#enterFrom(arrival, person, String(pid)) }
    if (!seat || !lastSeqs) return { enter: enterAnew }
    return {
      enter: () => {
        const missed = missedBy(this.#house, seat, offset, lastSeqs)
        if (missed === null || !this.#seats.unpark(seat)) return enterAnew()
        return { id: seat.id, pid: seat.pid, accept: (line) => seat.resume(line, person.user, missed) }
      },
    }
  }

  async #personOf({ auth, headers }: Knock): Promise<Person | null> {
    const token = bearerToken(auth['token'] ?? headers['token'])
    if (token === null) return null
    return this.#house.tokens.signIn(token).catch((error: unknown) => {
      if (error instanceof ChatError) return null
      throw error
    })
  }

  async #isMember({ app, user }: Person, communityId: RoomId): Promise<boolean> {
    const community = await this.#house.directory.community(app.app.id, communityId)
    return community?.members.has(user.id) ?? false
  }

  #newEntry({ app, user }: Person, communityId: RoomId, canReturn: boolean): Entry {
    const { nodes, recent } = this.#house
    const pid = newPid(nodes)
    const options = { house: this.#house, seats: this.#seats, app, user, communityId, canReturn, pid }
    const startIndex = recent.end
    return { pid, accept: (line) => new Seat({ ...options, line, id: line.id, startIndex }) }
  }

  #enterFrom(arrival: Arrival, { app, user }: Person, pid: string): Entry {
    const { id, communityId } = arrival.suitcase
    const options = { house: this.#house, seats: this.#seats, app, user, communityId, canReturn: true, pid, id }
    const startIndex = this.#house.recent.end
    return { id, pid, accept: (line) => new Seat({ ...options, line, startIndex }).arrive(arrival) }
  }

  /** Null where no other node has the seat, or where it can't be told what its client missed. */
  async #arrival(person: Person, communityId: RoomId, { auth }: Knock): Promise<Arrival | null> {
    const expected = this.#seats.expect(person.user.id, communityId)
    try {
      const suitcase = await this.#moves.fetch(auth['pid'], person, communityId)
      const heard = suitcase && heardUpTo(suitcase, person.app.ids, auth['offset'])
      if (!suitcase || !heard) return null
      const invitedBy = new Map(suitcase.places.map(([roomId, , seq]) => [roomId, seq]))
      for (const [roomId, seq] of expected.invitations) {
        if (heard.has(roomId)) continue
        heard.set(roomId, seq - 1)
        invitedBy.set(roomId, seq)
      }
      const isNear = await this.#isNear(person, heard)
      return isNear ? { suitcase, heard, invitedBy } : null
    } finally {
      this.#seats.stopExpecting(expected)
    }
  }

  /** Leaves out the channels that the user was taken out of. False when too much was missed. */
  async #isNear({ app, user }: Person, heard: Map<RoomId, number>): Promise<boolean> {
    let missed = 0
    for (const [roomId, seq] of heard) {
      const channel = await this.#house.directory.channel(app.app.id, roomId)
      if (channel?.members.has(user.id)) missed += Math.max(0, channel.room.lastSeq - seq)
      else heard.delete(roomId)
    }
    return missed <= maxMissed
  }
}
