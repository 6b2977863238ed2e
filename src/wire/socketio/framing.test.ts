import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../outbox.ts'
import { EventFraming, unframed, Unframer } from './framing.ts'

it('an event is one WebSocket text frame', () => {
  const bytes = Buffer.from(new EventFraming('/a').frame('["hi"]'))
  assert.equal(bytes.toString('latin1'), '\x81\x0b42/a,["hi"]')
})

it('frames come apart as they were put together, of any length', () => {
  const framing = new EventFraming('/')
  for (const length of [0, 1, 120, 123, 124, 65_533, 65_534, 70_000]) {
    const text = '가'.repeat(length / 3) + 'x'.repeat(length % 3)
    const twice = Buffer.concat([framing.frame(text), framing.frame('')])
    assert.deepEqual(unframed(twice), [`42${text}`, '42'])
  }
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const bytes = Buffer.concat(texts.map((text) => framing.frame(text)))
      assert.deepEqual(
        unframed(bytes),
        texts.map((text) => `42${text}`),
      )
    }),
  )
})

it('what is said to many in one turn comes apart once', () => {
  const framing = new EventFraming('/')
  const batch = new Batch(new Batch(null, framing.frame('a')), framing.frame('b'))
  const unframer = new Unframer()
  const texts = unframer.textsOf(batch)
  assert.deepEqual(texts, ['42a', '42b'])
  assert.equal(unframer.textsOf(batch), texts)
})
