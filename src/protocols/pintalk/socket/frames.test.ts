import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChatError } from '../../../core/errors.ts'
import { comparable, decodeFrame } from './frames.ts'

const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'))
const datetime = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }),
    two(99),
    two(99),
    two(99),
    two(99),
    two(99),
    fc.option(fc.integer({ min: 0, max: 999 })),
  )
  .map(([year, month, day, hour, minute, second, ms]) => {
    const text = `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
    return ms === null ? text : `${text}.${String(ms).padStart(3, '0')}`
  })
const words = fc.string({ unit: 'binary', minLength: 1, maxLength: 1000 }).filter((text) => text.trim() !== '')

/** Decodes; or undefined where it was refused in the one way that may be. */
function decoded(text: string): unknown {
  try {
    return decodeFrame(text)
  } catch (error) {
    assert.ok(error instanceof ChatError && error.code === 'invalid', String(error))
    assert.ok(Buffer.byteLength(error.message) <= 123, 'the reason fits into a close frame')
    return undefined
  }
}

test('good messages come out as they went in, whatever else the frame holds', () => {
  fc.assert(
    fc.property(
      words,
      datetime,
      fc.boolean(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (message, at, isHost, more) => {
        const text = JSON.stringify({ ...more, type: 'chat_message', is_host: isHost, message, datetime: at })
        assert.deepEqual(decodeFrame(text), { type: 'chat_message', message, datetime: at })
      },
    ),
  )
})

test('nothing but invalid is ever thrown, for any text and any JSON', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decoded(text)))
  fc.assert(fc.property(fc.json(), (text) => void decoded(text)))
  const field = fc.oneof(fc.jsonValue(), datetime, words)
  const type = fc.constantFrom('chat_message', 'request', 'notice', 'constructor', '__proto__')
  const frame = fc.record({ type, message: field, datetime: field, is_host: field }, { requiredKeys: ['type'] })
  fc.assert(fc.property(frame, (value) => void decoded(JSON.stringify(value))))
})

test('a frame that was cut or changed at one place is refused or still whole', () => {
  const good = JSON.stringify({ type: 'chat_message', is_host: true, message: 'a', datetime: '2023-03-23T12:22:12' })
  for (let length = 0; length < good.length; length++) assert.equal(decoded(good.slice(0, length)), undefined)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), (at, put) => {
      const frame = decoded(good.slice(0, at) + put + good.slice(at + 1)) as { type: string } | undefined
      assert.ok(frame === undefined || frame.type === 'chat_message')
    }),
  )
})

test('1,000 characters are counted as people count them', () => {
  const frame = (message: string) =>
    JSON.stringify({ type: 'chat_message', is_host: true, message, datetime: '2023-03-23T12:22:12' })
  assert.ok(decoded(frame('가'.repeat(1000))))
  assert.ok(decoded(frame('😀'.repeat(1000))))
  assert.equal(decoded(frame('😀'.repeat(1001))), undefined)
  assert.equal(decoded(frame('')), undefined)
  assert.equal(decoded(frame('\u3000\n')), undefined)
})

test('deep nesting and prototype keys do no harm', () => {
  assert.equal(decoded('['.repeat(60_000)), undefined)
  assert.equal(decoded('{"__proto__":{"type":"notice","message":"close"}}'), undefined)
})

test('both forms of a datetime compare', () => {
  const sorted = ['2023-03-23T12:22:11.999', '2023-03-23T12:22:12', '2023-03-23T12:22:12.001', '2023-03-23T12:22:13']
  assert.deepEqual(sorted.toReversed().map(comparable).sort(), sorted.map(comparable))
  assert.equal(comparable('2023-03-23T12:22:12'), comparable('2023-03-23T12:22:12.000'))
})
