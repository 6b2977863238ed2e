export const unreachable = 'Redis can not be reached'

const words: readonly (readonly [RegExp, string])[] = [
  [/^OOM /, 'Redis is out of memory'],
  [/^READONLY /, 'Redis is read-only'],
  [/^MISCONF /, 'Redis can not write to its disk'],
  [/^LOADING /, 'Redis is loading its data'],
  [/^MASTERDOWN /, 'Redis has lost its master'],
  [/^NOREPLICAS /, 'Redis has too few replicas'],
  [/^(CLUSTERDOWN|MOVED|ASK|TRYAGAIN) ?/, 'the Redis Cluster is being rearranged'],
  [/^(NOAUTH|WRONGPASS|NOPERM) /, 'Redis does not let this node in'],
  [/^BUSY /, 'Redis is busy with another script'],
  [/^(WRONGTYPE|ERR) /, 'Redis refuses what this node asks'],
  [/timed out|timeout/i, 'Redis does not answer'],
]

/** What is wrong with Redis, in words that strangers may read. */
export function failureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return words.find(([form]) => form.test(message))?.[1] ?? unreachable
}
