import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Room, RoomId } from '../core/model.ts'
import { RoomCache, type CachedRoom } from './room-cache.ts'

const cached = (id: number): CachedRoom => ({ room: { id: id as RoomId } as Room, members: new Map(), bans: new Map() })

test('it is bounded, and what is asked for stays', () => {
  const cache = new RoomCache(10)
  const kept = cached(1)
  cache.set(kept.room.id, kept)
  for (let id = 2; id < 1000; id++) {
    cache.set(id as RoomId, cached(id))
    assert.equal(cache.get(1 as RoomId), kept)
  }
  const known = Array.from({ length: 1000 }, (_, id) => cache.get(id as RoomId)).filter((one) => one !== undefined)
  assert.ok(known.length <= 20, `${known.length}`)
})

test('a room that waits to be written is not forgotten, whatever comes between', () => {
  const cache = new RoomCache(1)
  const ahead = cached(1)
  cache.set(ahead.room.id, ahead)
  cache.touch(ahead)
  for (let id = 2; id < 9; id++) cache.set(id as RoomId, cached(id))
  assert.equal(cache.get(1 as RoomId), ahead)
  assert.deepEqual([...cache.touched()], [ahead])
  cache.settle()
  assert.deepEqual([...cache.touched()], [])
})

test('after clear nothing is known, nor to be written', () => {
  const cache = new RoomCache(10)
  const one = cached(1)
  cache.set(one.room.id, one)
  cache.touch(one)
  cache.clear()
  assert.equal(cache.get(one.room.id), undefined)
  assert.deepEqual([...cache.touched()], [])
})
