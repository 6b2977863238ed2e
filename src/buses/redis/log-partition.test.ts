import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ReadEntry, Settled } from '../../core/room-log.ts'
import { LogPartition, settledText } from './log-partition.ts'

/** A partition that begins at 5-10, and what it told. */
function partition() {
  const read: ReadEntry[] = []
  const told: Settled[] = []
  const losses: number[] = []
  const failures: unknown[] = []
  const part = new LogPartition({
    index: 3,
    prefix: 'test',
    nodeId: 'me',
    follower: () => ({
      read: (_, entries) => void read.push(...entries),
      settled: (_, settled) => void told.push(settled),
      lost: async (index) => void losses.push(index),
    }),
    changed: () => {},
    freed: () => {},
    failed: (error) => void failures.push(error),
  })
  part.judge({ epoch: '5:process', last: '5-12', settled: '5-10', verdict: 'whole' })
  return { part, read, told, losses, failures }
}

describe('a partition', () => {
  it('reads in order, and knows when it has read what was there', () => {
    const { part, read } = partition()
    assert.equal(part.isCaughtUp, false)
    part.take([
      ['5-11', ['7 uid-1', 'text']],
      ['5-12', ['8 uid-2', '{}']],
    ])
    assert.equal(part.isCaughtUp, true)
    assert.deepEqual(read, [
      { uid: 'uid-1', roomId: 7, text: 'text', position: '5-11' },
      { uid: 'uid-2', roomId: 8, text: '{}', position: '5-12' },
    ])
    assert.equal(part.nextId, '5-*')
    assert.equal(part.process, 'process')
  })

  it('hands over nothing from behind a gap, and forgets once', () => {
    const { part, read, losses } = partition()
    part.take([
      ['5-11', ['7 a', '']],
      ['5-13', ['7 c', '']],
    ])
    assert.deepEqual(
      read.map(({ uid }) => uid),
      ['a'],
    )
    assert.ok(part.isSuspect)
    part.judge({ epoch: '5:process', last: '5-13', settled: '5-10', verdict: 'whole' })
    assert.deepEqual(losses, [3])
  })

  it('lives with a gap that stays', async () => {
    const { part, read, losses } = partition()
    const entries: [string, string[]][] = [
      ['5-11', ['7 a', '']],
      ['5-13', ['7 c', '']],
    ]
    part.take(entries)
    part.judge({ epoch: '5:process', last: '5-13', settled: '5-10', verdict: 'whole' })
    while (part.state !== 'reading') await new Promise(setImmediate)
    part.take(entries)
    assert.deepEqual(
      read.map(({ uid }) => uid),
      ['a', 'a', 'c'],
    )
    assert.ok(!part.isSuspect)
    assert.equal(losses.length, 1)
  })

  it('stops at an epoch that it doesn’t know', () => {
    const { part, read } = partition()
    part.take([
      ['5-11', ['7 a', '']],
      ['6-12', ['epoch', '6:other']],
      ['6-13', ['7 b', '']],
    ])
    assert.deepEqual(
      read.map(({ uid }) => uid),
      ['a'],
    )
    assert.ok(part.isSuspect)
    assert.equal(part.position, '5-11')
  })

  it('tells what others say is settled, after what they say it of', () => {
    const { part, read, told } = partition()
    const settled = { upTo: '5-11', kept: ['a'], void: [] }
    part.take([
      ['5-11', ['7 a', '']],
      ['5-12', ['settled', settledText('other', settled)]],
      ['5-13', ['settled', settledText('me', settled)]],
    ])
    assert.equal(read.length, 1)
    assert.deepEqual(told, [settled])
  })

  it('survives whatever is written there', () => {
    const fields = fc.oneof(fc.constant(null), fc.array(fc.string()), fc.tuple(fc.constant('settled'), fc.json()))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fields)), fc.array(fields), (strange, foreign) => {
        const { part, failures } = partition()
        part.take(foreign.map((one, i) => [`5-${11 + i}`, one]))
        assert.ok(!part.isSuspect, 'what is not ours is passed over')
        part.take(strange)
        assert.deepEqual(failures, [])
      }),
    )
  })
})
