import type { Roster } from '../../core/nodes.ts'
import type { Log } from '../../core/ports.ts'
import type { Drop, RedisLink } from './redis-link.ts'
import { OtherEntries, type RosterListener } from './roster-others.ts'
import { OwnEntries } from './roster-own.ts'
import { isEntry, RosterHash, type RosterChange } from './roster-hash.ts'

export interface RedisRostersOptions {
  readonly link: RedisLink
  readonly prefix: string
  /** Of this node. */
  readonly id: string
  readonly ttlMs: number
  /** Those that are alive, without this one. */
  readonly others: () => Iterable<string>
  readonly log: Log
}

const topic = 'roster'

/** Each node's entries of each roster: a hash in Redis, and what the nodes tell each other when theirs change. */
export class RedisRosters {
  readonly #options: RedisRostersOptions
  readonly #rosters = new Map<string, RedisRoster>()

  constructor(options: RedisRostersOptions) {
    this.#options = options
    options.link.hear(topic, (body, from) => this.#heard(body, from))
    options.link.onGap((from) => {
      const missed = from === null ? options.others() : [from]
      for (const node of missed) this.#each((roster) => roster.seen.reread(node))
    })
  }

  roster(name: string): Roster {
    let roster = this.#rosters.get(name)
    if (!roster) {
      this.#rosters.set(name, (roster = new RedisRoster(name, this.#options)))
      for (const node of this.#options.others()) roster.seen.read(node)
    }
    return roster
  }

  /** Whether all that the others have is known. */
  get isRead(): boolean {
    return this.#rosters.values().every(({ seen }) => seen.isRead)
  }

  arrived(node: string): void {
    this.#each((roster) => roster.seen.read(node))
  }

  gone(node: string): void {
    this.#each((roster) => roster.seen.gone(node))
  }

  async beat(): Promise<void> {
    const rosters = [...this.#rosters.values()]
    // Reading may take longer than others wait for a sign of life.
    for (const { seen } of rosters) void seen.beat()
    await Promise.all(rosters.map(({ own }) => own.beat()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#rosters.values().map(({ own }) => own.close()))
  }

  #each(use: (roster: RedisRoster) => void): void {
    for (const roster of this.#rosters.values()) use(roster)
  }

  #heard(body: unknown, from: string): Drop | void {
    if (!Array.isArray(body) || typeof body[0] !== 'string') return 'malformed'
    const [name, changes] = body as [string, unknown]
    const roster = this.#rosters.get(name)
    if (!roster) return 'unknown'
    if (changes === null) roster.seen.reread(from)
    else if (Array.isArray(changes) && changes.every(isChange)) roster.seen.changed(from, changes)
    else return 'malformed'
    return undefined
  }
}

class RedisRoster implements Roster {
  readonly own: OwnEntries
  readonly seen: OtherEntries

  constructor(name: string, { link, prefix, id, ttlMs, log }: RedisRostersOptions) {
    const hashOf = (node: string) => new RosterHash(link.commands, `${prefix}:roster:${name}:${node}`, ttlMs)
    const tell = (changes: readonly RosterChange[] | null) => link.send(topic, JSON.stringify([name, changes]))
    this.seen = new OtherEntries(hashOf, log)
    this.own = new OwnEntries({ hash: hashOf(id), changed: tell, replaced: () => tell(null) })
  }

  // Redis has no halves of characters, which clients may send: those who hear of them and those who read them must have the same.
  put(key: string, value: string): void {
    if (!isEntry(key, value)) throw new RangeError('an entry is too long')
    this.own.put(key.toWellFormed(), value.toWellFormed())
  }

  remove(key: string): void {
    this.own.remove(key.toWellFormed())
  }

  others(key: string): ReadonlyMap<string, string> {
    return this.seen.of(key.toWellFormed())
  }

  keysOfOthers(): Iterable<string> {
    return this.seen.keys()
  }

  onChange(listener: RosterListener): void {
    this.seen.listen(listener)
  }
}

function isChange(change: unknown): change is RosterChange {
  if (!Array.isArray(change) || change.length !== 2) return false
  const [key, value] = change as [unknown, unknown]
  return typeof key === 'string' && (value === null || typeof value === 'string') && isEntry(key, value)
}
