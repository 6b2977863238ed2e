import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Close } from '../../../core/errors.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { HeldBack } from './held-back.ts'

let pushed: string[]
let closed: Close | null
let held: HeldBack
const say = (text: string): void => held.push(Buffer.from(text))
const end = (turn: number, answer: string): void => held.end(turn, Buffer.from(answer))
const taken = (): string[] => pushed.splice(0)

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
  const first = held.begin()
  say('a')
  const second = held.begin()
  say('b')
  assert.deepEqual(pushed, [])
  assert.equal(held.underWay, 2)
  end(first, '1')
  assert.deepEqual(taken(), ['1', 'a'])
  say('c')
  const third = held.begin()
  say('d')
  end(second, '2')
  assert.deepEqual(taken(), ['2', 'b', 'c'])
  end(third, '3')
  assert.deepEqual(taken(), ['3', 'd'])
  say('e')
  assert.deepEqual(taken(), ['e'])
})

test('an answer that is ready first waits for its turn', () => {
  const [first, second, third] = [held.begin(), held.begin(), held.begin()]
  say('a')
  end(third, '3')
  end(second, '2')
  assert.deepEqual(taken(), [])
  assert.equal(held.underWay, 3)
  end(first, '1')
  assert.deepEqual(taken(), ['1', '2', '3', 'a'])
  assert.equal(held.underWay, 0)
})

test('too much of it closes the line', () => {
  const turn = held.begin()
  say('12345')
  say('67890')
  assert.equal(closed, null)
  say('!')
  assert.equal((closed as Close | null)?.code, 'slow')
  end(turn, '1')
  assert.deepEqual(pushed, ['1'], 'which is not said on a line that is closed')
})
