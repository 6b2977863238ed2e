import type { FastifyInstance } from 'fastify'
import { Accounts } from '../../core/accounts.ts'
import type { App } from '../../core/model.ts'
import { Counts } from './counts.ts'
import { Directory } from './directory.ts'
import { EverJoined } from './ever-joined.ts'
import type { GitpleliveShared } from './gitplelive-shared.ts'
import { People } from './people.ts'
import { errorBody } from './rest/refusal.ts'
import { gitpleliveRoutes } from './rest/routes.ts'
import type { GitpleliveSettings } from './settings.ts'
import { SharedTurns } from './shared-turns.ts'
import { Tokens } from './tokens.ts'
import { Turns } from './turns.ts'
import { WordFilter } from './word-filter.ts'

type Made = 'accounts' | 'apps' | 'counts' | 'directory' | 'everJoined' | 'people' | 'tokens' | 'turns'

export type GitpleliveOptions = Omit<GitpleliveShared, Made> & {
  readonly apps: readonly { readonly app: App; readonly settings: GitpleliveSettings }[]
}

/** Group channels with a platform behind them: makes what the SDK's sockets and the REST share. */
export class Gitplelive {
  readonly shared: GitpleliveShared
  /** The first segments of the REST's addresses. */
  readonly prefixes = ['/v1'] as const
  /** Adds the REST to a scope of its own, which reads multipart bodies. It brings its errors. */
  readonly routes: (scope: FastifyInstance) => Promise<void>
  /** The body of a refusal that was made before a route was found. */
  readonly errorBody = errorBody

  private constructor(shared: GitpleliveShared) {
    this.shared = shared
    this.routes = gitpleliveRoutes(shared)
  }

  static open(given: GitpleliveOptions): Gitplelive {
    const { store, bus, nodes, log, now } = given
    const apps = given.apps.map((one) => ({ ...one, filter: new WordFilter(one.settings.profanity) }))
    const directory = new Directory(apps, store)
    return new Gitplelive({
      ...given,
      apps,
      directory,
      accounts: new Accounts({ store, bus, now }),
      tokens: new Tokens(directory, store, now),
      people: new People({ users: store.users, bus, nodes }),
      counts: new Counts({ store, bus, log }),
      everJoined: new EverJoined(store),
      turns: new SharedTurns(new Turns(), nodes.shelf('gitplelive.turns')),
    })
  }
}
