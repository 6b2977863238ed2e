import { commuSockets } from '../protocols/commu/asyncapi.ts'
import { Commu } from '../protocols/commu/commu.ts'
import { commuDocs } from '../protocols/commu/rest/docs.ts'
import { Archive } from '../protocols/commu/socket/archive.ts'
import { Entrance } from '../protocols/commu/socket/entrance.ts'
import { Moves } from '../protocols/commu/socket/moves.ts'
import { RecentEvents } from '../protocols/commu/socket/recent-events.ts'
import { Seats } from '../protocols/commu/socket/seats.ts'
import type { SocketIoEndpoint } from '../wire/socketio/endpoint.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** commu: communities and their channels, their Socket.IO namespaces and their REST. */
export async function openCommunities(house: House, socketio: SocketIoEndpoint): Promise<Part> {
  const { settings, bus, nodes, broom } = house
  const apps = house.apps.flatMap((app) => (app.commu ? [{ app, settings: app.commu }] : []))
  const { prefixes, routes, errorBody, shared } = await Commu.open({
    ...house,
    apps,
    limits: limitsOf(house),
    maxima: {
      communities: settings.communitiesPerManager,
      channels: settings.communityChannelsMax,
      members: settings.communityMembersMax,
      followings: settings.followingsMax,
    },
    publicUrl: settings.publicUrl,
  })
  const sockets = { ...shared, bus, nodes, recent: new RecentEvents(settings.recoveryEventsMax) }
  const seats = new Seats(sockets, { returnMs: settings.recoveryMs, maxAway: settings.recoveriesMax })
  const archive = new Archive(sockets, seats, settings.recoveryMs)
  const moves = new Moves(sockets, seats, settings.recoveryMs)
  if (apps.length > 0) {
    await archive.load()
    broom.add(seats)
    socketio.serve(new Entrance(sockets, seats, moves))
  }
  return {
    mounts: apps.length > 0 ? [{ prefixes, routes, errorBody, docs: commuDocs }] : [],
    sockets: apps.length > 0 ? commuSockets : [],
    takeRequest: () => false,
    takeUpgrade: () => false,
    drain: async () => {
      await socketio.drain()
      // The last sockets are told that they ended at the end of the turn.
      await new Promise(setImmediate)
      // Those who are left have somebody to go to.
      if (nodes.all.length > 1) await moves.stow()
      else await archive.save()
    },
  }
}

function limitsOf({ settings, limit }: House) {
  return {
    visits: limit(settings.messagesPerSecond, settings.messageBurst, 'commu visits'),
    reads: limit(settings.messagesPerSecond, settings.messageBurst, 'commu reads'),
    newcomers: limit(settings.newCustomersPerSecond, settings.newCustomersBurst, 'commu newcomers'),
    logins: limit((settings.loginAttempts * 1000) / settings.loginWindowMs, settings.loginAttempts, 'commu logins'),
    searches: limit(settings.searchesPerMinute / 60, settings.searchesPerMinute, 'commu searches'),
    // In hundreds.
    places: limit(settings.communityPlacesPerMinute / 6000, settings.communityPlacesPerMinute / 100, 'commu places'),
  }
}
