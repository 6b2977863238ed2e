import { Accounts } from '../../core/accounts.ts'
import type { UserId } from '../../core/model.ts'
import type { Nodes } from '../../core/nodes.ts'
import type { Accept, Bus, Store } from '../../core/ports.ts'
import { Company } from './company.ts'
import { DeskConnection } from './connection.ts'
import { Customers, type CustomersOptions } from './customers.ts'
import type { Desk } from './desk.ts'
import { Words } from './encodings.ts'
import { Lobbies } from './lobbies.ts'
import { Seats } from './seats.ts'
import type { CstalkApp } from './settings.ts'
import { Tokens } from './tokens.ts'

export type CstalkOptions = Omit<
  Desk,
  'accounts' | 'companies' | 'customers' | 'lobbies' | 'seats' | 'tokens' | 'words'
> &
  Pick<CustomersOptions, 'newcomers'> & {
    readonly apps: readonly CstalkApp[]
    readonly bus: Bus
    readonly nodes: Nodes
  }

/** The consultation desk: makes what its connections and its REST share. */
export class Cstalk {
  readonly desk: Desk
  readonly accept: Accept

  private constructor(desk: Desk) {
    this.desk = desk
    this.accept = (line) => new DeskConnection(desk, line)
  }

  static async open({ apps, bus, nodes, newcomers, ...shared }: CstalkOptions): Promise<Cstalk> {
    const companies = new Map(apps.map((app) => [app.settings.companyId, new Company(app)]))
    const words = new Map([...companies.values()].map((company) => [company, new Words(company, shared.presence)]))
    const customers = new Customers({ store: shared.store, log: shared.log, now: shared.now, newcomers })
    const tokens = new Tokens(companies, shared.now)
    const accounts = new Accounts({ store: shared.store, bus, now: shared.now })
    bus.listen(({ event }) => {
      if (event.type !== 'user_changed') return
      for (const company of companies.values()) if (company.app.id === event.appId) company.know(event.user)
    })
    const loadStaff = async () => {
      for (const company of companies.values()) await company.loadStaff(shared.store)
    }
    await loadStaff()
    nodes.onGap(() => {
      loadStaff().catch((error: unknown) => shared.log.warn({ error }, 'the names of members may be old'))
    })
    const seats = new Seats(nodes.roster('cstalk.seats'), shared.now)
    const lobbies = new Lobbies(shared.hub, nodes.roster('cstalk.lobbies'))
    return new Cstalk({ ...shared, accounts, companies, words, customers, tokens, seats, lobbies })
  }

  /** A token for trying things out; null when there is no such member. */
  async token(companyId: string, userId: UserId, store: Store): Promise<string | null> {
    const company = this.desk.companies.get(companyId)
    const user = company && (await store.users.byId(company.app.id, userId))
    return company && user ? this.desk.tokens.issue(company, user) : null
  }
}
