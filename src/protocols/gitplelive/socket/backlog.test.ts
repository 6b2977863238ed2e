import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Backlog } from './backlog.ts'

/** The frame of an event: two bytes that say which one it is. */
const frame = (seq: number): Uint8Array => Uint8Array.of(seq >> 8, seq & 255)
const frames = (from: number, to: number): Uint8Array[] => {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => frame(from + 1 + index))
}
const seqsIn = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 2 }, (_, index) => bytes[2 * index]! * 256 + bytes[2 * index + 1]!)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + 1 + index)

test('what the store had, and what came since', () => {
  const backlog = new Backlog(10)
  assert.equal(backlog.covers(3), false)
  assert.ok(backlog.append(6, frame(6)))
  assert.ok(backlog.append(7, frame(7)))
  assert.equal(backlog.covers(3), false)
  // Read when 6 was there already and 7 was not.
  assert.ok(backlog.prepend(3, frames(3, 6)))
  assert.ok(backlog.append(8, frame(8)))
  assert.deepEqual(seqsIn(backlog.after(3, 1000)!.bytes), [4, 5, 6, 7, 8])
  assert.deepEqual(seqsIn(backlog.after(7, 1000)!.bytes), [8])
  assert.deepEqual(backlog.after(8, 1000), { bytes: Buffer.alloc(0), seq: 8, isAll: true })
  assert.equal(backlog.after(9, 1000), null)
  assert.equal(backlog.after(2, 1000), null)
})

test('those who ask for the same get the same bytes', () => {
  const backlog = new Backlog(10)
  backlog.prepend(0, frames(0, 5))
  assert.equal(backlog.after(2, 1000)!.bytes, backlog.after(2, 1000)!.bytes)
})

test('as much as fits, and always one', () => {
  const backlog = new Backlog(10)
  backlog.prepend(0, frames(0, 5))
  const some = backlog.after(0, 5)!
  assert.deepEqual([seqsIn(some.bytes), some.seq, some.isAll], [[1, 2], 2, false])
  assert.deepEqual(seqsIn(backlog.after(2, 1)!.bytes), [3])
})

test('what comes again changes nothing; what leaves a hole is refused', () => {
  const backlog = new Backlog(10)
  backlog.prepend(0, frames(0, 3))
  assert.equal(backlog.append(2, frame(99)), true)
  assert.equal(backlog.append(5, frame(5)), false)
  assert.deepEqual(seqsIn(backlog.after(0, 1000)!.bytes), [1, 2, 3])
})

test('it keeps no more than it may', () => {
  const backlog = new Backlog(3)
  for (const seq of range(0, 5)) backlog.append(seq, frame(seq))
  assert.equal(backlog.covers(1), false)
  assert.deepEqual(seqsIn(backlog.after(2, 1000)!.bytes), [3, 4, 5])
  const heavy = new Backlog(1000)
  assert.equal(heavy.prepend(0, [new Uint8Array(3 * 1024 * 1024)]), false)
  assert.equal(heavy.covers(0), false)
})

test('whatever the order of reads and events, what is answered is exactly what is missing', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('event' as const) }),
      fc.record({ kind: fc.constant('read' as const), back: fc.nat(30) }),
      fc.record({ kind: fc.constant('ask' as const), back: fc.nat(30) }),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(fc.nat(20), steps, (before, all) => {
      const backlog = new Backlog(40)
      let last = before
      for (const step of all) {
        if (step.kind === 'event') backlog.append(++last, frame(last))
        const seq = Math.max(0, last - ('back' in step ? step.back : 0))
        if (step.kind === 'read') backlog.prepend(seq, frames(seq, last))
        const missed = backlog.after(seq, 10_000)
        if (backlog.covers(seq)) assert.deepEqual(seqsIn(missed!.bytes), range(seq, last))
        else assert.equal(missed, null)
      }
    }),
  )
})
