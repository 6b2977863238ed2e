import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultKinds, planFaults, targetOf, type Fault } from '../torture/faults/plan.ts'
import { leftOut } from '../torture/faults/saboteur.ts'
import { Random } from '../torture/random.ts'

const plan = (seed: number, forMs = 120_000): Fault[] =>
  planFaults({ random: new Random(seed).for('faults'), forMs, nodes: 3, kinds: faultKinds })

test('the same seed plans the same, another one something else', () => {
  assert.deepEqual(plan(7), plan(7))
  assert.notDeepEqual(plan(7), plan(8))
})

test('what one part asks of chance changes nothing for another', () => {
  const random = new Random(7)
  random.next()
  assert.equal(random.for('faults').next(), new Random(7).for('faults').next())
})

test('every kind of fault comes within ten runs, and faults of different things overlap', () => {
  const plans = Array.from({ length: 10 }, (_, seed) => plan(seed + 1))
  assert.deepEqual(new Set(plans.flat().map(({ kind }) => kind)), new Set(faultKinds))
  assert.ok(plans.some((faults) => faults.some((fault, index) => endOf(fault) > (faults[index + 1]?.atMs ?? Infinity))))
})

test('nothing is hit while it lies on the ground, and all ends in time', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const upright = new Map<string, number>()
    for (const fault of plan(seed)) {
      assert.ok(fault.atMs >= (upright.get(targetOf(fault)) ?? 0))
      assert.ok(endOf(fault) <= 120_000)
      upright.set(targetOf(fault), endOf(fault))
    }
  }
})

test('what can’t go wrong here is told, with the reason', () => {
  const alone = leftOut({ network: null, redis: null }, 'only root may')
  assert.deepEqual([...alone.values()].toSorted(), [
    'one node needs no Redis',
    'one node needs no Redis',
    'only root may',
    'only root may',
    'only root may',
  ])
})

function endOf({ atMs, forMs }: Fault): number {
  return atMs + forMs
}
