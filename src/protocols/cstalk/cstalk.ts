import { Accounts } from '../../core/accounts.ts'
import type { UserId } from '../../core/model.ts'
import type { Accept, Bus, Store } from '../../core/ports.ts'
import { Company } from './company.ts'
import { DeskConnection } from './connection.ts'
import { Customers, type CustomersOptions } from './customers.ts'
import type { Desk } from './desk.ts'
import { Words } from './encodings.ts'
import { Seats } from './seats.ts'
import type { CstalkApp } from './settings.ts'
import { Tokens } from './tokens.ts'

export type CstalkOptions = Omit<Desk, 'accounts' | 'companies' | 'customers' | 'seats' | 'tokens' | 'words'> &
  Pick<CustomersOptions, 'newcomers'> & {
    readonly apps: readonly CstalkApp[]
    readonly bus: Bus
  }

/** The consultation desk: makes what its connections and its REST share. */
export class Cstalk {
  readonly desk: Desk
  readonly accept: Accept

  private constructor(desk: Desk) {
    this.desk = desk
    this.accept = (line) => new DeskConnection(desk, line)
  }

  static async open({ apps, bus, newcomers, ...shared }: CstalkOptions): Promise<Cstalk> {
    const companies = new Map(apps.map((app) => [app.settings.companyId, new Company(app)]))
    const words = new Map([...companies.values()].map((company) => [company, new Words(company, shared.presence)]))
    const customers = new Customers({ store: shared.store, log: shared.log, now: shared.now, newcomers })
    const tokens = new Tokens(companies, shared.now)
    const accounts = new Accounts({ store: shared.store, bus, now: shared.now })
    for (const company of companies.values()) await company.loadStaff(shared.store)
    bus.listen(({ event }) => {
      if (event.type !== 'user_changed') return
      for (const company of companies.values()) if (company.app.id === event.appId) company.know(event.user)
    })
    return new Cstalk({ ...shared, accounts, companies, words, customers, tokens, seats: new Seats() })
  }

  /** A token for trying things out; null when there is no such member. */
  async token(companyId: string, userId: UserId, store: Store): Promise<string | null> {
    const company = this.desk.companies.get(companyId)
    const user = company && (await store.users.byId(company.app.id, userId))
    return company && user ? this.desk.tokens.issue(company, user) : null
  }
}
