import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Positions } from './positions.ts'

test('each event is heard once, and in its turn', () => {
  const positions = new Positions()
  positions.set('c', [4, 100])
  assert.equal(positions.hear('c', 5, 100), 'new')
  assert.equal(positions.hear('c', 5, 100), 'old')
  assert.equal(positions.hear('c', 3, undefined), 'old')
  assert.equal(positions.hear('c', 7, 100), 'hole')
  assert.equal(positions.hear('c', 6, undefined), 'new')
  assert.deepEqual(positions.of('c'), [6, 100])
})

test('a channel that is new begins where it is first heard; so does another one of the same name', () => {
  const positions = new Positions()
  assert.equal(positions.hear('c', 9, 100), 'new')
  assert.equal(positions.hear('c', 1, 200), 'new')
  assert.deepEqual(positions.of('c'), [1, 200])
})

test('names that objects have are names', () => {
  const positions = new Positions()
  for (const id of ['__proto__', 'constructor', 'toString']) positions.set(id, [1, 2])
  const told = JSON.parse(JSON.stringify(positions.all()))
  assert.deepEqual(Object.keys(told).toSorted(), ['__proto__', 'constructor', 'toString'])
  assert.deepEqual(Object.keys(positions.some(['__proto__', 'other'])), ['__proto__'])
})

test('there are at most a thousand: those that were heard last', () => {
  const positions = new Positions()
  for (let i = 0; i < 1001; i++) positions.set(`c${i}`, [1, 1])
  assert.equal(positions.of('c0'), undefined)
  assert.equal(Object.keys(positions.all()).length, 1000)
  positions.forget('c1')
  positions.clear()
  assert.deepEqual(positions.all(), {})
})
