import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Farewell } from './farewell.ts'

const lines = Array.from({ length: 1000 }, (_, index) => index)

test('without a time, everyone is told at once', () => {
  const told: number[] = []
  void new Farewell().tellAll(lines, (line) => told.push(line))
  assert.deepEqual(told, lines)
})

test('over a time, everyone is told once, in equal steps', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const told: number[] = []
  const done = new Farewell(() => 1000).tellAll(lines, (line) => told.push(line))
  const counts = [told.length]
  for (let step = 0; step < 30; step++) {
    t.mock.timers.tick(50)
    counts.push(told.length)
  }
  await done
  assert.deepEqual(told, lines)
  assert.deepEqual(
    counts.slice(0, 20),
    Array.from({ length: 20 }, (_, step) => 50 * (step + 1)),
  )
})

test('a few, or nobody, are told as well', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const told: number[] = []
  const farewell = new Farewell(() => 1000)
  await farewell.tellAll([], () => assert.fail())
  const done = farewell.tellAll([1, 2, 3], (line) => told.push(line))
  assert.deepEqual(told, [1])
  t.mock.timers.tick(300)
  assert.deepEqual(told, [1, 2])
  t.mock.timers.tick(350)
  await done
  assert.deepEqual(told, [1, 2, 3])
})
