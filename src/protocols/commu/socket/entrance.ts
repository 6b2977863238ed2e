import { ChatError } from '../../../core/errors.ts'
import type { RoomId } from '../../../core/model.ts'
import type { Entry, Knock, NamespaceService, Refusal, Welcome } from '../../../wire/socketio/service.ts'
import { bearerToken, type Person } from '../tokens.ts'
import type { SocketHouse } from './house.ts'
import { missedBy } from './recovery.ts'
import { newPid, Seat } from './seat.ts'
import type { Seats } from './seats.ts'

const prefix = '/socket/commu-'
/** Missing, malformed, expired, of somebody who isn't in the community: all the same to the client. */
const unauthorized: Refusal = { refused: 'Unauthorized' }

/** The namespaces `/socket/commu-{communityId}`, for members of the community with a token. */
export class Entrance implements NamespaceService {
  readonly headers = ['token'] as const
  readonly #house: SocketHouse
  readonly #seats: Seats

  constructor(house: SocketHouse, seats: Seats) {
    this.#house = house
    this.#seats = seats
  }

  owns(namespace: string): boolean {
    return namespace.startsWith(prefix)
  }

  async admit(knock: Knock): Promise<Welcome | Refusal> {
    const person = await this.#personOf(knock)
    const community = person?.app.ids.communityOf(knock.namespace.slice(prefix.length)) ?? null
    if (!person || community === null) return unauthorized
    const { pid, offset } = knock.auth
    const seat = knock.revision === 4 ? this.#seats.find(pid, person.app, person.user.id, community) : null
    // The server may not have noticed yet that the client is gone.
    await seat?.vacated()
    const lastSeqs = seat && (await this.#lastSeqs(seat))
    // Looked at last: who was taken out until now stays out, and who is from now on is dismissed.
    if (!(await this.#isMember(person, community))) return unauthorized
    const enterAnew = () => this.#newEntry(person, community, knock.revision === 4)
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
    const pid = newPid()
    const options = { house: this.#house, seats: this.#seats, app, user, communityId, canReturn, pid }
    const startIndex = this.#house.recent.end
    return { pid, accept: (line) => new Seat({ ...options, line, id: line.id, startIndex }) }
  }

  /** Only for a socket that is older than what is remembered of the order of events. */
  async #lastSeqs({ startIndex, places, session }: Seat): Promise<Map<RoomId, number>> {
    const { recent, store } = this.#house
    const found = new Map<RoomId, number>()
    if (startIndex >= recent.start) return found
    for (const roomId of places.keys()) {
      const room = await store.rooms.byId(session.app.id, roomId)
      if (room) found.set(roomId, room.lastSeq)
    }
    return found
  }
}
