import type { FastifyInstance } from 'fastify'
import { Accounts } from '../../core/accounts.ts'
import type { App } from '../../core/model.ts'
import type { Bus } from '../../core/ports.ts'
import { Channels } from './channels.ts'
import { Chats } from './chats.ts'
import type { CommuShared } from './commu-shared.ts'
import { Communities } from './communities.ts'
import { Directory } from './directory.ts'
import { Followings } from './followings.ts'
import { Ids } from './ids.ts'
import { People } from './people.ts'
import { Reading } from './reading.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { errorBody } from './rest/refusal.ts'
import { commuRoutes } from './rest/routes.ts'
import type { CommuSettings } from './settings.ts'
import { Tokens } from './tokens.ts'

type Made =
  | 'accounts'
  | 'apps'
  | 'channels'
  | 'chats'
  | 'communities'
  | 'directory'
  | 'followings'
  | 'people'
  | 'reading'
  | 'refreshTokens'
  | 'tokens'

export type CommuOptions = Omit<CommuShared, Made> & {
  readonly apps: readonly { readonly app: App; readonly settings: CommuSettings }[]
  readonly bus: Bus
}

/** Communities and their channels: makes what their sockets and their REST share. */
export class Commu {
  readonly shared: CommuShared
  /** The first segments of the REST's addresses. */
  readonly prefixes = [
    '/api/user',
    '/api/users',
    '/api/community',
    '/api/communities',
    '/api/channel',
    '/api/channels',
  ] as const
  /** Adds the REST to a scope of its own. It brings its CORS and its errors. */
  readonly routes: (scope: FastifyInstance) => Promise<void>
  /** The body of a refusal that was made before a route was found. */
  readonly errorBody = errorBody

  private constructor(shared: CommuShared) {
    this.shared = shared
    this.routes = commuRoutes(shared)
  }

  static async open({ bus, ...given }: CommuOptions): Promise<Commu> {
    const { store, chat, limits, maxima, now } = given
    const apps = await Promise.all(given.apps.map(async (one) => ({ ...one, ids: await Ids.open(store, one.app.id) })))
    const directory = new Directory(apps, store)
    const accounts = new Accounts({ store, bus, now })
    const refreshTokens = new RefreshTokens(store, now)
    const channels = new Channels({ store, chat, directory, limits, maxima, now })
    return new Commu({
      ...given,
      apps,
      directory,
      accounts,
      refreshTokens,
      channels,
      communities: new Communities({ store, chat, directory, channels, limits, maxima }),
      chats: new Chats(chat),
      reading: new Reading(store, chat),
      people: new People({ store, accounts, refreshTokens, now }),
      followings: new Followings(store, maxima.followings),
      tokens: new Tokens(apps, store, now),
    })
  }
}
