import type { RedisClient } from './redis-connection.ts'

/** A key and what is there now; null for nothing any more. */
export type RosterChange = readonly [key: string, value: string | null]

/** Stands in a hash that has all of its node's entries. Without it, the hash was lost, or is being written. */
const wholeField = '!'
/** Before the key of an entry, so that none is the field above. */
const entryMark = '='
const chunkEntries = 500
const chunkChars = 256 * 1024

/** KEYS: the hash. ARGV: its time to live, whether it must be whole, what to set in pairs, '', what to delete. */
const write = `
if ARGV[2] == '1' and redis.call('HEXISTS', KEYS[1], '${wholeField}') == 0 then return 0 end
local i = 3
while ARGV[i] ~= '' do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  i = i + 2
end
for j = i + 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[j]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`

/**
 * One node's entries of a roster, in Redis: written by that node and read by the others, at any time. It goes by itself
 * when its node doesn't touch it any more.
 */
export class RosterHash {
  readonly #commands: RedisClient
  readonly #key: string
  readonly #ttlMs: number

  constructor(commands: RedisClient, key: string, ttlMs: number) {
    this.#commands = commands
    this.#key = key
    this.#ttlMs = ttlMs
  }

  /** False when the hash isn't whole: nothing was changed. */
  async change(changes: readonly RosterChange[]): Promise<boolean> {
    return (await this.#write(true, changes)) === 1
  }

  /** Anew. Entries that change meanwhile may be in it or not. */
  async replace(entries: ReadonlyMap<string, string>): Promise<void> {
    await this.#commands.del(this.#key)
    for (const chunk of chunks(entries)) await this.#write(false, chunk)
    // Others compare it before and after they have read all.
    await this.#commands.hset(this.#key, wholeField, `${performance.timeOrigin + performance.now()}`)
    await this.#commands.pexpire(this.#key, this.#ttlMs)
  }

  /** False when there is none. */
  async touch(): Promise<boolean> {
    return (await this.#commands.pexpire(this.#key, this.#ttlMs)) === 1
  }

  async remove(): Promise<void> {
    await this.#commands.del(this.#key)
  }

  /** Hands over all entries, some at a time, perhaps some of them twice. False when there may be more: it wasn't whole all the time. */
  async read(found: (key: string, value: string) => void): Promise<boolean> {
    const whole = await this.#commands.hget(this.#key, wholeField)
    if (whole === null) return false
    let cursor = '0'
    do {
      const [next, fields] = await this.#commands.hscan(this.#key, cursor, 'COUNT', chunkEntries)
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const [field = '', value = ''] = [fields[i], fields[i + 1]]
        if (field.startsWith(entryMark)) found(field.slice(entryMark.length), value)
      }
      cursor = next
    } while (cursor !== '0')
    return (await this.#commands.hget(this.#key, wholeField)) === whole
  }

  #write(mustBeWhole: boolean, changes: readonly RosterChange[]): Promise<unknown> {
    const set: string[] = []
    const removed: string[] = []
    for (const [key, value] of changes) {
      if (value === null) removed.push(entryMark + key)
      else set.push(entryMark + key, value)
    }
    return this.#commands.eval(write, 1, this.#key, this.#ttlMs, mustBeWhole ? 1 : 0, ...set, '', ...removed)
  }
}

/** As much as fits into one command, so that none keeps Redis busy for long. */
export function* chunks(changes: Iterable<RosterChange>): Generator<RosterChange[]> {
  let chunk: RosterChange[] = []
  let chars = 0
  for (const change of changes) {
    chunk.push(change)
    chars += change[0].length + (change[1]?.length ?? 0)
    if (chunk.length < chunkEntries && chars < chunkChars) continue
    yield chunk
    chunk = []
    chars = 0
  }
  if (chunk.length > 0) yield chunk
}
