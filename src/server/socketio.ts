import { SocketIoEndpoint } from '../wire/socketio/endpoint.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** The Socket.IO endpoint as the server sees it. Protocols that live on it `serve` their namespaces when they are opened. */
export interface SocketIo {
  readonly endpoint: SocketIoEndpoint
  readonly part: Part
}

/** One endpoint at `/socket.io/` for all protocols: clients know no other address, and tell protocols apart by the namespace. */
export function openSocketIo(house: House): SocketIo {
  const { settings, limit, broom } = house
  const endpoint = new SocketIoEndpoint({
    ...house.wire('socketio'),
    connectTimeoutMs: settings.connectTimeoutMs,
    maxNamespaces: settings.socketioNamespacesMax,
    packets: limit(settings.framesPerSecond, settings.frameBurst),
    dials: limit(settings.dialsPerSecond, settings.dialBurst, 'socketio dials'),
  })
  broom.add(endpoint)
  return {
    endpoint,
    part: {
      mounts: [],
      takeRequest: (request, response) => endpoint.handleRequest(request, response),
      takeUpgrade: (request, socket, head) => endpoint.handleUpgrade(request, socket, head),
      drain: () => endpoint.drain(),
    },
  }
}
