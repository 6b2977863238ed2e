import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from './gate.ts'

test('only so many are inside, and who waited first comes first', async () => {
  const gate = new Gate(2)
  const order: string[] = []
  let inside = 0
  let most = 0
  const visit = async (name: string) => {
    using _place = await gate.enter()
    order.push(name)
    most = Math.max(most, ++inside)
    await Promise.resolve()
    inside--
  }
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(visit))
  assert.equal(most, 2)
  assert.deepEqual(order, ['a', 'b', 'c', 'd', 'e'])
})

test('a place is given back when its holder fails', async () => {
  const gate = new Gate(1)
  const fail = async () => {
    using _place = await gate.enter()
    throw new Error('broken picture')
  }
  await assert.rejects(fail(), /broken picture/)
  await assert.rejects(fail(), /broken picture/)
})
