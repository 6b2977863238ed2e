import { timingSafeEqual } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { RateLimit } from '../../core/limits.ts'
import type { Room, User } from '../../core/model.ts'
import type { Clock, Log, Store } from '../../core/ports.ts'
import { addressBlock } from '../../wire/address.ts'
import type { Company } from './company.ts'
import { customerIdentity, customerRoomKey, type CustomerMeta } from './identity.ts'

const hookTimeoutMs = 2000
const hookMaxBytes = 16_384
const dayMs = 86_400_000

export interface Customer {
  readonly user: User
  readonly room: Room
}

export interface CustomersOptions {
  readonly store: Store
  readonly log: Log
  readonly now: Clock
  /** New customers per address: who only makes up numbers fills the store. */
  readonly newcomers: RateLimit
}

/** Customers come with a number and nothing else; the first time they get an account and their one permanent room. */
export class Customers {
  readonly #store: Store
  readonly #log: Log
  readonly #now: Clock
  readonly #newcomers: RateLimit

  constructor(options: CustomersOptions) {
    this.#store = options.store
    this.#log = options.log
    this.#now = options.now
    this.#newcomers = options.newcomers
  }

  /** Finds or makes the customer of a number. `invalid` for what is no number, `rate_limited` for too many new ones. */
  async welcome(company: Company, number: string, address: string): Promise<Customer> {
    if (!/^[1-9]\d{0,14}$/.test(number))
      throw new ChatError('invalid', 'gasappMemberNumber must be a number', 'gasappMemberNumber')
    const appId = company.app.id
    const identity = customerIdentity(number)
    const known = await this.#store.users.byIdentity(appId, identity)
    if (!known) this.#newcomers.demand(addressBlock(address), 'too many new customers from this address')
    const user = known ?? (await this.#register(company, number))
    const { room } = await this.#store.rooms.ensure({
      appId,
      key: customerRoomKey(number),
      kind: 'consultation',
      name: user.name,
      state: 'closed',
      ownerId: user.id,
      members: [{ userId: user.id, role: 'customer' }],
      meta: { customer: user.meta },
    })
    return { user, room }
  }

  /**
   * Whether `secretKey` is the company's word and today's date, `word_20201218`; yesterday's and tomorrow's pass too, for
   * clocks around midnight. True where the company asks for none.
   */
  isTrusted(company: Company, secretKey: string | undefined): boolean {
    const { customerSecret, requireSecretKey } = company.settings
    if (!requireSecretKey || customerSecret === null) return true
    if (secretKey === undefined) return false
    return [-dayMs, 0, dayMs].some((shift) =>
      equal(secretKey, `${customerSecret}_${company.time.day(this.#now() + shift)}`),
    )
  }

  async #register(company: Company, number: string): Promise<User> {
    const { name, telNumber } = await this.#ask(company, number)
    const meta: CustomerMeta = { gasappMemberNumber: number, telNumber }
    const identity = customerIdentity(number)
    const { user } = await this.#store.users.ensure({
      appId: company.app.id,
      role: 'customer',
      name,
      identity,
      meta: { ...meta },
    })
    return user
  }

  /** The company's own system knows the customer's name, where it has one; it must not keep the customer waiting. */
  async #ask(company: Company, number: string): Promise<{ name: string; telNumber: string | null }> {
    const unknown = { name: `고객 ${number}`, telNumber: null }
    const { customerNameHook } = company.settings
    if (customerNameHook === null) return unknown
    try {
      const url = new URL(customerNameHook)
      url.searchParams.set('companyId', company.id)
      url.searchParams.set('gasappMemberNumber', number)
      const response = await fetch(url, { signal: AbortSignal.timeout(hookTimeoutMs), redirect: 'error' })
      if (!response.ok) throw new Error(`answered ${response.status}`)
      const text = await textOf(response)
      const { name, handphone } = JSON.parse(text) as { name?: unknown; handphone?: unknown }
      const telNumber = typeof handphone === 'string' ? handphone.replaceAll('-', '').slice(0, 40) : null
      return { name: typeof name === 'string' && name !== '' ? name.slice(0, 100) : unknown.name, telNumber }
    } catch (error) {
      this.#log.warn({ error, app: company.app.id }, 'the customer name hook did not answer; a made-up name is used')
      return unknown
    }
  }
}

/** A body, read no further than it may be long. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > hookMaxBytes) throw new Error(`answered with more than ${hookMaxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function equal(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
