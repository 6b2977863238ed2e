/**
 * Loaded into every measured process by `--import`: answers what it has used so far, over the IPC channel. The clock is
 * `process.cpuUsage()`, user and system time of all its threads: libuv's, V8's collector and compiler included.
 */

export interface Sample {
  readonly cpuMs: number
  readonly rssBytes: number
  readonly heapBytes: number
}

type Question = 'sample' | 'settle' | 'give back'

process.on('message', (question: Question) => {
  if (question === 'settle') globalThis.gc?.()
  // As V8 does before it runs out of memory: the free pages that it keeps in reserve go too.
  if (question === 'give back') globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ cpuMs: (user + system) / 1000, rssBytes: rss, heapBytes: heapUsed } satisfies Sample)
})

// Whoever measures is gone, however it died: nobody else would end this process.
process.on('disconnect', () => process.exit(0))
