import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loneNode } from '../../../test/support/lone-node.ts'
import { SharedTurns } from './shared-turns.ts'
import { Turns } from './turns.ts'

/** Two nodes' turns over one shelf. */
function opened(): readonly [SharedTurns, SharedTurns] {
  const shelf = loneNode(Date.now).shelf('turns')
  return [new SharedTurns(new Turns(), shelf), new SharedTurns(new Turns(), shelf)]
}

test('of two nodes that read something and change it, neither loses the other’s change', async () => {
  const turns = opened()
  let value = 0
  const more = async () => {
    const before = value
    await new Promise(setImmediate)
    value = before + 1
  }
  await Promise.all(Array.from({ length: 20 }, (_, index) => turns[index % 2]!.take('key', more)))
  assert.equal(value, 20)
  assert.deepEqual(
    turns.map(({ size }) => size),
    [0, 0],
  )
})

test('other keys don’t wait, and what fails ends its turn', async () => {
  const [one, other] = opened()
  const gate = Promise.withResolvers<void>()
  const waiting = one.take('a', () => gate.promise)
  assert.equal(await other.take('b', async () => 1), 1)
  const after = other.take('a', async () => 2)
  gate.reject(new Error('it failed'))
  await assert.rejects(waiting, /it failed/)
  assert.equal(await after, 2)
})

test('a key may be long', async () => {
  const [one] = opened()
  assert.equal(await one.take('1,'.repeat(1000), async () => 3), 3)
})
