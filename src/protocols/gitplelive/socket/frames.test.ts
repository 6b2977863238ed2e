import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../failures.ts'
import { decodeFrame, readPositions } from './frames.ts'

const hello = { type: 'hello', version: 1, app_id: 'a', user_id: 'u', token: 't' }
const decoded = (frame: unknown): unknown => decodeFrame(JSON.stringify(frame))
const refuses = (frame: unknown, field: string): void => {
  assert.throws(
    () => decoded(frame),
    (error: unknown) => error instanceof Refusal && error.field === field,
    JSON.stringify(frame),
  )
}

describe('hello', () => {
  test('with everything, and with no more than it needs', () => {
    const positions = { channel_1: [7, 1660115878567] }
    assert.deepEqual(decoded({ ...hello, capabilities: ['resume', 7, 'x'], positions, client: 'mine/1' }), {
      type: 'hello',
      version: 1,
      appId: 'a',
      userId: 'u',
      token: 't',
      capabilities: ['resume', 'x'],
      positions: new Map([['channel_1', [7, 1660115878567]]]),
    })
    assert.deepEqual((decoded(hello) as { positions: unknown }).positions, new Map())
  })

  test('what is missing or too long is named', () => {
    for (const field of ['version', 'app_id', 'user_id', 'token']) refuses({ ...hello, [field]: undefined }, field)
    for (const field of ['app_id', 'user_id', 'token']) refuses({ ...hello, [field]: 'x'.repeat(5000) }, field)
    refuses({ ...hello, capabilities: Array.from({ length: 33 }, () => 'x') }, 'capabilities')
    refuses(
      { ...hello, positions: Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [n, [1, 1]])) },
      'positions',
    )
  })

  test('a channel may be called like what objects have', () => {
    const text = '{"type":"hello","version":1,"app_id":"a","user_id":"u","token":"t","positions":{"__proto__":[1,2]}}'
    const frame = decodeFrame(text)
    assert.deepEqual(frame.type === 'hello' && [...frame.positions], [['__proto__', [1, 2]]])
  })
})

test('a request is its name, its ref, and the rest', () => {
  const frame = decoded({ type: 'send_message', ref: 3, channel_id: 'c', content: 'x' })
  assert.deepEqual(frame, { type: 'request', name: 'send_message', ref: 3, input: { channel_id: 'c', content: 'x' } })
})

test('without a ref there is nothing to answer', () => {
  for (const ref of [undefined, null, '1', 1.5, 2 ** 60, {}]) refuses({ type: 'x', ref }, 'ref')
})

test('a position is two counts', () => {
  for (const position of [null, 7, [], [1], [1, 2, 3], [-1, 2], [1, '2'], [1.5, 2], [1, 2 ** 60]])
    assert.throws(() => readPositions({ c: position }), Refusal, JSON.stringify(position))
})

/** Frames that are nearly right. */
const nearly = fc.record(
  {
    type: fc.oneof(fc.constantFrom('hello', 'ping', 'resume', 'send_message', '__proto__'), fc.anything()),
    ref: fc.anything(),
    version: fc.anything(),
    app_id: fc.anything(),
    user_id: fc.anything(),
    token: fc.anything(),
    capabilities: fc.anything(),
    positions: fc.oneof(fc.anything(), fc.dictionary(fc.string(), fc.array(fc.anything(), { maxLength: 3 }))),
  },
  { requiredKeys: [] },
)

test('whatever comes is a frame or a refusal', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    nearly.map((value) => JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? 0 : part)) ?? ''),
  )
  fc.assert(
    fc.property(text, (one) => {
      try {
        assert.match(decodeFrame(one).type, /^(hello|ping|request)$/)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        assert.equal(error.failure, 'parameters')
      }
    }),
    { numRuns: 2000 },
  )
})

test('nesting without end is refused or read, and nothing breaks', () => {
  const deep = `{"type":"x","ref":1,"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  assert.equal(decodeFrame(deep).type, 'request')
})
