import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEvent } from './api-event.ts'

function read(body: unknown, maxBytes = 1000) {
  return readEvent(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), maxBytes)
}

/** What is wrong with it. */
function fault(body: object): string {
  const event = read(body)
  assert.ok(typeof event === 'string', 'nothing')
  return event
}

test('one channel or several, data as a value or as JSON in a string', () => {
  const event = { event: 'sent', channels: ['a'], data: '{"n":1}', socketId: null }
  assert.deepEqual(read({ name: 'sent', channel: 'a', data: { n: 1 } }), event)
  assert.deepEqual(read({ name: 'sent', channel: 'a', data: '{"n":1}' }), event)
  assert.deepEqual(read({ name: 'sent', channels: ['a', 'b', 'a'], data: 'hello', socket_id: '1.2' }), {
    ...event,
    channels: ['a', 'b'],
    data: '"hello"',
    socketId: '1.2',
  })
})

test('what is missing or too much is said', () => {
  const event = { name: 'sent', channel: 'a', data: {} }
  const wrong = 'Event must include channel, event name and data'
  for (const body of [
    { ...event, name: undefined },
    { ...event, channel: undefined },
    { ...event, data: undefined },
  ]) {
    assert.equal(read(body), wrong)
  }
  assert.equal(read({ ...event, channels: [] }), wrong)
  for (const body of ['', 'x', '[]', '7', 'null']) assert.equal(read(body), 'The body must be a JSON object')
  assert.match(fault({ ...event, channels: Array.from({ length: 101 }, String) }), /at most 100 channels/)
  assert.match(fault({ ...event, channel: '#server-to-user-1' }), /no such name/)
  assert.match(fault({ ...event, channels: ['a', {}] }), /no such name/)
  assert.match(fault({ ...event, name: 'x'.repeat(201) }), /at most 200/)
  assert.match(fault({ ...event, socket_id: {} }), /socket_id/)
  assert.match(fault({ ...event, data: 'x'.repeat(1001) }), /1000 bytes/)
})

test('what is nested so deep that writing it would run out of stack is refused', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  assert.equal(read(`{"name":"sent","channel":"a","data":${deep}}`, 1_000_000), 'The body must be a JSON object')
  const text = read({ name: 'sent', channel: 'a', data: deep }, 1_000_000)
  assert.ok(typeof text !== 'string' && text.data.startsWith('"['), 'a text like any other')
})

test('whatever comes, data is JSON', () => {
  const field = fc.constantFrom('name', 'channel', 'channels', 'data', 'socket_id', '__proto__')
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.dictionary(field, value).map((body) => JSON.stringify(body)),
        fc.string(),
      ),
      (body) => {
        const event = read(body)
        if (typeof event !== 'string') JSON.parse(event.data)
      },
    ),
  )
})
