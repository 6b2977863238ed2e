import type { Close } from '../../../core/errors.ts'
import type { User } from '../../../core/model.ts'
import type { Nodes } from '../../../core/nodes.ts'
import type { Accept, Bus } from '../../../core/ports.ts'
import { houseSession } from '../../../core/session.ts'
import type { Host } from '../directory.ts'
import { guestIdentity, hostMeta } from '../host.ts'
import { isOriginOf } from '../service-domain.ts'
import { closedRoom, noSuchHost, noSuchRoom, statusOff, wrongOrigin } from './closes.ts'
import { HostLooks } from './host-looks.ts'
import type { SocketHouse } from './house.ts'
import { tellMissedNews } from './missed-news.ts'
import { OpenRooms } from './open-rooms.ts'
import { OpenStatuses } from './open-statuses.ts'
import { parseDestination } from './paths.ts'
import { RoomSocket, type RoomSocketOptions } from './room-socket.ts'
import { GuestStatusSocket, HostStatusSocket } from './status-socket.ts'

/** A number refuses the upgrade with that HTTP status. Otherwise who takes the line. */
export type Admitted = Accept | number

/**
 * Who may open a socket. A host shows its access token, a guest comes from the host's own website, which the browser's
 * Origin header says. Tokens that are not good and guests without an Origin are refused before the upgrade; everything
 * else is accepted and closed with a code, because a page can read that.
 */
export class SocketAdmission {
  readonly #house: SocketHouse
  readonly #nodes: Nodes
  readonly #rooms: OpenRooms
  readonly #looks: HostLooks
  readonly #statuses: OpenStatuses

  constructor(house: SocketHouse, bus: Bus, nodes: Nodes) {
    this.#house = house
    this.#nodes = nodes
    this.#rooms = new OpenRooms(bus)
    house.hub.addAudience((roomId) => this.#rooms.isOpen(roomId))
    this.#looks = new HostLooks(async ({ appId, id, ownerId }) => {
      // Fails quietly: the room may be gone by now, and a server that stops has no store any more.
      if (ownerId !== null) await house.store.mark(appId, id, ownerId, 'read', Number.MAX_SAFE_INTEGER)
    })
    this.#statuses = new OpenStatuses(bus)
    nodes.onGap(() => {
      tellMissedNews(house, bus, this.#rooms, this.#statuses).catch((error: unknown) =>
        house.log.warn({ error }, 'what other nodes said of hosts and rooms may have been missed'),
      )
    })
  }

  async admit(url: string, origin: string | undefined): Promise<Admitted> {
    const destination = parseDestination(url)
    if (!destination) return 404
    const { token } = destination
    if (token === null) {
      if (origin === undefined) return 403
      if (destination.kind === 'room') return this.#guestRoom(destination.name, origin)
      return this.#guestStatus(destination.uuid, origin)
    }
    const host = await this.#house.tokens.signIn(token).catch(() => null)
    if (!host) return 403
    if (destination.kind === 'room') return this.#hostRoom(destination.name, host)
    return this.#hostStatus(destination.uuid, host)
  }

  async #guestRoom(name: string, origin: string): Promise<Accept> {
    const { chat, directory, store } = this.#house
    const found = await directory.roomByName(name)
    if (!found || found.room.ownerId === null) return closed(noSuchRoom)
    const { app } = found.app
    const [host, user] = await Promise.all([
      store.users.byId(app.id, found.room.ownerId),
      store.users.byIdentity(app.id, guestIdentity(name)),
    ])
    if (!host || !user) return closed(noSuchRoom)
    if (hostMeta(host).deletedAt !== null) return closed(noSuchHost)
    if (!isOriginOf(hostMeta(host).serviceDomain, origin)) return closed(wrongOrigin)
    // A guest that comes back to a closed room takes it up again.
    const reopen = { type: 'reopen', roomId: found.room.id } as const
    const room = found.room.state === 'closed' ? (await chat.execute(houseSession(app), reopen)).room : found.room
    return this.#inRoom({ room, app, user })
  }

  async #hostRoom(name: string, { app: { app }, user }: Host): Promise<Accept> {
    const room = (await this.#house.directory.roomByName(name))?.room
    if (!room || room.ownerId !== user.id) return closed(noSuchRoom)
    if (room.state === 'closed') return closed(closedRoom)
    return this.#inRoom({ room, app, user })
  }

  #inRoom(who: Pick<RoomSocketOptions, 'room' | 'app' | 'user'>): Accept {
    const common = { house: this.#house, rooms: this.#rooms, looks: this.#looks }
    return (line) => new RoomSocket({ ...common, ...who, line, isShared: this.#nodes.all.length > 1 })
  }

  async #guestStatus(uuid: string, origin: string): Promise<Accept> {
    const host = (await this.#house.directory.hostByUuid(uuid))?.user
    if (!host) return closed(noSuchHost)
    if (!isOriginOf(hostMeta(host).serviceDomain, origin)) return closed(wrongOrigin)
    if (!hostMeta(host).useOnlineStatus) return closed(statusOff)
    return (line) => new GuestStatusSocket({ house: this.#house, statuses: this.#statuses, line, host })
  }

  #hostStatus(uuid: string, { user: host }: { readonly user: User }): Accept {
    if (hostMeta(host).uuid !== uuid) return closed(noSuchHost)
    if (!hostMeta(host).useOnlineStatus) return closed(statusOff)
    return (line) => new HostStatusSocket({ house: this.#house, statuses: this.#statuses, line, host })
  }
}

/** Takes the line and closes it at once. */
function closed(close: Close): Accept {
  return (line) => {
    line.close(close)
    return { message: () => {}, closed: () => {} }
  }
}
