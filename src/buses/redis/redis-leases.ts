import type { Lease } from '../../core/nodes.ts'
import type { RedisLink } from './redis-link.ts'

export interface RedisLeasesOptions {
  readonly link: RedisLink
  readonly prefix: string
  /** Of this node. */
  readonly id: string
  /** How long it is given for. */
  readonly leaseMs: number
}

/** Takes it when it is free, keeps it when it is one's own. */
const take = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

const giveUp = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

/** One key for each. The holder renews it at each beat, and stops believing in it before Redis can give it to another. */
export class RedisLeases {
  readonly #link: RedisLink
  readonly #options: RedisLeasesOptions
  readonly #leases = new Map<string, RedisLease>()
  /** When Redis was last lost, by `performance.now()`. */
  #lostAt = -Infinity

  constructor(options: RedisLeasesOptions) {
    this.#options = options
    this.#link = options.link
    this.#link.commands.on('close', () => (this.#lostAt = performance.now()))
    // One that is given up shouldn't be nobody's until the next beat.
    this.#link.hear('lease', (name) => {
      const lease = typeof name === 'string' ? this.#leases.get(name) : undefined
      if (lease) void this.#renew(lease)
    })
  }

  lease(name: string): Lease {
    const known = this.#leases.get(name)
    if (known) return known
    const lease = new RedisLease(name, () => void this.#release(lease))
    this.#leases.set(name, lease)
    void this.#renew(lease)
    return lease
  }

  async beat(): Promise<void> {
    await Promise.all(this.#leases.values().map((lease) => this.#renew(lease)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#leases.values().map((lease) => this.#release(lease)))
  }

  async #renew(lease: RedisLease): Promise<void> {
    const { id, leaseMs } = this.#options
    // A Redis that was restarted, or another in its place, may have forgotten who has it, and who has it doesn't know yet.
    if (!lease.isHeld && performance.now() < this.#lostAt + leaseMs) return
    // The key lives at least so long from when this was sent, by whatever clock. A part of it is left for what is
    // under way when it ends.
    const until = performance.now() + leaseMs * 0.8
    try {
      const taken = await this.#link.commands.eval(take, 1, this.#keyOf(lease), id, leaseMs)
      if (taken === 1 && this.#leases.get(lease.name) === lease) lease.heldUntil = until
      else lease.heldUntil = 0
    } catch {
      // Nobody knows whether it was renewed: it is held as long as it was.
    }
  }

  async #release(lease: RedisLease): Promise<void> {
    lease.heldUntil = 0
    if (this.#leases.get(lease.name) === lease) this.#leases.delete(lease.name)
    try {
      const given = await this.#link.commands.eval(giveUp, 1, this.#keyOf(lease), this.#options.id)
      if (given === 1) this.#link.send('lease', JSON.stringify(lease.name))
    } catch {
      // It ends by itself.
    }
  }

  #keyOf({ name }: RedisLease): string {
    return `${this.#options.prefix}:lease:${name}`
  }
}

class RedisLease implements Lease {
  readonly name: string
  readonly release: () => void
  /** By `performance.now()`: a process that was stopped finds, when it goes on, that the time is over. */
  heldUntil = 0

  constructor(name: string, release: () => void) {
    this.name = name
    this.release = release
  }

  get isHeld(): boolean {
    return performance.now() < this.heldUntil
  }
}
