import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { echoChannelKind, takesWhispers } from './echo-channel.ts'
import { readSubscribe, readUnsubscribe, readWhisper } from './inbound.ts'

describe('a channel’s name', () => {
  test('says who is asked', () => {
    const kinds = ['orders', 'orders:5', '주문', 'private-orders', 'presence-Chat.1', 'Private-x'].map(echoChannelKind)
    assert.deepEqual(kinds, ['public', 'public', 'public', 'private', 'presence', 'public'])
  })

  test('some are no names', () => {
    for (const name of ['', 'a'.repeat(201), 'a\nb', 'a\0', '\ud800', '#server-to-user-7']) {
      assert.equal(echoChannelKind(name), null, JSON.stringify(name))
    }
  })

  test('whispers are for members of private and presence channels', () => {
    const takes = ['orders', 'private-a', 'presence-a', 'private-encrypted-a'].map(takesWhispers)
    assert.deepEqual(takes, [false, true, true, false])
  })
})

test('what Echo sends', () => {
  const auth = { headers: { Authorization: 'Bearer t', 'X-Other': '1' } }
  assert.deepEqual(readSubscribe({ channel: 'a', auth }), { channel: 'a', headers: { Authorization: 'Bearer t' } })
  assert.deepEqual(readSubscribe({ channel: 'a', auth: {} }), { channel: 'a', headers: {} })
  assert.equal(readUnsubscribe({ channel: 'a', auth }), 'a')
  const whisper = { channel: 'private-a', event: 'client-typing', data: { name: '아나' } }
  assert.deepEqual(readWhisper(whisper, 100), { ...whisper, data: '{"name":"아나"}' })
  assert.deepEqual(readWhisper({ ...whisper, data: undefined }, 100), { ...whisper, data: 'null' })
})

test('what it doesn’t send', () => {
  for (const value of [undefined, null, 7, 'a', [], [{ channel: 'a' }], {}, { channel: 7 }, { channel: null }]) {
    assert.equal(readSubscribe(value), null)
    assert.equal(readUnsubscribe(value), null)
    assert.equal(readWhisper(value, 100), null)
  }
  const whisper = { channel: 'private-a', event: 'client-typing', data: 'x'.repeat(99) }
  assert.equal(readWhisper(whisper, 100), null, 'too much data')
  assert.equal(readWhisper({ ...whisper, data: 1, event: 'App\\Events\\Paid' }, 100), null)
  assert.equal(readWhisper({ ...whisper, data: 1, event: `client-${'x'.repeat(200)}` }, 100), null)
})

test('whatever comes, nothing is thrown, and what is read is within its bounds', () => {
  const field = fc.constantFrom('channel', 'auth', 'headers', 'event', 'data', '__proto__', 'constructor')
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(fc.jsonValue(), fc.dictionary(field, tie('tree')), fc.string({ unit: 'binary' })),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      readSubscribe(value)
      readUnsubscribe(value)
      const whisper = readWhisper(value, 50)
      if (whisper) assert.ok(whisper.event.startsWith('client-') && Buffer.byteLength(whisper.data) <= 50)
    }),
  )
})
