import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loneNode } from '../../test/support/lone-node.ts'

test('of several that put or take the same at once, one does', async () => {
  let now = 0
  const shelf = loneNode(() => now).shelf('things')
  assert.deepEqual(await Promise.all([1, 2, 3].map((one) => shelf.add('a', String(one), 10))), [true, false, false])
  assert.deepEqual(await Promise.all([1, 2].map(() => shelf.take('a'))), ['1', null])
  await shelf.put('a', 'again', 10)
  assert.equal(await shelf.add('a', 'more', 10), false)
  now = 10
  assert.equal(await shelf.get('a'), null)
  assert.equal(await shelf.add('a', 'more', 10), true)
})
