import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isShallow, isShallowValue } from './depth.ts'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

test('as deep as it is, whatever stands in its strings', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(6), fc.constantFrom(undefined, 2), (value, max, space) => {
      assert.equal(isShallow(JSON.stringify(value, null, space), max), depthOf(value) <= max)
      assert.equal(isShallowValue(value, max), depthOf(value) <= max)
    }),
    // Text of few characters for its depth is let through unseen.
    { examples: [[[['[[["\\"]]'.repeat(3)]], 2, undefined]] },
  )
})

test('a value is never followed deeper than asked', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  assert.equal(isShallowValue(deep, 512), false)
})

test('what is no JSON does no harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(3), (text, max) => typeof isShallow(text, max) === 'boolean'),
  )
  assert.equal(isShallow('['.repeat(100_000), 512), false)
  assert.equal(isShallow(`"${'['.repeat(100_000)}"`, 512), true)
  assert.equal(isShallow(`"${'\\"['.repeat(100_000)}`, 512), true)
})
