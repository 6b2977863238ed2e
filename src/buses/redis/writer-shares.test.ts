import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { sharesOf } from './writer-shares.ts'

it('gives every node as much as any other, or one less', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 64 }),
      (nodes, n) => {
        const shares = sharesOf(nodes, n)
        assert.equal(shares.length, n)
        const counts = nodes.map((node) => shares.filter((share) => share === node).length)
        assert.ok(Math.max(...counts) <= Math.ceil(n / nodes.length))
        assert.equal(
          counts.reduce((sum, count) => sum + count),
          n,
        )
      },
    ),
  )
})

it('is the same for everyone, and another for other nodes', () => {
  assert.deepEqual(sharesOf(['a', 'b', 'c'], 16), sharesOf(['a', 'b', 'c'], 16))
  const before = sharesOf(['a', 'b', 'c'], 16)
  const after = sharesOf(['a', 'b'], 16)
  const moved = before.filter((node, i) => node !== 'c' && node !== after[i]).length
  assert.ok(moved <= 4, `${moved} moved between those who stayed`)
})

it('gives nothing to nobody', () => {
  assert.deepEqual(sharesOf([], 2), ['', ''])
})
