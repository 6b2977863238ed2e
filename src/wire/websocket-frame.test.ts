import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Close } from '../core/errors.ts'
import { clippedReason, opcodes, websocketCloseFrame, websocketFrame, websocketFraming } from './websocket-frame.ts'

test('literal frames', () => {
  assert.deepEqual([...websocketFraming.frame('Hi')], [0x81, 2, 0x48, 0x69])
  assert.deepEqual([...websocketFraming.frame('')], [0x81, 0])
  assert.deepEqual([...websocketFraming.frame('é')], [0x81, 2, 0xc3, 0xa9])
  assert.deepEqual([...websocketFrame(opcodes.ping, '')], [0x89, 0])
  assert.deepEqual([...websocketFrame(opcodes.pong, Buffer.from([1, 2]))], [0x8a, 2, 1, 2])
})

test('lengths change their form at 126 and 65,536 bytes', () => {
  const header = (bytes: number, size: number) => [...websocketFraming.frame('x'.repeat(bytes)).subarray(0, size)]
  assert.deepEqual(header(125, 2), [0x81, 125])
  assert.deepEqual(header(126, 4), [0x81, 126, 0, 126])
  assert.deepEqual(header(65_535, 4), [0x81, 126, 255, 255])
  assert.deepEqual(header(65_536, 10), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0])
  assert.equal(websocketFraming.frame('x'.repeat(65_536)).byteLength, 65_546)
})

test('close codes', () => {
  const said = (code: Close['code'], retry: Close['retry']) => websocketCloseFrame({ code, retry, reason: 'r' })
  assert.deepEqual(said('gone', 'never'), { code: 1000, reason: 'r' })
  assert.equal(said('drain', 'now').code, 1001)
  assert.equal(said('slow', 'later').code, 1013)
  assert.equal(said('policy', 'never').code, 1008)
  assert.equal(said('policy', 'later').code, 1013)
  assert.equal(said('invalid', 'never').code, 1007)
  assert.equal(said('unauthorized', 'never').code, 1008)
})

test('reasons fit into a control frame and stay UTF-8', () => {
  assert.equal(clippedReason('x'.repeat(123)), 'x'.repeat(123))
  assert.equal(clippedReason('x'.repeat(124)), 'x'.repeat(123))
  assert.equal(clippedReason('ä'.repeat(70)), 'ä'.repeat(61))
  assert.equal(clippedReason(`x${'한'.repeat(60)}`), `x${'한'.repeat(40)}`)
})
