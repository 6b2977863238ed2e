import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pulse } from './pulse.ts'

function started(sendMs: number, receiveMs: number): Pulse {
  const pulse = new Pulse(0)
  pulse.start({ sendMs, receiveMs })
  pulse.sweep(1_000)
  return pulse
}

/** Sweeps each second; returns the seconds at which something was due. */
function seconds(pulse: Pulse, from: number, to: number): string[] {
  const due: string[] = []
  for (let second = from; second <= to; second++) {
    const what = pulse.sweep(second * 1_000)
    if (what) due.push(`${second} ${what}`)
  }
  return due
}

test('a silent connection beats one sweep before the interval is over', () => {
  assert.deepEqual(seconds(started(10_000, 0), 2, 30), ['9 beat', '18 beat', '27 beat'])
})

test('what was sent puts the next beat off, counted from the sweep before it', () => {
  const pulse = started(10_000, 0)
  assert.deepEqual(seconds(pulse, 2, 8), [])
  pulse.sent()
  assert.deepEqual(seconds(pulse, 9, 20), ['17 beat'])
})

test('silence of twice the interval and the sweep is stale, not a moment before', () => {
  assert.deepEqual(seconds(started(0, 10_000), 2, 22), [])
  assert.deepEqual(seconds(started(0, 10_000), 2, 23), ['23 stale'])
})

test('anything heard counts', () => {
  const pulse = started(0, 10_000)
  seconds(pulse, 2, 20)
  pulse.heard()
  assert.deepEqual(seconds(pulse, 21, 42), [])
})

test('a stall of the process makes nobody stale before it could be heard', () => {
  const pulse = started(0, 10_000)
  assert.equal(pulse.sweep(300_000), null)
  assert.equal(pulse.sweep(301_000), 'stale')
  const heard = started(0, 10_000)
  assert.equal(heard.sweep(300_000), null)
  heard.heard()
  assert.equal(heard.sweep(301_000), null)
})

test('a clock that jumps back harms nothing', () => {
  const pulse = started(10_000, 10_000)
  assert.equal(pulse.sweep(-1_000_000), null)
})

test('without heart-beats nothing is ever due', () => {
  assert.deepEqual(seconds(started(0, 0), 2, 1_000), [])
})
