import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { RoomId } from '../../../core/model.ts'
import { RecentEvents } from './recent-events.ts'

const room = (id: number): RoomId => id as RoomId
const event = (roomId: number, seq: number, origin: string | null = null) => ({ roomId: room(roomId), seq, origin })

it('remembers the order of the newest events, of those rooms that are asked for', () => {
  const recent = new RecentEvents(4)
  for (const [roomId, seq] of [
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 9],
    [1, 3],
  ] as const) {
    recent.add(event(roomId, seq, `line of ${roomId}`))
  }
  assert.deepEqual([recent.start, recent.end], [1, 5])
  assert.equal(recent.indexOf(room(1), 1, 0), null, 'too old')
  assert.equal(recent.indexOf(room(1), 2, 0), 2)
  assert.equal(recent.indexOf(room(1), 2, 3), null, 'before what was asked for')
  assert.equal(recent.indexOf(room(4), 1, 0), null)
  assert.deepEqual(
    [...recent.since(0, new Set([room(1), room(2)]))],
    [
      { index: 1, roomId: 2, seq: 1, origin: 'line of 2' },
      { index: 2, roomId: 1, seq: 2, origin: 'line of 1' },
      { index: 4, roomId: 1, seq: 3, origin: 'line of 1' },
    ],
  )
})

it('is a window of all events', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (rooms, max) => {
      const recent = new RecentEvents(max)
      const all = rooms.map((roomId, index) => event(roomId, index))
      for (const one of all) recent.add(one)
      const found = [...recent.since(0, new Set([0, 1, 2, 3].map(room)))]
      assert.deepEqual(
        found.map(({ seq }) => seq),
        all.slice(-max).map(({ seq }) => seq),
      )
      for (const { roomId, seq, index } of found) assert.equal(recent.indexOf(roomId, seq, 0), index)
    }),
  )
})
