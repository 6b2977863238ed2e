import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { announcementOf, decodePayload, dropReasons } from './payload.ts'

const decode = (channel: string, payload: string | Uint8Array, maxBytes = 10_000) =>
  decodePayload(channel, typeof payload === 'string' ? Buffer.from(payload) : payload, maxBytes)

test('what Laravel 8 publishes, byte for byte', () => {
  const event = String.raw`{"event":"App\\Events\\MessageSent","data":{"body":"hello","socket":null},"socket":null}`
  assert.deepEqual(decode('private-room.1', event), {
    to: 'echo',
    event: 'App\\Events\\MessageSent',
    data: '{"body":"hello","socket":null}',
    socketId: null,
  })
  const toOthers = event
    .replace('"socket":null}', '"socket":"123.456"}')
    .replace(/"socket":null}$/, '"socket":"123.456"}')
  const published = decode('private-room.1', toOthers)
  assert.ok(typeof published === 'object' && published.to === 'echo')
  assert.equal(published.socketId, '123.456')
})

test('on the channel “broadcast” the form tells whose it is', () => {
  const announcement = { channel: 'chat:', type: 'message', data: { message: 'm' } }
  assert.deepEqual(decode('broadcast', '{"channel":"chat:","data":{"message":"m"}}'), { to: 'socket', announcement })
  assert.deepEqual(decode('broadcast', '{"event":"e","data":1}'), { to: 'echo', event: 'e', data: '1', socketId: null })
  assert.equal(decode('chat', '{"channel":"chat:","data":{"message":"m"}}'), 'not understood')
})

test('PHP’s empty array is an empty object', () => {
  assert.deepEqual(announcementOf({ channel: 'x:', data: [] })?.data, {})
  assert.equal(announcementOf({ channel: 'x:', data: [1] }), null)
})

const field = fc.oneof(fc.jsonValue(), fc.constantFrom('chat:', 'message', '__proto__', 'sended'))
const payload = fc.record(
  { channel: field, data: field, type: field, event: field, socket: field },
  { requiredKeys: [] },
)

test('nothing is thrown for any bytes, and what is let through is whole', () => {
  const whole = (channel: string, bytes: Uint8Array): void => {
    const published = decode(channel, bytes)
    if (typeof published === 'string') return assert.ok(dropReasons.includes(published))
    if (published.to === 'echo') {
      assert.ok(published.event !== '' && published.event.isWellFormed())
      assert.doesNotThrow(() => JSON.parse(published.data))
      assert.ok(published.socketId === null || typeof published.socketId === 'string')
    } else {
      const { channel: name, type, data } = published.announcement
      assert.ok(name !== '' && name.isWellFormed() && /^[A-Za-z]/.test(type))
      assert.ok(typeof data === 'object' && data !== null && !Array.isArray(data))
    }
  }
  const channels = fc.constantFrom('broadcast', 'private-x', '')
  fc.assert(fc.property(channels, fc.uint8Array(), whole))
  fc.assert(fc.property(channels, payload, (channel, value) => whole(channel, Buffer.from(JSON.stringify(value)))))
  fc.assert(fc.property(channels, fc.json(), (channel, text) => whole(channel, Buffer.from(text))))
})

test('a payload that was cut or changed at one place is dropped or still whole', () => {
  const good = '{"channel":"chat:","data":{"message":"안녕"},"type":"message"}'
  for (let length = 0; length < good.length; length++) {
    assert.equal(decode('broadcast', good.slice(0, length)), 'not JSON')
  }
  fc.assert(
    fc.property(fc.nat(Buffer.byteLength(good) - 1), fc.nat(255), (at, byte) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      const published = decode('broadcast', bytes)
      assert.ok(typeof published === 'object' || dropReasons.includes(published))
    }),
  )
})

test('the reasons', () => {
  assert.equal(decode('broadcast', 'x'.repeat(101), 100), 'too large')
  assert.equal(decode('broadcast', Uint8Array.from([0x22, 0xc3, 0x22])), 'not UTF-8')
  assert.equal(decode('broadcast', '['.repeat(2000)), 'too deep')
  assert.equal(decode('broadcast', '{'), 'not JSON')
  assert.equal(decode('broadcast', '{}'), 'not understood')
})
