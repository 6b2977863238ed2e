import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  closeFrame,
  decodeMessages,
  decodeWebsocketMessages,
  messagesFrame,
  quote,
  sockjsHttpFraming,
  sockjsWebsocketFraming,
} from './framing.ts'

/** Any UTF-16, lone surrogates included. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

test('literal frames', () => {
  assert.equal(quote('a"\\\n\u2028\u200d\uffff\ud800'), String.raw`"a\"\\\n\u2028\u200d\uffff\ud800"`)
  assert.equal(quote('é 한 😀'), '"é 한 😀"')
  assert.equal(closeFrame(3000, 'Go "away"!'), String.raw`c[3000,"Go \"away\"!"]`)
  assert.deepEqual([...sockjsWebsocketFraming.frame('x')], [0x81, 6, ...Buffer.from('a["x"]')])
  assert.equal(String(sockjsHttpFraming.frame('x')), '"x",')
})

test('messages joined end to end become one frame', () => {
  const [one, two] = [sockjsHttpFraming.frame('one'), sockjsHttpFraming.frame('two,')]
  assert.equal(String(messagesFrame([one])), 'a["one"]')
  assert.equal(String(messagesFrame([one, two])), 'a["one","two,"]')
  assert.equal(String(messagesFrame([Buffer.concat([one, two]), one])), 'a["one","two,","one"]')
})

test('every text survives quoting', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const quoted = Buffer.from(quote(text)).toString()
      assert.equal(JSON.parse(quoted), text)
      assert.doesNotMatch(quoted, /[\u0000-\u001f\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/)
    }),
  )
})

test('only arrays of strings hold messages, on a WebSocket a string alone too', () => {
  assert.deepEqual(decodeMessages('["a","b"]'), ['a', 'b'])
  assert.deepEqual(decodeMessages(' [] '), [])
  for (const json of [
    '',
    '"a"',
    '["a",1]',
    '{"0":"a","length":1}',
    'null',
    '[["a"]]',
    '["a"',
    '["a"],',
    '["__proto__",{}]',
  ]) {
    assert.equal(decodeMessages(json), null, json)
  }
  assert.deepEqual(decodeWebsocketMessages('"a"'), ['a'])
  // No JSON document, but between brackets it would be one.
  assert.equal(decodeWebsocketMessages('"a","b"'), null)
})

test('whatever comes is messages or null', () => {
  const mutated = fc
    .tuple(fc.json(), fc.nat(), fc.string())
    .map(([json, at, text]) => json.slice(0, at % (json.length + 1)) + text + json.slice(at % (json.length + 1)))
  fc.assert(
    fc.property(fc.oneof(anyText, fc.json(), mutated), (text) => {
      for (const decode of [decodeMessages, decodeWebsocketMessages]) {
        const messages = decode(text)
        assert.ok(messages === null || messages.every((message) => typeof message === 'string'))
      }
    }),
    { numRuns: 500 },
  )
})
