import type { FastifyInstance } from 'fastify'
import { Accounts } from '../../core/accounts.ts'
import type { Nodes } from '../../core/nodes.ts'
import type { Bus } from '../../core/ports.ts'
import { Announcer } from './announcer.ts'
import { Callbacks } from './callbacks.ts'
import { ChannelRooms } from './channel-rooms.ts'
import type { LaravelShared } from './laravel-shared.ts'
import { laravelPrefix } from './rest/prefix.ts'
import { laravelRoutes } from './rest/routes.ts'
import { SocketTokens } from './socket/claims.ts'
import { OpenChannels } from './socket/open-channels.ts'

type Made = 'announcer' | 'callbacks' | 'channels' | 'rooms' | 'tokens'

export type LaravelOptions = Omit<LaravelShared, Made> & { readonly bus: Bus; readonly nodes: Nodes }

/** Channels of Laravel applications: makes what the JWT socket, its REST and the bridge share. */
export class Laravel {
  readonly shared: LaravelShared
  readonly prefixes = [laravelPrefix] as const
  /** Adds the REST to a scope of its own. */
  readonly routes: (scope: FastifyInstance) => void

  private constructor(shared: LaravelShared) {
    this.shared = shared
    this.routes = laravelRoutes(shared)
  }

  static open({ bus, nodes, ...given }: LaravelOptions): Laravel {
    const { apps, chat, store, now } = given
    const tokens = new SocketTokens(apps, now)
    const rooms = new ChannelRooms({ chat, store, bus, nodes, accounts: new Accounts({ store, bus, now }) })
    return new Laravel({
      ...given,
      tokens,
      rooms,
      channels: new OpenChannels({ bus, nodes, now }),
      announcer: new Announcer(chat, rooms),
      callbacks: new Callbacks(apps, tokens, now),
    })
  }
}
