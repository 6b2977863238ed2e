/** What a Redis server says of itself, as far as it matters to what is kept in it. */
export interface RedisInfo {
  readonly version: string
  readonly role: string
  readonly replicas: number
  readonly maxmemoryPolicy: string
  /** 0 for no limit. */
  readonly maxmemoryBytes: number
  readonly usedBytes: number
  readonly appendsToFile: boolean
  /** What it was last asked to write on its disk is there. */
  readonly canWriteFiles: boolean
}

/** Reads the answer to INFO. */
export function readRedisInfo(text: string): RedisInfo {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  const number = (name: string): number => Number(fields.get(name) ?? 0)
  return {
    version: fields.get('redis_version') ?? '',
    role: fields.get('role') ?? '',
    replicas: number('connected_slaves'),
    maxmemoryPolicy: fields.get('maxmemory_policy') ?? '',
    maxmemoryBytes: number('maxmemory'),
    usedBytes: number('used_memory'),
    appendsToFile: fields.get('aof_enabled') === '1',
    canWriteFiles: !['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'].some(
      (name) => fields.get(name) === 'err',
    ),
  }
}

/** What of it endangers what is kept there, in words that strangers may read. */
export function redisDangers({ maxmemoryPolicy, maxmemoryBytes, usedBytes, canWriteFiles }: RedisInfo): string[] {
  const isNearlyFull = maxmemoryBytes > 0 && usedBytes > 0.9 * maxmemoryBytes
  return [
    ...(maxmemoryPolicy === 'noeviction'
      ? []
      : [`Redis may drop what it keeps (its maxmemory-policy is ${maxmemoryPolicy}): it must be noeviction`]),
    ...(isNearlyFull ? ['Redis has used nine tenths of its memory: it refuses to keep more when that is full'] : []),
    ...(canWriteFiles ? [] : ['Redis can’t write on its disk: it refuses to keep more, or forgets when it ends']),
  ]
}
