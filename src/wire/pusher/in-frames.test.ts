import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeFrame } from './in-frames.ts'
import { PusherError } from './pusher-error.ts'

const limits = { maxDataBytes: 100 }
const decoded = (frame: unknown) => decodeFrame(JSON.stringify(frame), limits)
const refused = (text: string): PusherError => {
  try {
    decodeFrame(text, limits)
  } catch (error) {
    assert.ok(error instanceof PusherError, String(error))
    return error
  }
  return assert.fail(`${text} was taken`)
}

describe('frames from clients', () => {
  test('as pusher-js sends them', () => {
    assert.deepEqual(decodeFrame('{"event":"pusher:ping","data":{}}', limits), { type: 'ping' })
    assert.deepEqual(decodeFrame('{"event":"pusher:pong","data":{}}', limits), { type: 'pong' })
    assert.deepEqual(decodeFrame('{"event":"pusher:subscribe","data":{"auth":"","channel":"x"}}', limits), {
      type: 'subscribe',
      channel: 'x',
      auth: '',
      channelData: null,
    })
    assert.deepEqual(
      decoded({ event: 'pusher:subscribe', data: { auth: 'k:1', channel_data: '{}', channel: 'presence-x' } }),
      { type: 'subscribe', channel: 'presence-x', auth: 'k:1', channelData: '{}' },
    )
    assert.deepEqual(decoded({ event: 'pusher:unsubscribe', data: { channel: 'x' } }), {
      type: 'unsubscribe',
      channel: 'x',
    })
    assert.deepEqual(decoded({ event: 'pusher:signin', data: { auth: 'k:1', user_data: '{"id":"1"}' } }), {
      type: 'signin',
      auth: 'k:1',
      userData: '{"id":"1"}',
    })
    assert.deepEqual(decoded({ event: 'client-typing', channel: 'private-x', data: { a: [1, 'ü', null] } }), {
      type: 'client_event',
      channel: 'private-x',
      name: 'client-typing',
      data: '{"a":[1,"ü",null]}',
    })
  })

  test('data may be JSON in a string, auth may be missing', () => {
    assert.deepEqual(decoded({ event: 'pusher:subscribe', data: '{"channel":"x"}' }), {
      type: 'subscribe',
      channel: 'x',
      auth: '',
      channelData: null,
    })
  })

  test('what a later protocol may say is no fault', () => {
    assert.deepEqual(decoded({ event: 'pusher:watchlist' }), { type: 'unknown' })
    assert.deepEqual(decoded({ event: 'pusher_internal:member_added', channel: 'presence-x' }), { type: 'unknown' })
  })

  test('a client event is data of any kind, also none', () => {
    for (const [data, json] of [
      ['text', '"text"'],
      [1, '1'],
      [undefined, 'null'],
      [['__proto__'], '["__proto__"]'],
    ]) {
      const frame = decoded({ event: 'client-x', channel: 'private-x', data })
      assert.equal(frame.type === 'client_event' && frame.data, json)
    }
    const text = '{"event":"client-x","channel":"private-x","data":{"__proto__":{"constructor":1}}}'
    const frame = decodeFrame(text, limits)
    assert.equal(frame.type === 'client_event' && frame.data, '{"__proto__":{"constructor":1}}')
  })

  for (const text of ['', 'x', '[]', '1', 'null', '"pusher:ping"', '{}', '{"event":1}', '{"event":null}']) {
    test(`no frame: ${text}`, () => assert.equal(refused(text).code, 4300))
  }

  for (const frame of [
    { event: 'pusher:subscribe' },
    { event: 'pusher:subscribe', data: [] },
    { event: 'pusher:subscribe', data: '{' },
    { event: 'pusher:subscribe', data: {} },
    { event: 'pusher:subscribe', data: { channel: 7 } },
    { event: 'pusher:unsubscribe', data: { channel: 'a b' } },
    { event: 'pusher:subscribe', data: { channel: 'x', auth: {} } },
    { event: 'pusher:subscribe', data: { channel: 'x', auth: 'x'.repeat(513) } },
    { event: 'pusher:subscribe', data: { channel: 'x', channel_data: {} } },
    { event: 'pusher:unsubscribe', data: null },
    { event: 'pusher:signin', data: { auth: '' } },
    { event: 'client-x', data: 1 },
    { event: 'client-x', channel: ['private-x'] },
  ]) {
    test(`refused: ${JSON.stringify(frame).slice(0, 80)}`, () =>
      assert.equal(refused(JSON.stringify(frame)).code, 4300))
  }

  test('client events are bounded', () => {
    const frame = { event: 'client-x', channel: 'private-x', data: '' }
    assert.equal(decoded({ ...frame, data: 'ü'.repeat(49) }).type, 'client_event')
    assert.equal(refused(JSON.stringify({ ...frame, data: 'ü'.repeat(50) })).code, 4301)
    assert.equal(decoded({ ...frame, event: `client-${'x'.repeat(193)}` }).type, 'client_event')
    assert.equal(refused(JSON.stringify({ ...frame, event: `client-${'x'.repeat(194)}` })).code, 4301)
    assert.equal(refused(JSON.stringify({ ...frame, event: 'typing' })).code, 4301)
  })

  test('nested as deeply as a message can be', () => {
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
    const { code } = refused(`{"event":"client-x","channel":"private-x","data":${deep}}`)
    assert.ok(code === 4300 || code === 4301)
    assert.equal(refused(`{"event":"pusher:subscribe","data":{"channel":${deep}}}`).code, 4300)
  })

  test('property: a frame or a PusherError, whatever comes', () => {
    const names = fc.constantFrom(
      'pusher:subscribe',
      'pusher:unsubscribe',
      'pusher:signin',
      'client-x',
      'x',
      '__proto__',
    )
    const keys = fc.constantFrom('channel', 'auth', 'channel_data', 'user_data', '__proto__', 'constructor')
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('x', 'private-x', 'presence-x', ''))
    const data = fc.oneof(
      value,
      fc.dictionary(keys, value),
      fc.dictionary(keys, value).map((one) => JSON.stringify(one)),
    )
    const frame = fc.record({ event: fc.oneof(names, value), data, channel: value }, { requiredKeys: [] })
    const text = fc.oneof(
      frame.map((one) => JSON.stringify(one)),
      fc.string({ unit: 'binary' }),
      fc.tuple(frame, fc.nat(), fc.string()).map(([one, at, noise]) => {
        const json = JSON.stringify(one)
        return json.slice(0, at % (json.length + 1)) + noise
      }),
    )
    fc.assert(
      fc.property(text, (one) => {
        try {
          const said = decodeFrame(one, limits)
          if (said.type === 'client_event') assert.deepEqual(JSON.parse(said.data), JSON.parse(one).data ?? null)
        } catch (error) {
          assert.ok(error instanceof PusherError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
