import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { AppId, RoomId, UserId } from '../../../core/model.ts'
import { Ids } from '../ids.ts'
import { heardUpTo, readSuitcase, type Suitcase } from './suitcase.ts'

const [square, market, town] = [1, 2, 3] as RoomId[] as [RoomId, RoomId, RoomId]
const ids = new Ids(randomBytes(32))
const offset = (roomId: RoomId, seq: number): string => `${ids.channel(roomId)}:${seq}`

/** In the market nothing happened since it was at 7. */
const suitcase: Suitcase = {
  id: 'a socket',
  appId: 'main' as AppId,
  userId: 1 as UserId,
  communityId: town,
  places: [
    [square, 4, 0],
    [market, 7, 0],
  ],
  tail: [
    [square, 5, 0],
    [square, 6, 1],
    [square, 7, 0],
  ],
  isWhole: true,
}
const heard = (from: Suitcase, at: unknown) => {
  const seqs = heardUpTo(from, ids, at)
  return seqs && [seqs.get(square), seqs.get(market)]
}

test('the last event that a client names says how far it is in all channels', () => {
  assert.deepEqual(heard(suitcase, offset(square, 6)), [6, 7])
  assert.deepEqual(heard(suitcase, offset(square, 7)), [7, 7])
})

test('who names none of them has heard nothing, if all there was is among them; else nobody knows', () => {
  for (const at of [undefined, 'nonsense', offset(market, 7), offset(square, 99)]) {
    assert.deepEqual(heard(suitcase, at), [4, 7])
    assert.equal(heard({ ...suitcase, isWhole: false }, at), null)
  }
})

test('what is none, or of another version, is none', () => {
  assert.deepEqual(readSuitcase(JSON.stringify(suitcase)), suitcase)
  const wrong = [{ ...suitcase, id: 1 }, { ...suitcase, places: [[1, 'x', 0]] }, { ...suitcase, tail: {} }, null, []]
  for (const one of wrong) assert.equal(readSuitcase(JSON.stringify(one)), null)
  for (const text of ['', '{', 'null']) assert.equal(readSuitcase(text), null)
})
