import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChatError } from '../../../core/errors.ts'
import { decodeFrame } from './frames.ts'

/** Decodes; null for what is ignored, undefined where it was refused in the one way that may be. */
function decoded(text: string): unknown {
  try {
    return decodeFrame(text)
  } catch (error) {
    assert.ok(error instanceof ChatError && error.code === 'invalid', String(error))
    return undefined
  }
}

test('data comes out as it went in, whatever else the frame holds', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (data, more) => {
        const text = JSON.stringify({ ...more, data })
        assert.deepEqual(decodeFrame(text), JSON.parse(text).data)
      },
    ),
  )
})

test('nothing but invalid is ever thrown, for any text and any JSON', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decoded(text)))
  fc.assert(fc.property(fc.json(), (text) => void decoded(text)))
  fc.assert(fc.property(fc.jsonValue(), (data) => void decoded(JSON.stringify({ data }))))
})

test('a frame that was cut is ignored; one that was changed at a place is ignored, refused or whole', () => {
  const good = '{"data":{"message":"m","name":"n"}}'
  for (let length = 0; length < good.length; length++) assert.equal(decoded(good.slice(0, length)), null)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), (at, put) => {
      const data = decoded(good.slice(0, at) + put + good.slice(at + 1))
      assert.ok(data === undefined || (typeof data === 'object' && !Array.isArray(data)))
    }),
  )
})

test('deep nesting and prototype keys do no harm', () => {
  assert.equal(decoded('['.repeat(60_000)), undefined)
  assert.equal(decoded('{"__proto__":{"data":{"message":"inherited"}}}'), undefined)
})
