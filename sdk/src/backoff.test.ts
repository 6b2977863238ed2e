import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from './backoff.ts'

function all(backoff: Backoff): number[] {
  const delays: number[] = []
  for (let delay = backoff.next(); delay !== null; delay = backoff.next()) delays.push(delay)
  return delays
}

test('windows double from half a second to ten, ten times', () => {
  const latest = all(new Backoff({}, () => 1))
  assert.deepEqual(latest, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000, 10_000])
})

test('full jitter: any moment of the window', () => {
  assert.ok(all(new Backoff({}, () => 0)).every((delay) => delay === 0))
  assert.deepEqual(all(new Backoff({ tries: 3 }, () => 0.5)), [250, 500, 1000])
})

test('settings, and beginning anew', () => {
  const backoff = new Backoff({ min_delay_ms: 10, max_delay_ms: 15, tries: 2 }, () => 1)
  assert.deepEqual(all(backoff), [10, 15])
  assert.equal(backoff.tried, 2)
  backoff.reset()
  assert.deepEqual(all(backoff), [10, 15])
})
