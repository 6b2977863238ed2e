import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Close } from '../../../core/errors.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { HeldBack } from './held-back.ts'

let pushed: string[]
let closed: Close | null
let held: HeldBack
const say = (text: string): void => held.push(Buffer.from(text))

beforeEach(() => {
  pushed = []
  closed = null
  const line = {
    id: 'line',
    framing: websocketFraming,
    address: '',
    origin: null,
    push: (bytes: Uint8Array) => void pushed.push(Buffer.from(bytes).toString()),
    close: (close: Close) => void (closed = close),
  }
  held = new HeldBack(line, 10)
})

test('nothing is held while nothing is under way', () => {
  say('a')
  assert.deepEqual(pushed, ['a'])
})

test('what comes waits for the messages that were sent before it, and for no later one', () => {
  held.begin()
  say('a')
  held.begin()
  say('b')
  assert.deepEqual(pushed, [])
  assert.equal(held.underWay, 2)
  held.end()
  assert.deepEqual(pushed, ['a'])
  say('c')
  held.begin()
  say('d')
  held.end()
  assert.deepEqual(pushed, ['a', 'b', 'c'])
  held.end()
  assert.deepEqual(pushed, ['a', 'b', 'c', 'd'])
  say('e')
  assert.equal(pushed.at(-1), 'e')
})

test('too much of it closes the line', () => {
  held.begin()
  say('12345')
  say('67890')
  assert.equal(closed, null)
  say('!')
  assert.equal((closed as Close | null)?.code, 'slow')
  held.end()
  assert.deepEqual(pushed, [])
})
