import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimit } from './limits.ts'

function limit(options: { perSecond?: number; burst?: number; maxKeys?: number } = {}) {
  const clock = { ms: 0 }
  return { clock, rate: new RateLimit({ perSecond: 2, burst: 3, now: () => clock.ms, ...options }) }
}

const spent = (rate: RateLimit, key: string | number, times: number): number =>
  Array.from({ length: times }, () => rate.take(key)).filter(Boolean).length

test('a burst at once, then so many a second', () => {
  const { clock, rate } = limit()
  assert.equal(spent(rate, 'a', 10), 3)
  clock.ms += 499
  assert.equal(spent(rate, 'a', 10), 0)
  clock.ms += 1
  assert.equal(spent(rate, 'a', 10), 1)
  clock.ms += 60_000
  assert.equal(spent(rate, 'a', 10), 3, 'no more than a burst is saved up')
})

test('keys don’t share', () => {
  const { rate } = limit()
  assert.equal(spent(rate, 'a', 10), 3)
  assert.equal(spent(rate, 'b', 10), 3)
  assert.equal(spent(rate, 1, 10), 3)
  assert.equal(spent(rate, '1', 10), 3)
  assert.equal(spent(rate, '__proto__', 10), 3)
})

test('asking in vain doesn’t make the wait longer', () => {
  const { clock, rate } = limit({ perSecond: 1, burst: 1 })
  rate.take('a')
  for (let n = 0; n < 8; n++) {
    clock.ms += 125
    assert.equal(rate.take('a'), n === 7)
  }
})

test('a clock that goes back neither gives nor takes for ever', () => {
  const { clock, rate } = limit()
  clock.ms = 1_000_000
  assert.equal(spent(rate, 'a', 10), 3)
  clock.ms = 0
  assert.equal(spent(rate, 'a', 10), 0)
  clock.ms = 1000
  assert.equal(spent(rate, 'a', 10), 2)
})

test('what is given back can be spent, and is no more than a burst', () => {
  const { rate } = limit()
  assert.equal(spent(rate, 'a', 3), 3)
  rate.giveBack('a')
  assert.equal(spent(rate, 'a', 3), 1)
  for (let n = 0; n < 9; n++) rate.giveBack('a')
  assert.equal(spent(rate, 'a', 9), 3)
  rate.giveBack('nobody')
  assert.equal(rate.size, 1)
})

test('demand says so with an error', () => {
  const { rate } = limit({ burst: 1 })
  rate.demand('a', 'slow down')
  assert.throws(() => rate.demand('a', 'slow down'), { name: 'ChatError', code: 'rate_limited', message: 'slow down' })
})

test('full buckets are swept away, others stay', () => {
  const { clock, rate } = limit()
  spent(rate, 'a', 1)
  spent(rate, 'b', 3)
  clock.ms += 500
  rate.sweep(clock.ms)
  assert.equal(rate.size, 1)
  assert.equal(rate.take('b'), true)
  clock.ms += 1500
  rate.sweep(clock.ms)
  assert.equal(rate.size, 0)
})

test('made-up keys don’t grow the memory without end', () => {
  const { rate } = limit({ maxKeys: 100 })
  for (let n = 0; n < 10_000; n++) rate.take(`key ${n}`)
  assert.equal(rate.size, 100)
})
