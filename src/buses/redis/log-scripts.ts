import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** A script for Redis, sent whole only to a server that doesn't have it yet. */
class RedisScript {
  readonly #text: string
  readonly #sha: string

  constructor(text: string) {
    this.#text = text
    this.#sha = createHash('sha1').update(text).digest('hex')
  }

  async run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.#sha, keys.length, ...keys, ...args)
    } catch (error) {
      // It wasn't run: what the server says of a script that it doesn't know.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await client.eval(this.#text, keys.length, ...keys, ...args)
    }
  }
}

const positions = `
local function parts(position)
  local epoch, number = string.match(position or '', '^(%d+)-(%d+)$')
  return tonumber(epoch) or 0, tonumber(number) or 0
end
local function isAfter(one, other)
  local epoch, number = parts(one)
  local otherEpoch, otherNumber = parts(other)
  return epoch > otherEpoch or (epoch == otherEpoch and number > otherNumber)
end
local function position(epoch, number)
  return string.format('%.0f-%.0f', epoch, number)
end
`

/**
 * Appends, one after the other. Keys, of each: epoch, log, the room's end. Arguments: how long to remember ends (s); then of each the
 * epoch as it must be, the id for new entries, the end before and after, the number of entries, and name and text of each entry.
 * Returns a list, for each: where the room's end is, or nothing in another epoch, or a list of the error that it was refused with.
 *
 * An error ends its append alone, so a key that is broken is not everyone's. What is wrong with all of Redis is found by the first
 * thing that an append writes, and before anything was written.
 */
export const appendsScript = new RedisScript(`
local epochs = {}
local function append(epochKey, log, endKey, at, last)
  if epochs[epochKey] == nil then epochs[epochKey] = redis.call('GET', epochKey) end
  if epochs[epochKey] ~= ARGV[at] then return false end
  local known = redis.call('GET', endKey)
  if known and known ~= ARGV[at + 2] then return known end
  for i = at + 5, last, 2 do redis.call('XADD', log, ARGV[at + 1], ARGV[i], ARGV[i + 1]) end
  redis.call('SET', endKey, ARGV[at + 3], 'EX', ARGV[1])
  return ARGV[at + 3]
end
local answers = {}
local at = 2
for i = 1, #KEYS, 3 do
  local last = at + 4 + 2 * tonumber(ARGV[at + 4])
  local isDone, answer = pcall(append, KEYS[i], KEYS[i + 1], KEYS[i + 2], at, last)
  if not isDone then answer = { type(answer) == 'table' and answer.err or answer } end
  answers[#answers + 1] = answer
  at = last + 1
end
return answers
`)

/** Key: the room's end. Argument: what it must be to be forgotten. */
export const forgetScript = new RedisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`)

/**
 * Looks whether the log is what the asker knows, and begins a new epoch when it isn't. Keys: epoch, log, settled. Arguments: the last
 * position that the asker read, and the name of the entry there; or two empty ones. Returns the epoch, the last position, the
 * settled one, and `gap` if entries after the asker's last one are gone, else `whole`.
 *
 * The epoch's name holds the number of the process that serves it, so a Redis that was restarted, or replaced by its replica, or
 * whose data are another's, is another epoch: whether it came back with everything, with less or with nothing needn't be found out.
 * The entry that marks the new epoch wakes every reader. What isn't settled stays, to be read again.
 */
export const checkScript = new RedisScript(`${positions}
local process = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or 'unknown'
local epoch = redis.call('GET', KEYS[1])
local epochNumber, epochProcess = string.match(epoch or '', '^(%d+):(%w+)$')
local last = '0-0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[2])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
end
local settled = redis.call('GET', KEYS[3]) or '0-0'
local verdict = 'whole'
local isOver = epochProcess ~= process or parts(last) > tonumber(epochNumber)
if not isOver and ARGV[2] ~= '' then
  local read = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
  if read then
    isOver = read[2][1] ~= ARGV[2]
  elseif isAfter(ARGV[1], last) then
    isOver = true
  else
    local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    local _, number = parts(ARGV[1])
    local _, firstNumber = parts(first and first[1])
    if firstNumber ~= number + 1 then verdict = 'gap' end
  end
end
if isOver then
  local lastEpoch, lastNumber = parts(last)
  local readEpoch, readNumber = parts(ARGV[1])
  local settledEpoch, settledNumber = parts(settled)
  local now = redis.call('TIME')
  local milliseconds = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
  local number = math.max(milliseconds, lastEpoch + 1, readEpoch + 1, settledEpoch + 1, (tonumber(epochNumber) or 0) + 1)
  local before = lastNumber
  local hasUnsettled = isAfter(last, settled)
  if not hasUnsettled then before = math.max(lastNumber, readNumber, settledNumber) end
  last = position(number, before + 1)
  epoch = string.format('%.0f', number) .. ':' .. process
  redis.call('XADD', KEYS[2], last, 'epoch', epoch)
  if not hasUnsettled then
    settled = position(number, before)
    redis.call('SET', KEYS[3], settled)
  end
  redis.call('SET', KEYS[1], epoch)
end
return { epoch, last, settled, verdict }
`)

/**
 * Keys: epoch, log, settled. Arguments: the asker's epoch, up to which position all is settled, how many entries to keep, and what to
 * tell the others. Returns 1, or 0 when there is no epoch to tell it in.
 */
export const settleScript = new RedisScript(`${positions}
local epoch = redis.call('GET', KEYS[1])
if not epoch then return 0 end
redis.call('XADD', KEYS[2], string.match(epoch, '^%d+') .. '-*', 'settled', ARGV[4])
-- Positions of another epoch may be others' by now.
if epoch ~= ARGV[1] then return 1 end
local settled = redis.call('GET', KEYS[3]) or '0-0'
if isAfter(ARGV[2], settled) then
  settled = ARGV[2]
  redis.call('SET', KEYS[3], settled)
end
local keep = tonumber(ARGV[3])
if redis.call('XLEN', KEYS[2]) > keep * 1.1 then
  local _, lastNumber = parts(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1][1])
  local _, settledNumber = parts(settled)
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', string.format('%.0f', math.max(keep, lastNumber - settledNumber)))
end
return 1
`)

/** Key: the lease. Arguments: who, for how long (ms), and whether to take it if it is free. Returns whose it is, if anyone's. */
export const holdScript = new RedisScript(`
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif not holder and ARGV[3] == 'take' then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  holder = ARGV[1]
end
return holder
`)

/** Keys: the lease, epoch, log. Argument: who. Tells everyone that it is free. */
export const releaseScript = new RedisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
local epoch = redis.call('GET', KEYS[2])
if epoch then redis.call('XADD', KEYS[3], string.match(epoch, '^%d+') .. '-*', 'free', ARGV[1]) end
return 1
`)
