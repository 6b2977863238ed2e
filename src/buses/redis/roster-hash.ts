import type { RedisClient } from './redis-connection.ts'
import { maxKeyChars } from './redis-shelf.ts'

/** A key and what is there now; null for nothing any more. */
export type RosterChange = readonly [key: string, value: string | null]

/** Stands in a hash that has all of its node's entries, and names this writing of it. Without it, the hash is being written. */
const wholeField = '!'
/** How many changes there were since then. A Redis that went on from an old copy has forgotten the last of them. */
const countField = '#'
/** Before the key of an entry, so that none is a field above. */
const entryMark = '='
const maxValueChars = 8 * 1024
const chunkEntries = 500
const chunkChars = 256 * 1024

/**
 * KEYS: the hash. ARGV: its time to live, which writing it must be ('': any), how many changes it must have at least and at most,
 * what to set in pairs, '', what to delete.
 */
const write = `
if ARGV[2] ~= '' then
  local count = tonumber(redis.call('HGET', KEYS[1], '${countField}'))
  if redis.call('HGET', KEYS[1], '${wholeField}') ~= ARGV[2] or not count then return 0 end
  if count < tonumber(ARGV[3]) or count > tonumber(ARGV[4]) then return 0 end
end
local i = 5
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
  /** As this node wrote it: which writing, the changes that are known to be in it, and those that may be. */
  #whole = ''
  #done = 0
  #tried = 0

  constructor(commands: RedisClient, key: string, ttlMs: number) {
    this.#commands = commands
    this.#key = key
    this.#ttlMs = ttlMs
  }

  /**
   * Keeps it for another while. False when it isn't as it was left: nothing was changed. After a failure, the next change must have
   * in it what that one had.
   */
  async change(changes: readonly RosterChange[]): Promise<boolean> {
    const [least, most] = [this.#done, this.#tried]
    const count = ++this.#tried
    const set = [countField, String(count)]
    const removed: string[] = []
    for (const [key, value] of changes) {
      if (value === null) removed.push(entryMark + key)
      else set.push(entryMark + key, value)
    }
    if ((await this.#write([this.#whole, least, most], set, removed)) !== 1) return false
    this.#done = Math.max(this.#done, count)
    return true
  }

  /** Anew. Entries that change meanwhile may be in it or not. */
  async replace(entries: ReadonlyMap<string, string>): Promise<void> {
    await this.#commands.del(this.#key)
    for (const chunk of chunks(entries)) {
      const set = chunk.flatMap(([key, value]) => [entryMark + key, value ?? ''])
      await this.#write(anyWriting, set, [])
    }
    // Others compare it before and after they have read all.
    this.#whole = `${performance.timeOrigin + performance.now()}`
    this.#done = this.#tried = 0
    await this.#write(anyWriting, [wholeField, this.#whole, countField, '0'], [])
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
        const key = field.slice(entryMark.length)
        if (field.startsWith(entryMark) && isEntry(key, value)) found(key, value)
      }
      cursor = next
    } while (cursor !== '0')
    return (await this.#commands.hget(this.#key, wholeField)) === whole
  }

  #write(must: readonly (string | number)[], set: readonly string[], removed: readonly string[]): Promise<unknown> {
    return this.#commands.eval(write, 1, this.#key, this.#ttlMs, ...must, ...set, '', ...removed)
  }
}

const anyWriting = ['', 0, 0] as const

/** Whether a node may write it. */
export function isEntry(key: string, value: string | null): boolean {
  return key.length <= maxKeyChars && (value === null || value.length <= maxValueChars)
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
