import { RateLimit } from '../../src/core/limits.ts'
import type { RoomId, User } from '../../src/core/model.ts'
import type { Change } from '../../src/core/room.ts'
import { demoApp } from '../../src/demo.ts'
import { Company } from '../../src/protocols/cstalk/company.ts'
import { Customers } from '../../src/protocols/cstalk/customers.ts'
import { memberIdentity } from '../../src/protocols/cstalk/identity.ts'
import { Tokens } from '../../src/protocols/cstalk/tokens.ts'
import type { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { text } from '../load/text.ts'
import { inBatches, log, openStore } from './store.ts'

export interface StockedCustomer {
  readonly number: string
  readonly user: User
  readonly roomId: RoomId
}

export interface StockedAgent {
  readonly user: User
  readonly token: string
}

/** Fills the demo company's store before its server starts, through the store's own port and the desk's own rules. */
export class Stock {
  readonly #store: SqliteStore
  readonly #company = new Company({ app: demoApp, settings: demoApp.cstalk })
  readonly #tokens = new Tokens(new Map([[this.#company.id, this.#company]]), Date.now)
  readonly #customers: Customers

  constructor(dataDir: string) {
    this.#store = openStore(dataDir)
    const newcomers = new RateLimit({ perSecond: 1e9, burst: 1e9, now: Date.now })
    this.#customers = new Customers({ store: this.#store, log, now: Date.now, newcomers })
  }

  /** New customers, each with its room. */
  addCustomers(count: number): Promise<StockedCustomer[]> {
    return inBatches(count, async (index) => {
      const number = String(1_000_001 + index)
      const { user, room } = await this.#customers.welcome(this.#company, number, '127.0.0.1')
      return { number, user, roomId: room.id }
    })
  }

  /** New agents, logged in. */
  addAgents(count: number): Promise<StockedAgent[]> {
    return inBatches(count, async (index) => {
      const loginName = `bench${index}`
      const draft = {
        appId: demoApp.id,
        role: 'agent',
        name: `상담사 ${index}`,
        identity: memberIdentity(loginName),
        meta: { loginName },
      } as const
      const { user } = await this.#store.users.ensure(draft)
      return { user, token: await this.#tokens.issue(this.#company, user) }
    })
  }

  /** The customer asks, and the agent takes the room. */
  async hold(customer: StockedCustomer, agent: StockedAgent): Promise<void> {
    await this.#change(customer, [{ type: 'reopen' }, said(customer), { type: 'assign', agentId: agent.user.id }])
  }

  /** A past of three messages; every third room waits, every third is held, every third is closed. */
  async live(customers: readonly StockedCustomer[], agents: readonly StockedAgent[]): Promise<void> {
    await inBatches(customers.length, (index) => {
      const customer = customers[index]!
      const agent = agents[index % agents.length]!
      const asked: Change[] = [{ type: 'reopen' }, said(customer), said(customer), said(customer)]
      if (index % 3 > 0) asked.push({ type: 'assign', agentId: agent.user.id })
      if (index % 3 > 1) asked.push({ type: 'close' })
      return this.#change(customer, asked)
    })
  }

  /** A long consultation. */
  async talk(customer: StockedCustomer, messages: number): Promise<void> {
    const atOnce = 500
    const words = Array.from({ length: atOnce }, () => said(customer))
    for (let written = 0; written < messages; written += atOnce)
      await this.#change(customer, words.slice(0, messages - written))
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #change(customer: StockedCustomer, changes: readonly Change[]): Promise<void> {
    await this.#store.append(demoApp.id, customer.roomId, () => changes, { actorId: customer.user.id, origin: null })
      .durable
  }
}

function said({ user }: StockedCustomer): Change {
  const sender = { id: user.id, name: user.name, role: user.role }
  return { type: 'post', sender, messageType: 'text', body: text, detail: '', audience: 'all', meta: null }
}
