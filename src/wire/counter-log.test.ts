import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { CounterLog } from './counter-log.ts'
import { WireCounters } from './counters.ts'

test('what went wrong is told once a minute, and silence when nothing did', () => {
  const counters = new WireCounters()
  const log = new RecordedLog()
  const counterLog = new CounterLog('cstalk', counters, log)
  counterLog.sweep(100_000)
  assert.equal(log.lines.length, 0)
  counters.slow = 2
  counters.opened = 9
  counterLog.sweep(101_000)
  counters.slow = 5
  counterLog.sweep(160_000)
  counterLog.sweep(161_000)
  counterLog.sweep(300_000)
  assert.deepEqual(
    log.lines.map((line) => line.fields),
    [
      { wire: 'cstalk', slow: 2 },
      { wire: 'cstalk', slow: 3 },
    ],
  )
})
